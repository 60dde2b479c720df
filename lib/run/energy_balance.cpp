#include <thalweg/run/energy_balance.hpp>

#include <array>
#include <cmath>
#include <thalweg/core/reduce.hpp>

namespace thalweg {

EnergyBalance::EnergyBalance(const Motion& motion) : probe_(motion), x_(motion.dim()) {}

void EnergyBalance::start(double t, In x) {
  probe_.move_to(t, 0, x);
  loss0_ = probe_.loss();
  t_done_ = t;
  sum_ = 0.0;
}

double EnergyBalance::integral(Stepper& stepper, double t_from, double t_to) {
  static constexpr std::array node = {-0.7745966692414834, 0.0, 0.7745966692414834};
  static constexpr std::array weight = {5.0 / 9.0, 8.0 / 9.0, 5.0 / 9.0};
  const double half = 0.5 * (t_to - t_from), middle = 0.5 * (t_to + t_from);
  double sum = 0.0;
  for (std::size_t i = 0; i < 3; ++i) {
    const double t = middle + half * node[i];
    stepper.interpolate(t, x_);
    probe_.move_to(t, 0, x_);
    const Vec& g = probe_.gradient();
    sum += weight[i] * dot(g, probe_.rate().head(g.size()));
  }
  return half * sum;
}

void EnergyBalance::on_step(Stepper& stepper, double t_from, double t_to) {
  sum_ += integral(stepper, t_from, t_to);
  t_done_ = t_to;
}

double EnergyBalance::residual(Probe& probe, Stepper& stepper) {
  double work = sum_;
  if (probe.t() > t_done_) work += integral(stepper, t_done_, probe.t());
  return std::abs(probe.loss() - loss0_ - work) / std::abs(loss0_);
}

void EnergyBalance::save(Archive& archive) const {
  archive.put("energy_balance.loss0", loss0_);
  archive.put("energy_balance.t", t_done_);
  archive.put("energy_balance.sum", sum_);
}

void EnergyBalance::load(const Archive& archive) {
  loss0_ = archive.real("energy_balance.loss0");
  t_done_ = archive.real("energy_balance.t");
  sum_ = archive.real("energy_balance.sum");
}

}  // namespace thalweg
