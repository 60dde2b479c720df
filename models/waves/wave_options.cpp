#include <thalweg/models/waves/wave_options.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <thalweg/core/error.hpp>

namespace thalweg {

void WaveSource::fields(Fields& f) {
  f("shape", shape, "", "gaussian, or delta: a single cell", one_of({"gaussian", "delta"}));
  f("at", at, "cell", "its centre, [s] or [row, column]; empty: the middle", at_least(0.0));
  f("width", width, "cell", "standard deviation of the Gaussian; below 6 it disperses visibly",
    positive());
}

void WaveOptions::fields(Fields& f) {
  f("cells", cells, "1", "cells of a line, [N], or rows and columns of a grid, [Ny, Nx]",
    at_least(8));
  f("mu", mu, "1", "squared speed, in cells a layer", positive());
  f("profile", profile, "",
    "mu over the cells: constant; step, mu_inside beyond profile_at along the last axis; lens, a "
    "Gaussian bump from mu to mu_inside",
    one_of({"constant", "step", "lens"}));
  f("mu_inside", mu_inside, "1", "mu beyond the step or in the middle of the lens", positive());
  f("profile_at", profile_at, "cell", "where the step or the lens is; empty: the middle",
    at_least(0.0));
  f("profile_width", profile_width, "cell", "standard deviation of the lens", positive());
  f("boundary", boundary, "", "periodic; dirichlet, zero beyond the ends; absorbing",
    one_of({"periodic", "dirichlet", "absorbing"}));
  f("damping", damping, "1", "gamma; 0: waves, 1: heat flow", between(0.0, 1.0));
  f("layers", layers, "1", "depth T of the net, the layer of the loss; usually time.steps",
    at_least(1));
  f("unstable", unstable, "1", "allow d mu > 1 - gamma/2, to watch the net blow up");
  f("pulse", pulse, "", "the input x_0");
  f("direction", direction, "",
    "both: at rest, x_{-1} = x_0, so that halves leave to all sides; right: along the last axis",
    one_of({"both", "right"}));
  f("mode", mode, "1",
    "in place of the pulse the travelling mode cos(k s - omega t), k = 2 pi mode / cells; "
    "[m] or [row, column]");
  f("target", target, "", "the weights w of the loss");
  f("loss", loss, "",
    "value: L = sum w x_T, whose gradient leaves a plateau behind its front; increment: "
    "L = sum w (x_T - x_{T-1}), whose gradient is a pulse",
    one_of({"value", "increment"}));
}

void WaveOptions::check() const {
  if (cells.empty() || cells.size() > 2)
    throw ModelError(
        fmt::format("cells has {} entries and must have one, [N], or two, [Ny, Nx]", cells.size()));
  if (static_cast<double>(cells.front()) * static_cast<double>(cells.back()) > 1e9)
    throw ModelError("cells must be at most 1e9 in all");
  for (const auto* at : {&pulse.at, &target.at, &profile_at}) {
    const bool along = at == &profile_at && profile == "step" && at->size() == 1;
    if (!at->empty() && at->size() != cells.size() && !along)
      throw ModelError(fmt::format("a position has {} numbers and must have {}, as cells",
                                   at->size(), cells.size()));
    for (std::size_t i = 0; i < at->size(); ++i)
      if (const Index n = along ? cells.back() : cells[i]; (*at)[i] > static_cast<double>(n - 1))
        throw ModelError(
            fmt::format("the position {:g} lies beyond the last cell, {}", (*at)[i], n - 1));
  }
  if (!mode.empty()) {
    if (mode.size() != cells.size())
      throw ModelError(
          fmt::format("mode has {} numbers and must have {}, as cells", mode.size(), cells.size()));
    if (boundary != "periodic" || profile != "constant" || damping != 0.0 || courant() > 1.0)
      throw ModelError(
          "a travelling mode needs periodic ends, a constant mu within the limit of "
          "stability and no damping");
  }
  if (courant() > 1.0 && !unstable)
    throw ModelError(
        fmt::format("mu = {:g} makes the net unstable: {} mu / (1 - damping/2) = {:.6g} must be "
                    "<= 1; lower it, or set unstable = true to watch it blow up",
                    profile == "constant" ? mu : std::max(mu, mu_inside), cells.size(), courant()));
}

double WaveOptions::courant() const {
  const double most = profile == "constant" ? mu : std::max(mu, mu_inside);
  return static_cast<double>(cells.size()) * most / (1.0 - 0.5 * damping);
}

}  // namespace thalweg
