// What can be recorded of a second-order motion on a potential, with state (q, v).
#pragma once
#include <thalweg/core/observable.hpp>
#include <thalweg/core/potential.hpp>

namespace thalweg {

/// kinetic_energy m |v|^2 / 2, potential_energy L, total_energy, power -grad L . v of the force,
/// momentum m v and its size; those of the potential come first. Looking does not count as a cost
/// of the run.
[[nodiscard]] Observables mechanical_observables(const AnyPotential& potential, double mass);

}  // namespace thalweg
