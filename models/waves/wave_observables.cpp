// What a run on the linear residual net can record: fields and gradients with their axes, energies,
// distances travelled, and the theory beside them.
#include <thalweg/models/waves/wave.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thalweg/core/reduce.hpp>

namespace thalweg {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Axis cell_axis(const char* name, Index n) {
  Axis axis{.name = name, .size = n, .long_name = name, .unit = "cell"};
  for (Index i = 0; i < n; ++i) axis.values.push_back(static_cast<double>(i));
  return axis;
}

Variable number(const char* name, const char* unit, const char* long_name,
                std::string comment = {}) {
  return {.name = name, .unit = unit, .long_name = long_name, .comment = std::move(comment)};
}

Index layer(double t) { return static_cast<Index>(std::llround(t)); }

}  // namespace

std::vector<Axis> Wave::axes() const {
  if (is_line()) return {cell_axis("cell", cells[0])};
  return {cell_axis("row", cells[0]), cell_axis("column", cells[1])};
}

// A position along the last axis, round a ring; NaN beyond an end.
double Wave::place(double position) const {
  const auto n = static_cast<double>(cells.back());
  if (boundary == "periodic") return position - n * std::floor(position / n);
  return position >= 0.0 && position <= n - 1.0 ? position : nan;
}

// The mean distance from the source, weighted with the square of the field.
double Wave::distance(const WaveSource& source, In field) const {
  double sum = 0.0, weights = 0.0;
  for (Index i = 0; i < field.size(); ++i) {
    const double weight = field[i] * field[i];
    sum += weight * apart(source, i);
    weights += weight;
  }
  return weights > 0.0 ? sum / weights : nan;
}

// The distance to the farthest cell that half of the largest size has arrived at.
double Wave::reach(const WaveSource& source, In field) const {
  const double half = 0.5 * field.cwiseAbs().maxCoeff();
  double far = 0.0;
  for (Index i = 0; i < field.size(); ++i)
    if (std::abs(field[i]) >= half && half > 0.0) far = std::max(far, apart(source, i));
  return far;
}

