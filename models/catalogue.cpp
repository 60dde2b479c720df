#include <thalweg/models/catalogue.hpp>

namespace thalweg {

// Functions with static registries: filled on first use, so that a user's registrar that runs
// before main finds them ready.

Registry<AnyModel>& models() {
  static Registry<AnyModel> registry = [] {
    Registry<AnyModel> r("model");
    return r;
  }();
  return registry;
}

Registry<Dynamics>& dynamics() {
  static Registry<Dynamics> registry = [] {
    Registry<Dynamics> r("dynamics");
    return r;
  }();
  return registry;
}

Registry<Dataset>& datasets() {
  static Registry<Dataset> registry = [] {
    Registry<Dataset> r("data set");
    return r;
  }();
  return registry;
}

}  // namespace thalweg
