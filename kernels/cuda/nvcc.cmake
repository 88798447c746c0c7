# Finds nvcc: sets MEMO_HAVE_NVCC, and makes the target memo_cuda_options that the CUDA libraries link.
set(MEMO_HAVE_NVCC FALSE)
if(NOT MEMO_CUDA)
  message(STATUS "MEMO_CUDA is off: libmemo_cuda.so and libmemo_flash.so are left out")
  return()
endif()

set(oldest_nvcc 13.0)  # the libraries load libcudart.so.13
set(CMAKE_CUDA_ARCHITECTURES OFF)  # memo_cuda_options names them
set(CMAKE_CUDA_RUNTIME_LIBRARY Shared)
include(CheckLanguage)
check_language(CUDA)
if(NOT CMAKE_CUDA_COMPILER)
  message(STATUS "No nvcc that works: libmemo_cuda.so and libmemo_flash.so are left out")
  return()
endif()
enable_language(CUDA)
if(CMAKE_CUDA_COMPILER_VERSION VERSION_LESS oldest_nvcc)
  message(STATUS "nvcc ${CMAKE_CUDA_COMPILER_VERSION} is older than ${oldest_nvcc}: "
    "libmemo_cuda.so and libmemo_flash.so are left out")
  return()
endif()
set(MEMO_HAVE_NVCC TRUE)
set(CMAKE_CUDA_STANDARD 17)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)

# Device code for each architecture, and of the last one PTX too, for cards to come.
add_library(memo_cuda_options INTERFACE)
set(code "")
foreach(architecture IN LISTS MEMO_CUDA_ARCHITECTURES)
  list(APPEND code "SHELL:-gencode arch=compute_${architecture},code=sm_${architecture}")
endforeach()
list(GET MEMO_CUDA_ARCHITECTURES -1 newest)
list(APPEND code "SHELL:-gencode arch=compute_${newest},code=compute_${newest}")
target_include_directories(memo_cuda_options INTERFACE
  "${CMAKE_CURRENT_LIST_DIR}" "${CMAKE_CURRENT_LIST_DIR}/../include" ${CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES})
target_compile_options(memo_cuda_options INTERFACE
  -fPIC;-fvisibility=hidden;-fvisibility-inlines-hidden
  "$<$<COMPILE_LANGUAGE:CUDA>:${code};--Werror=all-warnings;-Xcompiler=-Wall,-Wextra,-Werror>")
target_link_options(memo_cuda_options INTERFACE -Wl,--exclude-libs,ALL -Wl,--no-undefined)
