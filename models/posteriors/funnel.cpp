#include <thalweg/models/posteriors/funnel.hpp>

#include <fmt/format.h>

#include <cmath>
#include <numbers>

namespace thalweg {

Doc Funnel::doc() {
  return {.summary = "Neal's funnel: a scale and the numbers that have it",
          .equation =
              "v ~ N(0, s^2), x_i ~ N(0, e^v), i = 1..d-1;\n"
              "U = v^2/(2 s^2) + sum_i x_i^2 e^-v/2 + (d-1) v/2 + ln s + (d/2) ln 2 pi",
          .source = "R. Neal, Slice sampling, 2003, section 8",
          .notes =
              "normalised: ln Z = 0. non_centred samples z_v, z_x ~ N(0, 1) with v = s z_v, "
              "x = e^(v/2) z_x, U = |z|^2/2 + (d/2) ln 2 pi; v and x are kept of each draw"};
}

void Funnel::fields(Fields& f) {
  f("dim", dimension, "1", "number of parameters d, v among them", at_least(2));
  f("scale", scale, "1", "standard deviation s of v", positive());
  f("parametrisation", parametrisation, "", "which coordinates",
    one_of({"centred", "non_centred"}));
}

double Funnel::constant() const {
  return 0.5 * static_cast<double>(dimension) * std::log(2.0 * std::numbers::pi) +
         (centred() ? std::log(scale) : 0.0);
}

double Funnel::value(In q) const {
  thread_local Vec g;
  g.resize(dim());
  return value_and_gradient(q, g);
}

double Funnel::value_and_gradient(In q, Out g) const {
  if (!centred()) {
    g = q;
    return 0.5 * q.squaredNorm() + constant();
  }
  const auto x = q.tail(dimension - 1);
  const double v = q[0], rate = std::exp(-v), half = 0.5 * static_cast<double>(dimension - 1);
  const double energy = 0.5 * rate * x.squaredNorm();
  g[0] = v / (scale * scale) - energy + half;
  g.tail(dimension - 1) = rate * x;
  return 0.5 * v * v / (scale * scale) + energy + half * v + constant();
}

void Funnel::hvp(In q, In w, Out Hw) const {
  if (!centred()) {
    Hw = w;
    return;
  }
  const auto x = q.tail(dimension - 1), w_x = w.tail(dimension - 1);
  const double rate = std::exp(-q[0]);
  Hw[0] = w[0] / (scale * scale) + rate * (0.5 * x.squaredNorm() * w[0] - x.dot(w_x));
  Hw.tail(dimension - 1) = rate * (w_x - w[0] * x);
}

void Funnel::draw_prior(Rng& rng, Out q) const {
  rng.fill_normal(q);
  if (!centred()) return;
  q[0] *= scale;
  q.tail(dimension - 1) *= std::exp(0.5 * q[0]);
}

Vec Funnel::initial_state(Rng& rng) const {
  Vec q(dim());
  rng.fill_normal(q);
  return q;
}

Layout Funnel::layout() const {
  return {{centred() ? "v" : "z_v", 0, {}, "1", {}},
          {centred() ? "x" : "z_x", 1, {dimension - 1}, "1", {}}};
}

std::vector<DrawQuantity> Funnel::draw_quantities() const {
  if (centred()) return {};
  return {{"posterior",
           {{.name = "v", .long_name = "log scale v", .comment = "v = scale z_v"},
            [s = scale](In q, double, Out out) { out[0] = s * q[0]; }}},
          {"posterior",
           {{.name = "x",
             .long_name = "numbers x of variance e^v",
             .comment = "x = exp(v/2) z_x",
             .axes = {{.name = "i", .size = dimension - 1}}},
            [s = scale](In q, double, Out out) {
              out = std::exp(0.5 * s * q[0]) * q.tail(out.size());
            }}}};
}

Facts Funnel::facts() const {
  return {{"density", fmt::format("Neal's funnel of {} dimensions, {}, normalised: ln Z = 0",
                                  dimension, parametrisation)}};
}

}  // namespace thalweg
