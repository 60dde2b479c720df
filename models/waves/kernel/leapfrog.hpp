// The linear residual net as a wave: one layer is one leapfrog step
//
//   x_{t+1} = (2 - gamma) x_t - (1 - gamma) x_{t-1} - D' mu D x_t,      0 <= gamma <= 1,
//
// on a line of cells or on a grid of rows by columns (row-major), D the differences between
// neighbours, mu one number or one per edge. D' mu D is symmetric, so that backpropagation is the
// same recursion. Stable for d mu <= 1 - gamma / 2 in d dimensions (Courant, Friedrichs, Lewy
// 1928).
//
// Boundaries: periodic; dirichlet, x = 0 in the cell beyond the end; absorbing, Mur's condition on
// a line (IEEE Trans. EMC 23 (1981) 377) and on a grid Higdon's of order 2 for the angles 0 and 45
// degrees (Math. Comp. 47 (1986) 437), both discretised on the box of two cells and two layers. The
// factor of 45 degrees has a loss of 0.02 a layer: without one, a drift x_t = t passes the
// condition, and rounding or a rough field near a corner sets it going.
#pragma once
#include <thalweg/models/waves/kernel/wave_kernel.hpp>

#include <vector>

namespace thalweg::wave_kernel {

enum class Boundary { periodic, dirichlet, absorbing };

struct Medium {
  Index rows = 0;  ///< 0: a line
  Index columns = 0;
  Boundary boundary = Boundary::periodic;
  double damping = 0.0, mu = 0.5;
  /// Empty for a constant mu. Edge i of a line lies before cell i, shape (columns + 1); on a grid
  /// (rows, columns + 1) for the edges west of the cells and (rows + 1, columns) north of them.
  std::vector<double> mu_west{}, mu_north{};
};

class Leapfrog {
 public:
  /// What a call needs beside the fields; one for each caller that runs at the same time.
  struct Workspace {
    std::vector<double> strips{};  ///< lines next to an absorbing end, as they were a layer ago
    std::vector<double> adjoint{};
  };

  /// Layers of a tile, and its cells, or those of a row of a grid's; 0 for what suits the cache.
  struct Tiling {
    Index depth = 0, width = 0;
  };

  /// The medium must have at least 8 cells in each direction.
  explicit Leapfrog(Medium medium);

  [[nodiscard]] Index size() const { return lines() * medium_.columns; }
  [[nodiscard]] const Medium& medium() const { return medium_; }

  /// One layer: `previous` holds x_{t-1} on entry and x_{t+1} on return. Threads share large
  /// fields.
  void step(const double* x, double* previous, Workspace& workspace) const;
  /// `steps` layers, one after another; x and previous are exchanged so that x ends as the newest.
  void plain(double*& x, double*& previous, Index steps, Workspace& workspace) const;
  /// The same bits by tiles in space and layers, whose fields stay in the cache for many layers.
  void tiled(double*& x, double*& previous, Index steps, Workspace& workspace,
             const Tiling& tiling) const;
  void tiled(double*& x, double*& previous, Index steps, Workspace& workspace) const {
    tiled(x, previous, steps, workspace, Tiling{});
  }

  /// Backpropagation through one layer: p and q hold dL/dx_{t+1} and dL/dx_t, the derivatives for
  /// the pair as independent numbers, and become dL/dx_t and dL/dx_{t-1}.
  void transpose(double* p, double* q, Workspace& workspace) const;

 private:
  struct Tile;
  /// The end cell's next value: minus the sum of now[i], next[i], last[i] times the cells 0, 1, 2
  /// from the end in this, the next and the last layer.
  struct Absorber {
    double next[3], now[3], last[3];
  };
  static Absorber absorber(double mu);

  [[nodiscard]] bool is_line() const { return medium_.rows == 0; }
  [[nodiscard]] Index lines() const { return is_line() ? 1 : medium_.rows; }
  /// What tiles are made of: cells of a line, rows of a grid.
  [[nodiscard]] Index units() const { return is_line() ? medium_.columns : medium_.rows; }
  /// Whether the fields are too large for the second cache.
  [[nodiscard]] bool streams() const;
  [[nodiscard]] bool is_variable() const { return !medium_.mu_west.empty(); }

  void update(Index first, Index last, const double* x, double* previous, double* strips,
              bool stream) const;
  void update_wrapped(Index first, Index last, const double* x, double* previous, double* strips,
                      bool stream) const;
  void update_line(Index first, Index last, const double* x, double* previous, bool absorbing,
                   bool stream) const;
  void update_row(Index j, Index first, Index last, const double* x, double* previous,
                  double* strips, bool absorbing, bool stream) const;
  void line_end(Index i, double west, double east, const double* x, double* previous) const;
  void row_end(Index j, Index i, double west, double east, const double* north, const double* south,
               const double* x, double* previous) const;
  void absorb_row_end(bool first, Index j, const double* x, double* previous,
                      const double* before) const;
  void absorb_across(bool top, Index first, Index last, const double* x, double* previous,
                     const double* strips) const;
  void absorb_transposed(double* p, double* q, double* r) const;
  void run_tile(const Tile& tile, const Tiling& tiling, double* const level[2],
                double* strips) const;
  void run_column(const Tile& rows, const Tile& columns, Index depth, double* const level[2],
                  double* strips) const;
  void tiled_pass(double* x, double* previous, const Tiling& tiling, Index blocks,
                  double* strips) const;

  Medium medium_;
  Coefficients coefficients_;
  const Kernels* kernels_;
  std::vector<double> zeros_;                          ///< a row beyond a closed end
  double mur_first_ = 0.0, mur_last_ = 0.0;            ///< of the ends of a line
  std::vector<Absorber> north_, south_, west_, east_;  ///< of the cells along the ends of a grid
};

}  // namespace thalweg::wave_kernel
