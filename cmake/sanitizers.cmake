# The flags hold for every target of the build. What is algebra alone, in these folders, may come from
# a library that was built without them: it takes half of the time to compile.
set(THALWEG_PLAIN_LIBRARY "" CACHE FILEPATH "A libthalweg.a that gives the algebra without sanitizers")
set(thalweg_plain "/models/(potentials|posteriors|variational|dynamics|systems|propagation|depth|waves|trainability)/[^k]|/models/networks/[^/]*$|/solvers/|/lib/(numerics|report|evidence|chaos|adjoint|statistics)/")
if(THALWEG_SANITIZE)
  add_compile_options(-fsanitize=${THALWEG_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  # What the address sanitizer and Eigen's assertions find anyway, at a third of the compile time.
  add_compile_options(-fno-sanitize=null,alignment,object-size,vptr)
  add_link_options(-fsanitize=${THALWEG_SANITIZE})
endif()

# Expressions of Eigen compile a fifth slower with the checks of undefined behaviour, which find nothing
# there: they stay with what reads input, counts and addresses by itself.
function(thalweg_without_undefined)
  if(THALWEG_SANITIZE MATCHES undefined)
    set_property(SOURCE ${ARGN} APPEND PROPERTY COMPILE_OPTIONS -fno-sanitize=undefined)
  endif()
endfunction()

# All of our own objects first, so that the plain library only gives what is missing.
function(thalweg_with_plain_library target)
  if(THALWEG_PLAIN_LIBRARY)
    target_link_options(${target} INTERFACE
      -Wl,--whole-archive $<TARGET_FILE:${target}> -Wl,--no-whole-archive)
    target_link_libraries(${target} INTERFACE ${THALWEG_PLAIN_LIBRARY})
  endif()
endfunction()
