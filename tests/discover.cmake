# Writes one add_test per Catch2 test case of `program`. Catch2's own script takes the number of test
# cases from the exit code, which is modulo 256, and gives no labels by tag.
set(script "")
foreach(label fast slow)
  set(filter "~[slow]~[.]")
  if(label STREQUAL "slow")
    set(filter "[slow]~[.]")
  endif()
  execute_process(COMMAND ${program} ${filter} --list-test-names-only
                  OUTPUT_VARIABLE names ERROR_VARIABLE trouble RESULT_VARIABLE status)
  if(NOT status MATCHES "^[0-9]+$")
    message(FATAL_ERROR "${program} cannot list its tests: ${status} ${trouble}")
  endif()
  string(REPLACE ";" "\\;" names "${names}")
  string(REPLACE "\n" ";" names "${names}")
  foreach(name IN LISTS names)
    if(name STREQUAL "")
      continue()
    endif()
    string(REGEX REPLACE "([][,\\])" "\\\\\\1" pattern "${name}")
    string(APPEND script
      "add_test([==[${kind}: ${name}]==] [==[${program}]==] [==[${pattern}]==])\n"
      "set_tests_properties([==[${kind}: ${name}]==] PROPERTIES LABELS ${label}"
      " WORKING_DIRECTORY [==[${directory}]==])\n")
  endforeach()
endforeach()
file(WRITE ${list} "${script}")
