#include <thalweg/models/waves/wave_options.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <thalweg/core/error.hpp>
#include <thalweg/models/datasets/tables.hpp>

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
    "Gaussian bump from mu to mu_inside; cells or file, a number for each cell",
    one_of({"constant", "step", "lens", "cells", "file"}));
  f("mu_cells", mu_cells, "1",
    "mu of each cell, of a grid row by row, for profile = \"cells\"; an edge between two cells has "
    "their mean",
    positive());
  f("mu_file", mu_file, "",
    "the same in a file for profile = \"file\": a line's numbers in a column or a row, a grid's in "
    "its shape (.csv, .tsv, .txt, also gzipped, or .h5:/dataset)");
  if (f.reading()) {
    if (!mu_cells.empty() && profile != "cells")
      f.reject("mu_cells", "is used with profile = \"cells\" alone");
    if (!mu_file.empty() && profile != "file")
      f.reject("mu_file", "is used with profile = \"file\" alone");
    if (profile == "cells" && mu_cells.empty())
      f.reject("profile", "needs mu_cells, a number for each cell");
    if (profile == "file" && mu_file.empty()) f.reject("profile", "needs mu_file");
    need_file(f, "mu_file", mu_file);
    if (has_mu_cells() && f.given("mu"))
      f.reject("mu", "is another mu than that of the cells; leave it out");
  }
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

void WaveOptions::read_mu() {
  if (profile != "file") return;
  const Samples table = read_samples(mu_file);
  const Index rows = cells.size() == 1 ? 1 : cells.front(), columns = cells.back();
  const bool is_column = rows == 1 && table.cols() == 1 && table.rows() == columns;
  if (!is_column && (table.rows() != rows || table.cols() != columns))
    throw ModelError(
        fmt::format("mu_file {} holds {} x {} numbers and must hold {} x {}, one for each cell",
                    mu_file, table.rows(), table.cols(), rows, columns));
  for (Index i = 0; i < table.size(); ++i)
    if (!(table.data()[i] > 0.0))
      throw ModelError(fmt::format("mu_file {}: row {}, column {} (from 0): mu = {:g} must be > 0",
                                   mu_file, i / table.cols(), i % table.cols(), table.data()[i]));
  mu_cells.assign(table.data(), table.data() + table.size());
}

void WaveOptions::check() const {
  if (cells.empty() || cells.size() > 2)
    throw ModelError(
        fmt::format("cells has {} entries and must have one, [N], or two, [Ny, Nx]", cells.size()));
  if (static_cast<double>(cells.front()) * static_cast<double>(cells.back()) > 1e9)
    throw ModelError("cells must be at most 1e9 in all");
  const Index count = cells.front() * (cells.size() == 2 ? cells.back() : 1);
  if (has_mu_cells() && static_cast<Index>(mu_cells.size()) != count)
    throw ModelError(fmt::format("mu_cells has {} numbers and must have {}, one for each cell{}",
                                 mu_cells.size(), count, cells.size() == 2 ? ", row by row" : ""));
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
        fmt::format("{} = {:g} makes the net unstable: {} mu / (1 - damping/2) = {:.6g} must be "
                    "<= 1; lower it, or set unstable = true to watch it blow up",
                    has_mu_cells() ? "the largest mu of the cells" : "mu", largest_mu(),
                    cells.size(), courant()));
}

double WaveOptions::largest_mu() const {
  if (has_mu_cells()) return *std::max_element(mu_cells.begin(), mu_cells.end());
  return profile == "constant" ? mu : std::max(mu, mu_inside);
}

double WaveOptions::courant() const {
  return static_cast<double>(cells.size()) * largest_mu() / (1.0 - 0.5 * damping);
}

}  // namespace thalweg
