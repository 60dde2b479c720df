# Sanitizers see everything or nothing: the flags hold for every target of the build.
if(THALWEG_SANITIZE)
  add_compile_options(-fsanitize=${THALWEG_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  # What the address sanitizer and Eigen's assertions find anyway, at a third of the compile time.
  add_compile_options(-fno-sanitize=null,alignment,object-size,vptr)
  add_link_options(-fsanitize=${THALWEG_SANITIZE})
endif()
