# The headers nearly every file includes, compiled once per program: half of a fresh build's time.
# Each source still names what it uses (tests/compile builds headers alone); OFF shows it.
option(THALWEG_PRECOMPILED_HEADERS "Compile Eigen, fmt and the standard library's headers once" ON)
function(thalweg_precompiled target)
  if(NOT THALWEG_PRECOMPILED_HEADERS)
    return()
  endif()
  set(headers <Eigen/Core> <Eigen/Cholesky> <Eigen/QR> <Eigen/Eigenvalues> <fmt/format.h>
    <algorithm> <array> <cmath> <cstdint> <filesystem> <functional> <limits> <memory> <optional>
    <span> <string> <string_view> <utility> <vector>)
  target_precompile_headers(${target} PRIVATE ${headers} ${ARGN})
endfunction()
