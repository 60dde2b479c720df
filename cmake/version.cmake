# The commit is looked up at every build, and only lib/core/version.cpp is compiled anew when it
# changed. Read in script mode (cmake -P) this file writes the header; included, it adds the target.
if(CMAKE_SCRIPT_MODE_FILE)
  set(commit "unknown")
  set(dirty false)
  execute_process(COMMAND git -C ${source_dir} rev-parse HEAD
                  OUTPUT_VARIABLE answer RESULT_VARIABLE status ERROR_QUIET
                  OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(status EQUAL 0)
    set(commit ${answer})
    # What the program is built from; a changed note or example leaves it clean.
    execute_process(COMMAND git -C ${source_dir} status --porcelain --
                            lib solvers models cmake CMakeLists.txt
                    OUTPUT_VARIABLE answer ERROR_QUIET)
    if(NOT answer STREQUAL "")
      set(dirty true)
    endif()
  endif()
  configure_file(${source_dir}/cmake/version_values.hpp.in ${output} @ONLY)
  return()
endif()

set(generated ${CMAKE_CURRENT_BINARY_DIR}/generated)
string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
set(flags "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}}")
if(THALWEG_SANITIZE)
  string(APPEND flags " -fsanitize=${THALWEG_SANITIZE}")
endif()
string(STRIP "${flags}" flags)
add_custom_target(thalweg_version_values
  BYPRODUCTS ${generated}/version_values.hpp
  COMMAND ${CMAKE_COMMAND} -D source_dir=${CMAKE_CURRENT_SOURCE_DIR}
          -D output=${generated}/version_values.hpp -D version=${PROJECT_VERSION}
          "-Dcompiler=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}" "-Dflags=${flags}"
          -D build_type=${CMAKE_BUILD_TYPE} -P ${CMAKE_CURRENT_LIST_FILE}
  COMMENT "Looking up the commit" VERBATIM)
add_library(thalweg_version INTERFACE)
target_include_directories(thalweg_version INTERFACE ${generated})
add_dependencies(thalweg_version thalweg_version_values)
