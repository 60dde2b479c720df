# Sanitizers of memory see everything or nothing: the flags hold for every target of the build.
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
