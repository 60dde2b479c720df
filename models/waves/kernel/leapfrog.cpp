#include <thalweg/models/waves/kernel/leapfrog.hpp>

#include <unistd.h>
#include <thalweg/core/parallel.hpp>
#include <thalweg/models/networks/kernel/dispatch.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string_view>

namespace thalweg::wave_kernel {

namespace {

constexpr Index chunk_cells = Index{1} << 15;  // of a plain sweep that threads share

// One factor of Higdon's condition, cos(alpha) u_t - c u_n + loss u = 0 with n inwards, on the box
// of two cells and two layers: u0+ + inner u1+ + now u0 + inner_now u1 = 0; c dt / ds = sqrt(mu).
struct OneWay {
  double inner, now, inner_now;
};

OneWay one_way(double mu, double cosine, double loss) {
  const double C = std::sqrt(mu), half = 0.5 * loss, scale = 1.0 / (cosine + C + half);
  return {scale * (cosine - C + half), scale * (-cosine + C + half), scale * (-cosine - C + half)};
}

Index cache_bytes() {
  static const long found = ::sysconf(_SC_LEVEL2_CACHE_SIZE);
  return found > 0 ? static_cast<Index>(found) : Index{1} << 19;
}

// Cells of a tile of a line, both fields in two thirds of the first cache.
Index line_width() {
  static const long found = ::sysconf(_SC_LEVEL1_DCACHE_SIZE);
  return (found > 0 ? static_cast<Index>(found) : Index{1} << 15) / 24;
}

// Cells of a row of a tile whose depth + 2 rows of both fields fill half of the second cache.
Index column_width(Index depth) { return cache_bytes() / 2 / (16 * (depth + 2)); }

}  // namespace

const Kernels& active_kernels() {
  const std::string_view set = mlp_kernel::active_kernels().name;
  if (set == kernels_v4().name) return kernels_v4();
  if (set == kernels_v3().name) return kernels_v3();
  return kernels_baseline();
}

// At layer s of a pass the tile covers [first + s grow_first, last + s grow_last).
struct Leapfrog::Tile {
  Index first, last, grow_first, grow_last;
  [[nodiscard]] Index begin(Index s) const { return first + s * grow_first; }
  [[nodiscard]] Index end(Index s) const { return last + s * grow_last; }
};

Leapfrog::Leapfrog(Medium medium) : medium_(std::move(medium)), kernels_(&active_kernels()) {
  const double g = medium_.damping, neighbours = is_line() ? 2.0 : 4.0;
  coefficients_ = {(2.0 - g) - neighbours * medium_.mu, medium_.mu, 1.0 - g};
  const Index nx = medium_.columns, ny = medium_.rows;
  zeros_.assign(static_cast<std::size_t>(nx), 0.0);
  if (medium_.boundary != Boundary::absorbing) return;
  const auto west = [&](Index j, Index i) {
    return is_variable() ? medium_.mu_west[static_cast<std::size_t>(j * (nx + 1) + i)] : medium_.mu;
  };
  const auto north = [&](Index j, Index i) {
    return is_variable() ? medium_.mu_north[static_cast<std::size_t>(j * nx + i)] : medium_.mu;
  };
  if (is_line()) {
    mur_first_ = one_way(west(0, 1), 1.0, 0.0).now;
    mur_last_ = one_way(west(0, nx - 1), 1.0, 0.0).now;
    return;
  }
  for (Index i = 0; i < nx; ++i) {
    north_.push_back(absorber(north(1, i)));
    south_.push_back(absorber(north(ny - 1, i)));
  }
  for (Index j = 0; j < ny; ++j) {
    west_.push_back(absorber(west(j, 1)));
    east_.push_back(absorber(west(j, nx - 1)));
  }
}

// The product of the two factors as operators on cells and layers.
Leapfrog::Absorber Leapfrog::absorber(double mu) {
  const OneWay a = one_way(mu, 1.0, 0.0), b = one_way(mu, 0.5 * std::numbers::sqrt2, 0.02);
  return {{0.0, a.inner + b.inner, a.inner * b.inner},
          {a.now + b.now, a.inner_now + b.inner_now + a.inner * b.now + a.now * b.inner,
           a.inner * b.inner_now + a.inner_now * b.inner},
          {a.now * b.now, a.now * b.inner_now + a.inner_now * b.now, a.inner_now * b.inner_now}};
}

// A cell at an end goes through the same loop as all others, with its neighbours laid beside it.
void Leapfrog::line_end(Index i, double west, double east, const double* x,
                        double* previous) const {
  const double near[3] = {west, x[i], east};
  double next[3] = {0.0, previous[i], 0.0};
  if (is_variable()) {
    const double* mu = medium_.mu_west.data() + i;
    const double edges[3] = {0.0, mu[0], mu[1]};
    kernels_->variable_line(near, next, edges, 1, 2, coefficients_.memory, false);
  } else {
    kernels_->line(near, next, 1, 2, coefficients_, false);
  }
  previous[i] = next[1];
}

void Leapfrog::update_line(Index first, Index last, const double* x, double* previous,
                           bool absorbing, bool stream) const {
  const Index n = medium_.columns, inner_first = std::max<Index>(first, 1),
              inner_last = std::min(last, n - 1);
  if (inner_first < inner_last) {
    if (is_variable())
      kernels_->variable_line(x, previous, medium_.mu_west.data(), inner_first, inner_last,
                              coefficients_.memory, stream);
    else
      kernels_->line(x, previous, inner_first, inner_last, coefficients_, stream);
  }
  const bool periodic = medium_.boundary == Boundary::periodic;
  if (first == 0) {
    if (absorbing)
      previous[0] = x[1] + mur_first_ * (previous[1] - x[0]);
    else
      line_end(0, periodic ? x[n - 1] : 0.0, x[1], x, previous);
  }
  if (last == n) {
    if (absorbing)
      previous[n - 1] = x[n - 2] + mur_last_ * (previous[n - 2] - x[n - 1]);
    else
      line_end(n - 1, x[n - 2], periodic ? x[0] : 0.0, x, previous);
  }
}

void Leapfrog::row_end(Index j, Index i, double west, double east, const double* north,
                       const double* south, const double* x, double* previous) const {
  const Index nx = medium_.columns;
  const double near[3] = {west, x[i], east}, above[3] = {0.0, north[i], 0.0},
               below[3] = {0.0, south[i], 0.0};
  double next[3] = {0.0, previous[i], 0.0};
  if (is_variable()) {
    const double* mu = medium_.mu_west.data() + j * (nx + 1) + i;
    const double* across = medium_.mu_north.data() + j * nx + i;
    const double edges[3] = {0.0, mu[0], mu[1]}, edge_above[3] = {0.0, across[0], 0.0},
                 edge_below[3] = {0.0, across[nx], 0.0};
    kernels_->variable_row(above, near, below, next, edge_above, edge_below, edges, 1, 2,
                           coefficients_.memory, false);
  } else {
    kernels_->row(above, near, below, next, 1, 2, coefficients_, false);
  }
  previous[i] = next[1];
}

// before: the cells 0, 1, 2 from that end, as they were a layer ago.
void Leapfrog::absorb_row_end(bool first, Index j, const double* x, double* previous,
                              const double* before) const {
  const Index i0 = first ? 0 : medium_.columns - 1, inward = first ? 1 : -1;
  const Absorber& a = (first ? west_ : east_)[static_cast<std::size_t>(j)];
  const Index i1 = i0 + inward, i2 = i1 + inward;
  previous[i0] = -(((a.next[1] * previous[i1] + a.next[2] * previous[i2]) +
                    (a.now[0] * x[i0] + a.now[1] * x[i1] + a.now[2] * x[i2])) +
                   (a.last[0] * before[0] + a.last[1] * before[1] + a.last[2] * before[2]));
}

// strips: the lines 1 and 2 from the end as they were a layer ago, for the top and the bottom.
void Leapfrog::absorb_across(bool top, Index first, Index end, const double* x, double* previous,
                             const double* strips) const {
  const Index n = medium_.columns, last = medium_.rows - 1, inward = top ? n : -n;
  const std::vector<Absorber>& side = top ? north_ : south_;
  const double* x0 = x + (top ? 0 : last * n);
  double* u0 = previous + (top ? 0 : last * n);
  const double *old1 = strips + (top ? 0 : 2 * n), *old2 = old1 + n;
  for (Index i = first; i < end; ++i) {
    const Absorber& a = side[static_cast<std::size_t>(i)];
    u0[i] = -(((a.next[1] * u0[i + inward] + a.next[2] * u0[i + 2 * inward]) +
               (a.now[0] * x0[i] + a.now[1] * x0[i + inward] + a.now[2] * x0[i + 2 * inward])) +
              (a.last[0] * u0[i] + a.last[1] * old1[i] + a.last[2] * old2[i]));
  }
}

// The cells [first, last) of row j.
void Leapfrog::update_row(Index j, Index first, Index last, const double* x, double* previous,
                          double* strips, bool absorbing, bool stream) const {
  const Index nx = medium_.columns, ny = medium_.rows;
  if (absorbing && (j == 0 || j == ny - 1)) return;  // with the lines next to it
  const bool periodic = medium_.boundary == Boundary::periodic;
  const double* at = x + j * nx;
  const double* north = j > 0 ? at - nx : periodic ? x + (ny - 1) * nx : zeros_.data();
  const double* south = j < ny - 1 ? at + nx : periodic ? x : zeros_.data();
  double* next = previous + j * nx;
  double west_before[3], east_before[3];
  if (absorbing) {
    if (j <= 2) std::copy(next + first, next + last, strips + (j - 1) * nx + first);
    if (j >= ny - 3) std::copy(next + first, next + last, strips + (2 + (ny - 2 - j)) * nx + first);
    for (int k = 0; k < 3; ++k) {
      west_before[k] = next[k];
      east_before[k] = next[nx - 1 - k];
    }
  }
  const Index inner_first = std::max<Index>(first, 1), inner_last = std::min(last, nx - 1);
  if (inner_first < inner_last) {
    if (is_variable())
      kernels_->variable_row(north, at, south, next, medium_.mu_north.data() + j * nx,
                             medium_.mu_north.data() + (j + 1) * nx,
                             medium_.mu_west.data() + j * (nx + 1), inner_first, inner_last,
                             coefficients_.memory, stream);
    else
      kernels_->row(north, at, south, next, inner_first, inner_last, coefficients_, stream);
  }
  if (absorbing) {
    if (first == 0) absorb_row_end(true, j, at, next, west_before);
    if (last == nx) absorb_row_end(false, j, at, next, east_before);
    if (j == 2) absorb_across(true, first, last, x, previous, strips);
    if (j == ny - 2) absorb_across(false, first, last, x, previous, strips);
  } else {
    if (first == 0) row_end(j, 0, periodic ? at[nx - 1] : 0.0, at[1], north, south, at, next);
    if (last == nx) row_end(j, nx - 1, at[nx - 2], periodic ? at[0] : 0.0, north, south, at, next);
  }
}

void Leapfrog::update(Index first, Index last, const double* x, double* previous, double* strips,
                      bool stream) const {
  const bool absorbing = medium_.boundary == Boundary::absorbing;
  if (is_line()) return update_line(first, last, x, previous, absorbing, stream);
  for (Index j = first; j < last; ++j)
    update_row(j, 0, medium_.columns, x, previous, strips, absorbing, stream);
}

void Leapfrog::update_wrapped(Index first, Index last, const double* x, double* previous,
                              double* strips, bool stream) const {
  const Index n = units();
  if (first < 0 && last > 0) {
    update(first + n, n, x, previous, strips, stream);
    update(0, last, x, previous, strips, stream);
  } else {
    const Index shift = first < 0 ? n : first >= n ? -n : 0;
    update(first + shift, last + shift, x, previous, strips, stream);
  }
}

bool Leapfrog::streams() const { return 16 * size() > cache_bytes(); }

void Leapfrog::step(const double* x, double* previous, Workspace& workspace) const {
  workspace.strips.resize(static_cast<std::size_t>(4 * medium_.columns));
  double* strips = workspace.strips.data();
  const Index n = units(), cells = size();
  const Index chunks = std::min(cells / chunk_cells, n / 8);
  if (chunks < 2) return update(0, n, x, previous, strips, streams());
  parallel_for(chunks, [&](Index k, int) {
    update(k * n / chunks, (k + 1) * n / chunks, x, previous, strips, streams());
  });
}

void Leapfrog::plain(double*& x, double*& previous, Index steps, Workspace& workspace) const {
  for (Index s = 0; s < steps; ++s) {
    step(x, previous, workspace);
    std::swap(x, previous);
  }
}

// Columns of a grid go front by front, row f - s in layer s, so that only depth + 2 rows are in use
// at a time however many the tile has.
void Leapfrog::run_column(const Tile& rows, const Tile& columns, Index depth,
                          double* const level[2], double* strips) const {
  const Index nx = medium_.columns, ny = medium_.rows, last = depth - 1;
  const bool absorbing = medium_.boundary == Boundary::absorbing;
  const Index front_first = std::min(rows.begin(0), rows.begin(last) + last),
              front_last = std::max(rows.end(0), rows.end(last) + last);
  for (Index f = front_first; f < front_last; ++f)
    for (Index s = 0; s < depth; ++s) {
      const Index at = f - s, j = at < 0 ? at + ny : at;
      if (at < rows.begin(s) || at >= rows.end(s)) continue;
      const Index first = columns.begin(s), end = columns.end(s);
      const double* x = level[s % 2];
      double* next = level[(s + 1) % 2];
      const bool stream = s == 0 && streams();
      update_row(j, first, std::min(end, nx), x, next, strips, absorbing, stream);
      if (end > nx) update_row(j, 0, end - nx, x, next, strips, absorbing, stream);
    }
}

// A line goes layer by layer: the tile is small. A grid is cut into columns that lean to the left
// by a cell a layer, from left to right; round a ring the first one shrinks at its left and the
// last one fills what is left there.
void Leapfrog::run_tile(const Tile& tile, const Tiling& tiling, double* const level[2],
                        double* strips) const {
  const Index depth = tiling.depth;
  if (is_line()) {
    for (Index s = 0; s < depth; ++s)
      if (tile.begin(s) < tile.end(s))
        update_wrapped(tile.begin(s), tile.end(s), level[s % 2], level[(s + 1) % 2], strips,
                       s == 0 && streams());
    return;
  }
  const Index nx = medium_.columns, width = std::max(tiling.width, 4 * depth);
  const Index n = std::max<Index>(1, nx / width);
  const Index ring = n > 1 && medium_.boundary == Boundary::periodic ? 1 : 0;
  for (Index b = 0; b < n; ++b)
    run_column(tile, {b * nx / n, (b + 1) * nx / n, b == 0 ? ring : -1, b == n - 1 ? ring : -1},
               depth, level, strips);
}

// First the blocks, which shrink by a unit at each side in each layer, then the gaps that are left
// around their ends, which grow. A block that ends at an end of the domain keeps that end.
void Leapfrog::tiled_pass(double* x, double* previous, const Tiling& tiling, Index blocks,
                          double* strips) const {
  double* const level[2] = {x, previous};
  const Index n = units();
  const bool ring = medium_.boundary == Boundary::periodic;
  parallel_for(blocks, [&](Index k, int) {
    const bool fixed_first = k == 0 && !ring, fixed_last = k == blocks - 1 && !ring;
    run_tile({k * n / blocks, (k + 1) * n / blocks, fixed_first ? 0 : 1, fixed_last ? 0 : -1},
             tiling, level, strips);
  });
  const Index gaps = ring ? blocks : blocks - 1;
  parallel_for(gaps, [&](Index k, int) {
    const Index at = (ring ? k : k + 1) * n / blocks;
    run_tile({at, at, -1, 1}, tiling, level, strips);
  });
}

void Leapfrog::tiled(double*& x, double*& previous, Index steps, Workspace& workspace,
                     const Tiling& given) const {
  workspace.strips.resize(static_cast<std::size_t>(4 * medium_.columns));
  const Index n = units();
  Tiling tiling = given;
  if (tiling.depth == 0) tiling.depth = is_line() ? 128 : 64;
  const Index depth = tiling.depth = std::min(tiling.depth, n / 8);
  if (depth < 2) return plain(x, previous, steps, workspace);
  if (tiling.width == 0) tiling.width = is_line() ? line_width() : column_width(depth);
  // Two slabs of a grid for each thread, so that none waits long for another.
  const Index slabs = threads() == 1 ? 1 : 2 * threads();
  const Index block = std::max(4 * depth, is_line() ? tiling.width : (n + slabs - 1) / slabs);
  const Index blocks = std::max<Index>(1, n / block);
  for (; steps > 0; steps -= tiling.depth) {
    tiling.depth = std::min(depth, steps);
    tiled_pass(x, previous, tiling, blocks, workspace.strips.data());
    if (tiling.depth % 2 == 1) std::swap(x, previous);
  }
}

// The transpose of absorb_row_ends and absorb_across, in the reverse of their order. r: what falls
// to the last layer but one.
void Leapfrog::absorb_transposed(double* p, double* q, double* r) const {
  const Index nx = medium_.columns, ny = medium_.rows;
  if (is_line()) {
    const auto end = [&](Index i0, Index i1, double mur) {
      p[i1] += mur * p[i0];
      q[i1] += p[i0];
      q[i0] -= mur * p[i0];
      p[i0] = 0.0;
    };
    end(nx - 1, nx - 2, mur_last_);
    return end(0, 1, mur_first_);
  }
  const auto end = [&](const Absorber& a, Index i0, Index inward) {
    const double p0 = p[i0];
    p[i0] = 0.0;
    for (int k = 0; k < 3; ++k) {
      const Index i = i0 + k * inward;
      p[i] -= a.next[k] * p0;
      q[i] -= a.now[k] * p0;
      r[i] -= a.last[k] * p0;
    }
  };
  for (Index i = 0; i < nx; ++i) {
    end(south_[static_cast<std::size_t>(i)], (ny - 1) * nx + i, -nx);
    end(north_[static_cast<std::size_t>(i)], i, nx);
  }
  for (Index j = 1; j < ny - 1; ++j) {
    end(east_[static_cast<std::size_t>(j)], j * nx + nx - 1, -1);
    end(west_[static_cast<std::size_t>(j)], j * nx, 1);
  }
}

// The inner part is symmetric: (2 - gamma) p - D' mu D p is one more leapfrog step, from a layer of
// zeros; at absorbed ends p is zero by then, so that a closed end does what its transpose does.
void Leapfrog::transpose(double* p, double* q, Workspace& workspace) const {
  const Index n = size();
  const bool absorbing = medium_.boundary == Boundary::absorbing;
  workspace.adjoint.assign(static_cast<std::size_t>(2 * n), 0.0);
  double *inner = workspace.adjoint.data(), *r = inner + n;
  if (absorbing) absorb_transposed(p, q, r);
  if (is_line())
    update_line(0, medium_.columns, p, inner, false, streams());
  else
    for (Index j = 0; j < medium_.rows; ++j)
      update_row(j, 0, medium_.columns, p, inner, workspace.strips.data(), false, streams());
  for (Index i = 0; i < n; ++i) {
    const double before = r[i] - coefficients_.memory * p[i];
    p[i] = inner[i] + q[i];
    q[i] = before;
  }
}

}  // namespace thalweg::wave_kernel
