# Warnings for our own code only; headers of packages are system headers.
function(thalweg_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast
    -Wcast-qual -Wcast-align -Wformat=2 -Wunused -Wconversion -Wno-sign-conversion
    -Wdouble-promotion -Wimplicit-fallthrough -Wextra-semi -Wredundant-decls)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -Wduplicated-cond -Wlogical-op -Wsuggest-override)
    if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)  # false at -O3 about inlined std::string
      target_compile_options(${target} PRIVATE
        -Wno-restrict -Wno-stringop-overflow -Wno-free-nonheap-object -Wno-array-bounds)
    endif()
  endif()
  if(THALWEG_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()
