#include <thalweg/models/waves/wave.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <thalweg/core/reduce.hpp>

namespace thalweg {

using wave_kernel::Boundary;
using wave_kernel::Leapfrog;
using wave_kernel::Medium;

namespace {

Boundary boundary_of(const std::string& name) {
  return name == "periodic"    ? Boundary::periodic
         : name == "dirichlet" ? Boundary::dirichlet
                               : Boundary::absorbing;
}

double square(double x) { return x * x; }

Leapfrog::Workspace& workspace() {
  thread_local Leapfrog::Workspace own;
  return own;
}

}  // namespace

Doc Wave::doc() {
  return {
      .summary = "linear residual net whose layers are steps of the wave equation",
      .equation =
          "x_{t+1} = (2 - gamma) x_t - (1 - gamma) x_{t-1} - D' mu D x_t, a step is a layer;\n"
          "dispersion sin^2(omega/2) = mu sum sin^2(k/2), speed sqrt(mu) cells a layer;\n"
          "gradient g(t, s) = dL/dx_t(s) for the pair (x_t, x_{t-1}), the same equation "
          "backwards",
      .source =
          "Ruthotto and Haber, Deep neural networks motivated by partial differential "
          "equations, 2020; Higdon, Math. Comp. 47 (1986) 437",
      .notes =
          "stable for d mu <= 1 - gamma/2 in d dimensions; gamma = 1 is the parabolic net, a "
          "step of heat flow. absorbing: on a line Mur's condition, exact at mu = 1 and "
          "reflecting 1.9e-3 of a wave of k = 0.2 at mu = 0.25; on a grid Higdon's of order 2, "
          "which reflects the product of |cos a - cos b| / (cos a + cos b) over a = 0 and 45 "
          "degrees at incidence b (below 0.8 % up to 45 degrees, 5.7 % at 60) and, by its loss of "
          "0.02 a layer against drift, about 0.02 / omega of very long waves. The pulse of "
          "direction right starts from x_{-1}(s) = x_0(s + sqrt(mu)), mu of its centre, so that a "
          "small part of "
          "order width^-2 goes left unless mu = 1"};
}

void Wave::prepare() {
  read_mu();
  check();
  Medium medium{.rows = is_line() ? 0 : cells[0],
                .columns = cells.back(),
                .boundary = boundary_of(boundary),
                .damping = damping,
                .mu = mu};
  set_profile(medium);
  net_ = std::make_shared<const Leapfrog>(std::move(medium));
  const Vec w = bump(target, 0.0);
  gradient_ = std::make_shared<const WaveGradient>(
      net_, w, loss == "increment" ? Vec(-w) : Vec(Vec::Zero(w.size())), layers);
}

// mu at a cell, or at the edge between two of which one coordinate is half an integer. Of cells
// with numbers of their own an edge has the mean; beyond an end that is not a ring they stay.
double Wave::mu_at(double row, double column) const {
  if (profile == "constant") return mu;
  if (has_mu_cells()) {
    const auto cell = [&](double r, double c) {
      const auto inside = [&](double at, Index n) {
        const auto i = static_cast<Index>(at);
        return boundary == "periodic" ? (i + n) % n : std::clamp<Index>(i, 0, n - 1);
      };
      const Index nx = cells.back(), ny = is_line() ? 1 : cells[0];
      return mu_cells[static_cast<std::size_t>(inside(r, ny) * nx + inside(c, nx))];
    };
    return 0.5 *
           (cell(std::floor(row), std::floor(column)) + cell(std::ceil(row), std::ceil(column)));
  }
  const std::vector<double> at = profile == "step" && profile_at.size() == 1 && !is_line()
                                     ? std::vector<double>{0.0, profile_at[0]}
                                     : centre({.shape = "delta", .at = profile_at});
  if (profile == "step") return column > at.back() ? mu_inside : mu;
  const double r2 = square(column - at.back()) + (is_line() ? 0.0 : square(row - at[0]));
  return mu + (mu_inside - mu) * std::exp(-0.5 * r2 / square(profile_width));
}

double Wave::mu_at(const WaveSource& source) const {
  const auto at = centre(source);
  return mu_at(is_line() ? 0.0 : std::round(at[0]), std::round(at.back()));
}

void Wave::set_profile(Medium& medium) const {
  if (profile == "constant") return;
  const Index nx = cells.back(), ny = is_line() ? 1 : cells[0];
  for (Index j = 0; j < ny; ++j)
    for (Index i = 0; i <= nx; ++i)
      medium.mu_west.push_back(mu_at(static_cast<double>(j), static_cast<double>(i) - 0.5));
  const bool ring = boundary == "periodic";  // the edge before the first cell is the last one
  if (ring)
    for (Index j = 0; j < ny; ++j)
      medium.mu_west[static_cast<std::size_t>(j * (nx + 1) + nx)] =
          medium.mu_west[static_cast<std::size_t>(j * (nx + 1))];
  if (is_line()) return;
  for (Index j = 0; j <= ny; ++j)
    for (Index i = 0; i < nx; ++i)
      medium.mu_north.push_back(ring && j == ny
                                    ? medium.mu_north[static_cast<std::size_t>(i)]
                                    : mu_at(static_cast<double>(j) - 0.5, static_cast<double>(i)));
}

// Where a front is that left `from` some layers ago, on a line: each edge takes 1 / sqrt(mu). NaN
// when it has gone round half a ring, where it meets the other, or past an end.
double Wave::front(double from, int side, double layers_ago) const {
  const auto n = static_cast<double>(cells.back());
  const bool ring = boundary == "periodic";
  double at = from;
  for (;;) {
    if (layers_ago <= 0.0) return at;
    const double next = side > 0 ? std::floor(at) + 1.0 : std::ceil(at) - 1.0;
    if (ring ? std::abs(next - from) > 0.5 * n : next < 0.0 || next > n - 1.0) return std::nan("");
    const double edge = place(std::floor(std::min(at, next))) + 0.5;
    const double speed = std::sqrt(mu_at(0.0, edge)), needed = std::abs(next - at) / speed;
    if (needed > layers_ago) return at + side * speed * layers_ago;
    layers_ago -= needed;
    at = next;
  }
}

std::vector<double> Wave::centre(const WaveSource& source) const {
  if (!source.at.empty()) return source.at;
  std::vector<double> middle;
  for (const Index n : cells) middle.push_back(static_cast<double>(n / 2));
  return middle;
}

// Distance along one axis of n cells, the short way round a ring.
double Wave::apart(const WaveSource& source, Index cell) const {
  const auto at = centre(source);
  double sum = 0.0;
  for (std::size_t a = 0; a < cells.size(); ++a) {
    const Index i = a + 1 == cells.size() ? cell % cells.back() : cell / cells.back();
    double d = std::abs(static_cast<double>(i) - at[a]);
    if (boundary == "periodic") d = std::min(d, static_cast<double>(cells[a]) - d);
    sum += d * d;
  }
  return std::sqrt(sum);
}

// The source moved back by `shift` cells along the last axis.
Vec Wave::bump(const WaveSource& source, double shift) const {
  const Index n = net_->size();
  WaveSource moved = source;
  moved.at = centre(source);
  moved.at.back() -= shift;
  if (boundary == "periodic" && moved.at.back() < 0.0)
    moved.at.back() += static_cast<double>(cells.back());
  Vec f(n);
  for (Index i = 0; i < n; ++i) {
    const double d = apart(moved, i);
    f[i] =
        source.shape == "delta" ? (d < 0.5 ? 1.0 : 0.0) : std::exp(-0.5 * square(d / source.width));
  }
  return f;
}

std::vector<double> Wave::wavenumber() const {
  std::vector<double> k;
  for (std::size_t a = 0; a < mode.size(); ++a)
    k.push_back(2.0 * std::numbers::pi * static_cast<double>(mode[a]) /
                static_cast<double>(cells[a]));
  return k;
}

double Wave::frequency(const std::vector<double>& k) const {
  double sum = 0.0;
  for (const double ki : k) sum += square(std::sin(0.5 * ki));
  return 2.0 * std::asin(std::min(1.0, std::sqrt(mu * sum)));
}

double Wave::group_speed(const std::vector<double>& k) const {
  const double omega = frequency(k);
  if (omega == 0.0) return std::sqrt(mu);
  double sum = 0.0;
  for (const double ki : k) sum += square(mu * std::sin(ki) / std::sin(omega));
  return std::sqrt(sum);
}

// The centre of x^2 of a Gaussian moves with the group speed averaged over its power,
// exp(-(width k)^2).
double Wave::mean_group_speed(double width) const {
  double sum = 0.0, weights = 0.0;
  constexpr int n = 2000;
  for (int i = 0; i < n; ++i) {
    const double k = std::numbers::pi * (i + 0.5) / n, weight = std::exp(-square(width * k));
    sum += weight * group_speed({k});
    weights += weight;
  }
  return weights > 0.0 ? sum / weights : std::sqrt(mu);
}

Vec Wave::travelling_mode(double t) const {
  const auto k = wavenumber();
  const double omega = frequency(k);
  Vec x(size());
  const Index nx = cells.back();
  for (Index i = 0; i < size(); ++i) {
    double phase = k.back() * static_cast<double>(i % nx) - omega * t;
    if (!is_line()) phase += k[0] * static_cast<double>(i / nx);
    x[i] = std::cos(phase);
  }
  return x;
}

void Wave::apply(In x, Out next, Index) const {
  const Index n = size();
  next.head(n) = x.tail(n);
  net_->step(x.data(), next.data(), workspace());
  next.tail(n) = x.head(n);
}

void Wave::tangent(In, MatIn V, MatOut DFV, Index n) const {
  for (Index j = 0; j < V.cols(); ++j) apply(V.col(j), DFV.col(j), n);
}

Layout Wave::layout() const {
  const std::vector<Index> shape(cells.begin(), cells.end());
  return {{"x", 0, shape, "1", {}}, {"x_before", size(), shape, "1", {}}};
}

Vec Wave::initial_state(Rng&) const {
  Vec pair(dim());
  if (!mode.empty())
    pair << travelling_mode(0.0), travelling_mode(-1.0);
  else
    pair << bump(pulse, 0.0), bump(pulse, direction == "right" ? std::sqrt(mu_at(pulse)) : 0.0);
  return pair;
}

// Edges that leave an end belong to the sum where the cell beyond is zero, not where it absorbs.
double Wave::energy(In pair) const {
  const Medium& m = net_->medium();
  const Index n = size(), nx = m.columns, ny = is_line() ? 1 : m.rows;
  const bool ring = m.boundary == Boundary::periodic, closed = m.boundary == Boundary::dirichlet;
  const auto x = pair.head(n), y = pair.tail(n);
  Vec lines = Vec::Zero(ny);
  // The edge between the cells `before` and `after`, either of which may be missing.
  const auto edge = [&](Index before, Index after, double edge_mu) {
    const bool two = before >= 0 && after >= 0;
    if (!two && !closed) return 0.0;
    const double dx = (after >= 0 ? x[after] : 0.0) - (before >= 0 ? x[before] : 0.0);
    const double dy = (after >= 0 ? y[after] : 0.0) - (before >= 0 ? y[before] : 0.0);
    return edge_mu * (dx * dy);
  };
  const bool varies = !m.mu_west.empty();
  for (Index j = 0; j < ny; ++j) {
    for (Index i = 0; i <= (ring ? nx - 1 : nx); ++i) {
      const Index before = i > 0 ? j * nx + i - 1 : ring ? j * nx + nx - 1 : -1;
      lines[j] += edge(before, i < nx ? j * nx + i : -1,
                       varies ? m.mu_west[static_cast<std::size_t>(j * (nx + 1) + i)] : m.mu);
    }
    if (is_line()) continue;
    for (Index i = 0; i < nx; ++i) {
      const auto north = [&](Index row) {
        return varies ? m.mu_north[static_cast<std::size_t>(row * nx + i)] : m.mu;
      };
      const Index before = j > 0 ? (j - 1) * nx + i : ring ? (ny - 1) * nx + i : -1;
      lines[j] += edge(before, j * nx + i, north(j));
      if (j == ny - 1 && closed) lines[j] += edge(j * nx + i, -1, north(ny));
    }
  }
  const double rigid = 1.0 - 0.5 * damping;
  return 0.5 * squared_norm(x - y) + 0.5 * lines.sum() / rigid;
}

}  // namespace thalweg
