#include <thalweg/run/energy_balance.hpp>

#include <array>
#include <cmath>
#include <thalweg/core/reduce.hpp>

namespace thalweg {

EnergyBalance::EnergyBalance(const Motion& motion)
    : probe_(motion), system_(*probe_.motion().system()), x_(motion.dim()) {}

// Looking must not count as a cost of the run: the potential inside keeps the solver's counters.
double EnergyBalance::energy(Probe& probe) const {
  if (!system_.has_energy_rate()) return probe.loss();
  const auto before = system_.counts();
  const double E = *system_.energy(probe.state());
  system_.set_counts(before);
  return E;
}

double EnergyBalance::rate(Probe& probe) const {
  if (!system_.has_energy_rate()) {
    const Vec& g = probe.gradient();
    return dot(g, probe.rate().head(g.size()));
  }
  const auto before = system_.counts();
  const double dEdt = system_.energy_rate(probe.state(), probe.t());
  system_.set_counts(before);
  return dEdt;
}

void EnergyBalance::start(double t, In x) {
  probe_.move_to(t, 0, x);
  energy0_ = energy(probe_);
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
    sum += weight[i] * rate(probe_);
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
  return std::abs(energy(probe) - energy0_ - work) / std::abs(energy0_);
}

void EnergyBalance::save(Archive& archive) const {
  archive.put("energy_balance.energy0", energy0_);
  archive.put("energy_balance.t", t_done_);
  archive.put("energy_balance.sum", sum_);
}

void EnergyBalance::load(const Archive& archive) {
  energy0_ = archive.real("energy_balance.energy0");
  t_done_ = archive.real("energy_balance.t");
  sum_ = archive.real("energy_balance.sum");
}

}  // namespace thalweg
