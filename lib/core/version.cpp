#include <thalweg/core/version.hpp>

#include <version_values.hpp>

namespace thalweg {

const BuildInfo& build_info() {
  static const BuildInfo info{THALWEG_VERSION,  THALWEG_COMMIT, THALWEG_DIRTY,
                              THALWEG_COMPILER, THALWEG_FLAGS,  THALWEG_BUILD_TYPE};
  return info;
}

}  // namespace thalweg