Observables Wave::observables() const {
  const auto self = std::make_shared<const Wave>(*this);
  const Index n = size();
  const auto T = static_cast<double>(layers);
  Observables all;
  const auto add = [&](Variable v, std::function<void(In, double, Out)> compute) {
    all.push_back({std::move(v), std::move(compute)});
  };
  const auto constant = [&](Variable v, double value) {
    add(std::move(v), [value](In, double, Out out) { out[0] = value; });
  };

  Variable field = number("field", "1", "field x_t(s)");
  field.axes = axes();
  add(field, [n](In x, double, Out out) { out = x.head(n); });
  Variable gradient = number(
      "gradient", "1", "backpropagated gradient g(t, s) = dL/dx_t(s)",
      fmt::format(
          "derivative for the pair (x_t, x_(t-1)) as independent numbers, of the loss \"{}\" "
          "at layer {}; zero after it",
          loss, layers));
  gradient.axes = axes();
  add(gradient,
      [self, n](In, double t, Out out) { out = self->gradient_->pair(layer(t)).head(n); });

  add(number("wave_energy", "1", "energy of the wave",
             "1/2 |x_t - x_(t-1)|^2 + 1/2 <D x_t, mu D x_(t-1)> / (1 - gamma/2): conserved when "
             "gamma = 0 and no end absorbs"),
      [self](In x, double, Out out) { out[0] = self->energy(x); });
  add(number("gradient_energy", "1", "energy of the gradient wave",
             "the same form of (g_t, g_(t+1))"),
      [self, n](In, double t, Out out) {
        Vec pair = self->gradient_->pair(layer(t));
        pair.tail(n) = self->gradient_->pair(layer(t) + 1).head(n);
        if (layer(t) == self->layers)  // g_(T+1) stands in the pair
          pair.tail(n) = self->gradient_->pair(layer(t)).tail(n) / -(1.0 - self->damping);
        out[0] = self->damping < 1.0 || layer(t) < self->layers ? self->energy(pair) : nan;
      });
  add(number("field_size", "1", "size of the field |x_t|"),
      [n](In x, double, Out out) { out[0] = norm(x.head(n)); });
  add(number("gradient_size", "1", "size of the gradient |g_t|"),
      [self, n](In, double t, Out out) { out[0] = norm(self->gradient_->pair(layer(t)).head(n)); });

  const std::string centre =
      "mean distance from the source, weighted with the square; meaningful until the wave meets an "
      "end or itself";
  add(number("field_distance", "cell", "distance the field has travelled", centre),
      [self, n](In x, double, Out out) { out[0] = self->distance(self->pulse, x.head(n)); });
  add(number("gradient_distance", "cell", "distance the gradient has travelled", centre),
      [self, n](In, double t, Out out) {
        const Vec g = self->gradient_->pair(layer(t)).head(n);
        out[0] = self->distance(self->target, g);
      });
  const std::string arrival =
      "distance of the farthest cell with at least half of the largest size";
  add(number("field_reach", "cell", "how far the field has arrived", arrival),
      [self, n](In x, double, Out out) { out[0] = self->reach(self->pulse, x.head(n)); });
  add(number("gradient_reach", "cell", "how far the gradient has arrived", arrival),
      [self, n](In, double t, Out out) {
        const Vec g = self->gradient_->pair(layer(t)).head(n);
        out[0] = self->reach(self->target, g);
      });
  Variable speed =
      number("gradient_speed", "cell/layer", "speed of the gradient",
             "what gradient_distance gains from layer t + 1 to layer t; none at the last layers, "
             "where the halves of a Gaussian have not parted");
  const bool known = profile == "constant" && is_line() && damping == 0.0 &&
                     target.shape == "gaussian" && courant() <= 1.0;
  speed.axes = {Axis{.name = "origin", .size = 1, .labels = {"measured"}}};
  if (known) {
    speed.axes[0].size = 2;
    speed.axes[0].labels.emplace_back("group_speed");
    speed.comment += "; theory: d omega/dk averaged over the Gaussian's power, exp(-(width k)^2)";
  }
  const double theory = known ? mean_group_speed(target.width) : nan;
  add(speed, [self, n, theory](In, double t, Out out) {
    const Index at = std::min(layer(t), self->layers - 1);
    const double parted = self->target.shape == "gaussian" ? 3.0 * self->target.width : 0.0;
    const Vec now = self->gradient_->pair(at).head(n),
              later = self->gradient_->pair(at + 1).head(n);
    const double before = self->distance(self->target, later);
    out[0] = before < parted ? nan : self->distance(self->target, now) - before;
    if (out.size() > 1) out[1] = theory;
  });

  // Positions left and right of a source; side -1 and 1, at layer t.
  const auto sides = [&](const char* name, const char* long_name, const char* comment,
                         std::function<double(double t, int side)> position) {
    Variable v = number(name, "cell", long_name, comment);
    v.axes = {Axis{.name = "side", .size = 2, .labels = {"left", "right"}}};
    add(v, [self, position = std::move(position)](In, double t, Out out) {
      out[0] = self->place(position(t, -1));
      out[1] = self->place(position(t, 1));
    });
  };
  const double at_target = this->centre(target).back(), at_pulse = this->centre(pulse).back();
  // Half a ring, or all of a line.
  const double most = boundary == "periodic" ? 0.5 * static_cast<double>(cells.back())
                                             : static_cast<double>(cells.back());
  sides("light_cone", "light cone of the gradient",
        "s* -+ (T - t): a cell beyond cannot reach the loss, whatever mu is; for a target of one "
        "cell the gradient is exactly zero there; none where it has gone round or past an end",
        [T, at_target, most](double t, int side) {
          return T - t <= most ? at_target + side * std::max(T - t, 0.0) : nan;
        });
  if (is_line() || profile == "constant") {
    const bool even = profile == "constant";
    const auto travelled = [self, even, most](double from, int side, double layers_ago) {
      if (!even) return self->front(from, side, layers_ago);
      const double way = std::sqrt(self->mu) * std::max(layers_ago, 0.0);
      return way <= most ? from + side * way : nan;
    };
    const char* how = even ? "theory" : "theory of rays, 1 / sqrt(mu) layers from cell to cell";
    sides("gradient_front",
          even ? "front of the gradient, s* -+ sqrt(mu) (T - t)"
               : "front of the gradient, int ds / sqrt(mu) = T - t",
          how, [T, at_target, travelled](double t, int side) {
            return travelled(at_target, side, T - t);
          });
    sides(
        "field_front",
        even ? "front of the field, s0 -+ sqrt(mu) t" : "front of the field, int ds / sqrt(mu) = t",
        how, [at_pulse, travelled](double t, int side) { return travelled(at_pulse, side, t); });
  }
  Variable medium =
      number("mu", "1", "squared speed mu(s)", "of the cells; the same at all layers");
  medium.axes = axes();
  add(medium, [self](In, double, Out out) {
    const Index nx = self->cells.back();
    for (Index i = 0; i < out.size(); ++i)
      out[i] = self->mu_at(static_cast<double>(i / nx), static_cast<double>(i % nx));
  });

  constant(number("courant", "1", "Courant number d max(mu) / (1 - gamma/2), stable up to 1"),
           courant());
  constant(
      number("wave_speed", "cell/layer", "sqrt(mu)",
             profile == "constant" ? "theory, of long waves" : "theory, at the pulse's centre"),
      std::sqrt(mu_at(pulse)));
  if (!mode.empty()) {
    const auto k = wavenumber();
    double k2 = 0.0;
    for (const double ki : k) k2 += ki * ki;
    const double omega = frequency(k);
    constant(number("mode_frequency", "1", "omega of the mode", "sin^2(omega/2) = mu sin^2(k/2)"),
             omega);
    constant(number("phase_speed", "cell/layer", "omega / |k|", "theory"),
             k2 > 0.0 ? omega / std::sqrt(k2) : std::sqrt(mu));
    constant(number("group_speed", "cell/layer", "d omega/dk", "theory"), group_speed(k));
    add(number("mode_error", "1",
               "largest distance from the exact mode, max |x_t - cos(k s - "
               "omega t)|"),
        [self, n](In x, double t, Out out) {
          out[0] = (x.head(n) - self->travelling_mode(t)).cwiseAbs().maxCoeff();
        });
  }
  return all;
}

}  // namespace thalweg
