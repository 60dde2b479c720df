#include <thalweg/solvers/samplers/catalogue.hpp>

namespace thalweg {

Registry<SamplerFactory>& samplers() {
  static Registry<SamplerFactory> registry("sampler");
  return registry;
}

}  // namespace thalweg
