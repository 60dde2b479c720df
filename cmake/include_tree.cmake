# <thalweg/core/x.hpp> reads the same before and after install: in the build tree
# include/thalweg holds one link per folder of lib/, and one each to solvers/ and models/.
file(GLOB parts CONFIGURE_DEPENDS LIST_DIRECTORIES true lib/* solvers models)
set(tree ${CMAKE_CURRENT_BINARY_DIR}/include/thalweg)
file(MAKE_DIRECTORY ${tree})
foreach(part ${parts})
  get_filename_component(name ${part} NAME)
  if(IS_DIRECTORY ${part} OR name MATCHES "\\.hpp$")
    file(CREATE_LINK ${part} ${tree}/${name} SYMBOLIC)
  endif()
endforeach()
