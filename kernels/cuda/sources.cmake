# The sources of libmemo_cuda.so, which the CUDA emulation compiles as well. Errors are told as libmemo_host.so does.
set(MEMO_CUDA_SOURCES "")
foreach(source
    adamw.cu bias.cu cast.cu column_sums.cu cross_entropy.cu device.cpp embedding.cu embedding_sort.cu fault.cu gelu.cu
    layer_norm.cu library.cpp memory.cpp residual.cu rms_norm.cu rotary.cu sum_of_squares.cu sums.cu swiglu.cu
    ../host/errors.cpp)
  list(APPEND MEMO_CUDA_SOURCES "${CMAKE_CURRENT_LIST_DIR}/${source}")
endforeach()
