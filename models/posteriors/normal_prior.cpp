#include <thalweg/models/posteriors/normal_prior.hpp>

#include <cmath>
#include <numbers>
#include <utility>

namespace thalweg {

NormalPrior::NormalPrior(Vec standard_deviations)
    : sd_(std::move(standard_deviations)),
      precision_(sd_.array().square().inverse()),
      constant_(sd_.array().log().sum() +
                0.5 * static_cast<double>(sd_.size()) * std::log(2.0 * std::numbers::pi)) {}

double NormalPrior::operator()(In q, Out g) const {
  g.array() = precision_.array() * q.array();
  return 0.5 * q.dot(g) + constant_;
}

double NormalPrior::add_to(In q, Out g) const {
  double energy = 0.0;
  for (Index i = 0; i < q.size(); ++i) {
    const double force = precision_[i] * q[i];
    energy += force * q[i];
    g[i] += force;
  }
  return 0.5 * energy + constant_;
}

void NormalPrior::draw(Rng& rng, Out q) const {
  rng.fill_normal(q);
  q.array() *= sd_.array();
}

}  // namespace thalweg
