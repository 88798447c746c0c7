# The library exports the C ABI and nothing else, and defines nothing that the linker may have merged: a weak function
# could have come from the compilation for another instruction set.
execute_process(COMMAND ${NM} -D --defined-only ${LIBRARY} OUTPUT_VARIABLE exported COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^\n]+" exported_lines "${exported}")
foreach(line IN LISTS exported_lines)
  if(NOT line MATCHES " T memo_[a-z0-9_]+$")
    message(FATAL_ERROR "exported beside the C ABI: ${line}")
  endif()
endforeach()

execute_process(COMMAND ${NM} --defined-only ${LIBRARY} OUTPUT_VARIABLE defined COMMAND_ERROR_IS_FATAL ANY)
if(defined MATCHES "[^\n]* [WVuwv] [^\n]*")
  message(FATAL_ERROR "weak: ${CMAKE_MATCH_0}")
endif()
