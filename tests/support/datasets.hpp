// Shared data sets and potentials for tests of models that learn.
#pragma once
#include <thalweg/core/potential.hpp>
#include <thalweg/models/datasets/generated.hpp>
#include <thalweg/models/datasets/shipped.hpp>

#include <memory>

namespace thalweg::test {

template <class Source>
std::shared_ptr<const Dataset> make_data(const Source& source) {
  return std::make_shared<const Dataset>(Dataset(source));
}

/// 60 iris flowers of three classes, a fifth held out.
inline std::shared_ptr<const Dataset> small_iris() {
  Iris iris;
  iris.subset.samples = 60;
  iris.preparation.test_fraction = 0.2;
  return make_data(iris);
}

inline std::shared_ptr<const Dataset> moons() { return make_data(TwoMoons{.samples = 40}); }

/// Regression: 30 samples of a teacher with four inputs.
inline std::shared_ptr<const Dataset> teacher() {
  return make_data(TeacherStudent{.samples = 30, .dim = 4, .teacher_width = 2, .noise = 0.1});
}

/// Standard normal vector from a named stream.
inline Vec normal_vector(Index n, std::uint64_t seed = 0) {
  Rng rng(seed, "test.vector");
  Vec v(n);
  rng.fill_normal(v);
  return v;
}

}  // namespace thalweg::test
