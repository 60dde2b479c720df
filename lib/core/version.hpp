// Which program wrote a file: version, commit, compiler. Goes into every result.
#pragma once
#include <string>

namespace thalweg {

struct BuildInfo {
  std::string version;     ///< "0.1.0"
  std::string commit;      ///< full hash, or "unknown" outside a git checkout
  bool dirty = false;      ///< sources differed from the commit when the library was built
  std::string compiler;    ///< "GNU 12.2.0"
  std::string flags;       ///< optimisation flags of the library
  std::string build_type;  ///< "Release"
};

const BuildInfo& build_info();

}  // namespace thalweg
