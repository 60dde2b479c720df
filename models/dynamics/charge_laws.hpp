// The laws of charges that dynamics share, for generators A with <grad L, A q> = decay <q, A q>
// (decay is 0 but for weight decay). Charges: Q = <q, A q> of a symmetric A, Q = <a, q> of a
// translation, and of a rotation, which needs a velocity v, Q = m <v, A q>.
#pragma once
#include <thalweg/core/charge_law.hpp>
#include <thalweg/core/mechanics.hpp>
#include <thalweg/core/potential.hpp>

#include <memory>

namespace thalweg {

/// q' = -grad L: Q' = -2 decay Q, of a translation Q' = -decay Q.
[[nodiscard]] std::shared_ptr<const ChargeLaw> charge_law_of_gradient_flow();

/// v_{n+1} = beta v_n - eta grad L(q_n), q_{n+1} = q_n + v_{n+1}, an identity in exact arithmetic:
///   Q_{n+1} = Q_n + 2 S_n + D_{n+1},  S_n = beta <q_n, A v_n> - eta decay Q_n,
///   <q_{n+1}, A v_{n+1}> = S_n + D_{n+1},  D_n = <v_n, A v_n>;
/// for descent (beta = 0) Q_{n+1} = (1 - 2 eta decay) Q_n + eta^2 <g_n, A g_n>. Of a rotation
/// Q = <v, A q>, Q_{n+1} = beta Q_n. The steps v are taken from the iterates.
/// `parameters`: their number; the velocity follows them in the state.
[[nodiscard]] std::shared_ptr<const ChargeLaw> charge_law_of_descent(double learning_rate);
[[nodiscard]] std::shared_ptr<const ChargeLaw> charge_law_of_heavy_ball(Index parameters,
                                                                        double learning_rate,
                                                                        double momentum);

/// Nesterov's y_n = q_n + beta v_n, v_{n+1} = beta v_n - eta grad L(y_n), q_{n+1} = q_n + v_{n+1},
/// an identity too:
///   Q_{n+1} = (1 - 2 eta decay) <y_n, A y_n> + eta^2 <g(y_n), A g(y_n)>;
/// of a translation (1 - eta decay) (Q_n + beta <a, v_n>); of a rotation Q = <v, A q>, Q_{n+1} =
/// beta Q_n + beta <v_n, A v_{n+1}>.
[[nodiscard]] std::shared_ptr<const ChargeLaw> charge_law_of_look_ahead(Index parameters,
                                                                        double learning_rate,
                                                                        double momentum);

/// m q'' + gamma q' + grad L = 0 with gamma = friction + growing / t:
///   Q'' + (gamma/m) Q' = 2 <v, A v> - (2 decay/m) Q, of a translation without the source and the
///   factor 2; of a rotation Q' = -(gamma/m) Q.
/// The source is integrated along the dense output by the 3-stage Gauss method, order 6.
[[nodiscard]] std::shared_ptr<const ChargeLaw> charge_law_of_particle(Index parameters,
                                                                      Mechanics particle,
                                                                      double growing = 0.0);

/// m q'' + gamma q' + b H(q) q' + grad L = 0. Since <H v, A q> = decay <q, A q>' - <grad L, A v>,
///   Q'' + (gamma + 2 b decay)/m Q' = 2 <v, A v> + (2 b/m) <grad L, A v> - (2 decay/m) Q,
/// of a translation Q'' + (gamma + b decay)/m Q' = -(decay/m) Q, of a rotation Q' = -(gamma/m) Q +
/// b <grad L, A v>. Three gradients a step, which count apart from those of the motion.
[[nodiscard]] std::shared_ptr<const ChargeLaw> charge_law_of_hessian_damping(
    const AnyPotential& potential, Mechanics particle, double damping);

/// The flows that descent of step eta follows (modified_flow): of order 2
///   Q' = eta <g, A g> - (2 decay + 2 eta decay^2) Q,
/// of order 3 with + eta^2 (decay <g, A g> + <g, A H g>) - 8/3 eta^2 decay^3 Q; of a translation
/// the series of ln(1 - eta decay)/eta. Three gradients a step (of order 3 a Hessian product with
/// each), which count apart. What descent adds to a conserved charge, as a flow: Kunin et al.,
/// 2021.
[[nodiscard]] std::shared_ptr<const ChargeLaw> charge_law_of_modified_flow(
    const AnyPotential& potential, double learning_rate, Index order);

}  // namespace thalweg
