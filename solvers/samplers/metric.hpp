// The inverse mass matrix M^-1 of the kinetic energy p' M^-1 p / 2, with what is computed from it.
#pragma once
#include <thalweg/core/archive.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/core/sampler.hpp>

#include <string>
#include <vector>

namespace thalweg {

const std::vector<std::string>& metric_names();
[[nodiscard]] InverseMetric::Kind metric_kind(const std::string& name);
[[nodiscard]] const char* to_text(InverseMetric::Kind kind);

class Metric {
 public:
  /// The identity.
  Metric(InverseMetric::Kind kind, Index dim);

  /// @throws ConfigError unless of this kind and dimension and positive definite.
  void set(const InverseMetric& metric);
  [[nodiscard]] const InverseMetric& inverse() const { return inverse_; }
  [[nodiscard]] InverseMetric::Kind kind() const { return inverse_.kind; }

  /// v = M^-1 p.
  void velocity(In p, Out v) const;
  /// p ~ N(0, M).
  void draw(Rng& rng, Out p) const;

  void save(Archive& archive, const std::string& prefix) const;
  void load(const Archive& archive, const std::string& prefix);

 private:
  Index dim_;
  InverseMetric inverse_;
  Vec deviation_;  // of p, diagonal: M^(1/2)
  Mat factor_;     // dense: M^-1 = L L'
};

/// f.operator()<kind>() for the metric's kind: loops that know it keep no array of velocities where
/// M^-1 is diagonal, and read the momenta instead.
template <class F>
auto for_kind(const Metric& metric, F&& f) {
  using Kind = InverseMetric::Kind;
  switch (metric.kind()) {
    case Kind::unit:
      return f.template operator()<Kind::unit>();
    case Kind::diagonal:
      return f.template operator()<Kind::diagonal>();
    case Kind::dense:
      break;
  }
  return f.template operator()<Kind::dense>();
}

}  // namespace thalweg
