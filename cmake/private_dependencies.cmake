# Headers that only our own .cpp files include: whoever links the library never needs them.
find_package(Boost 1.74 REQUIRED)
foreach(pair "Spectra/SymEigsSolver.h=libspectra-dev" "toml++/toml.h=libtomlplusplus-dev"
             "CLI/CLI.hpp=libcli11-dev" "nlohmann/json.hpp=nlohmann-json3-dev"
             "Random123/philox.h=librandom123-dev")
  string(REGEX MATCH "^(.*)=(.*)$" ignored "${pair}")
  set(header ${CMAKE_MATCH_1})
  set(package ${CMAKE_MATCH_2})
  string(MAKE_C_IDENTIFIER "THALWEG_HAS_${package}" found)
  find_path(${found} ${header})
  mark_as_advanced(${found})
  if(NOT ${found})
    message(FATAL_ERROR "thalweg needs <${header}> (Debian: ${package})")
  endif()
endforeach()
