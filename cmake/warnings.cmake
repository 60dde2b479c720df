# Warnings for our own code only; headers of packages are system headers.
function(thalweg_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast
    -Wcast-qual -Wcast-align -Wformat=2 -Wunused -Wconversion -Wno-sign-conversion
    -Wdouble-promotion -Wimplicit-fallthrough -Wextra-semi -Wredundant-decls)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -Wduplicated-cond -Wlogical-op -Wsuggest-override)
    # GCC 12 sees overlapping copies and strange frees in inlined std::string code (GCC bugs 105329,
    # 105651): never in ours.
    target_compile_options(${target} PRIVATE -Wno-restrict -Wno-free-nonheap-object)
  endif()
  # Instrumented code misleads the warnings that follow the flow of data; the plain builds decide.
  if(THALWEG_WERROR AND NOT THALWEG_SANITIZE)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()
