// The linear residual net as a wave: what must hold exactly, whatever the ends and the tiles.
#include <thalweg/analysis/derivative_check.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/core/parallel.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/models/networks/kernel/dispatch.hpp>
#include <thalweg/models/waves/wave.hpp>

#include <fmt/format.h>

#include <cmath>
#include <complex>
#include <cstring>
#include <fstream>
#include <numbers>
#include <vector>

#include "../../support/catch.hpp"
#include "../../support/temporary_directory.hpp"

using namespace thalweg;
using wave_kernel::Boundary;
using wave_kernel::Leapfrog;
using wave_kernel::Medium;

namespace {

Wave made(WaveOptions options) { return Wave(std::move(options)); }

Vec start(const Wave& wave) {
  Rng rng(1, "wave");
  return wave.initial_state(rng);
}

Vec after(const Wave& wave, Vec x, Index layers) {
  Vec next(x.size());
  for (Index t = 0; t < layers; ++t) {
    wave.apply(x, next, t);
    x.swap(next);
  }
  return x;
}

Vec random_vector(Index n, const char* stream) {
  Rng rng(5, stream);
  Vec v(n);
  rng.fill_normal(v);
  return v;
}

Medium medium(Index rows, Index columns, Boundary boundary, double damping, bool variable) {
  Medium m{rows, columns, boundary, damping, rows == 0 ? 0.61 : 0.37};
  if (!variable) return m;
  const Index ny = std::max<Index>(rows, 1);
  for (Index k = 0; k < ny * (columns + 1); ++k)
    m.mu_west.push_back(0.2 + 0.15 * std::sin(0.1 * static_cast<double>(k)));
  for (Index k = 0; rows > 0 && k < (ny + 1) * columns; ++k)
    m.mu_north.push_back(0.2 + 0.15 * std::cos(0.07 * static_cast<double>(k)));
  // The same edge twice round a ring.
  for (Index j = 0; boundary == Boundary::periodic && j < ny; ++j)
    m.mu_west[static_cast<std::size_t>(j * (columns + 1) + columns)] =
        m.mu_west[static_cast<std::size_t>(j * (columns + 1))];
  for (Index i = 0; boundary == Boundary::periodic && rows > 0 && i < columns; ++i)
    m.mu_north[static_cast<std::size_t>(rows * columns + i)] =
        m.mu_north[static_cast<std::size_t>(i)];
  return m;
}

// The pair after some layers, tiled (depth > 0) or plain.
std::vector<double> swept(const Leapfrog& net, Index steps, Index depth, Index width = 0) {
  const Vec given = random_vector(2 * net.size(), "tiles");
  Vec a = given.head(net.size()), b = given.tail(net.size());
  double *x = a.data(), *previous = b.data();
  Leapfrog::Workspace workspace;
  if (depth > 0)
    net.tiled(x, previous, steps, workspace, {.depth = depth, .width = width});
  else
    net.plain(x, previous, steps, workspace);
  std::vector<double> pair(x, x + net.size());
  pair.insert(pair.end(), previous, previous + net.size());
  return pair;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

struct Threads {
  explicit Threads(int n) : before(threads()) { set_threads(n); }
  ~Threads() { set_threads(before); }
  int before;
};

}  // namespace

TEST_CASE("a travelling mode is exact", "[waves]") {
  const Wave wave = made({.cells = {128}, .mu = 0.64, .mode = {4}});
  const double k = 2 * std::numbers::pi * 4 / 128, omega = wave.frequency({k});
  // science.md's canonical numbers, to their last digit
  CHECK(std::abs(omega - 0.156988585244809) < 1e-15);
  CHECK(std::abs(omega / k - 0.799536299) < 5e-10);
  CHECK(std::abs(wave.group_speed({k}) - 0.798606768) < 5e-10);
  const Vec x = after(wave, start(wave), 500);
  for (Index s = 0; s < 128; ++s)  // 500 layers of rounding, growing at worst as t^2 eps
    CHECK(std::abs(x[s] - std::cos(k * static_cast<double>(s) - omega * 500.0)) < 1e-10);

  const Wave plane = made({.cells = {24, 32}, .mu = 0.4, .mode = {2, 3}});
  const double ky = 2 * std::numbers::pi * 2 / 24, kx = 2 * std::numbers::pi * 3 / 32;
  const double w =
      2 *
      std::asin(std::sqrt(0.4 * (std::pow(std::sin(ky / 2), 2) + std::pow(std::sin(kx / 2), 2))));
  const Vec y = after(plane, start(plane), 300);
  for (Index i = 0; i < 24 * 32; ++i)
    CHECK(std::abs(y[i] - std::cos(ky * static_cast<double>(i / 32) +
                                   kx * static_cast<double>(i % 32) - w * 300.0)) < 1e-10);
}

TEST_CASE("at mu = 1 a pulse is carried without change", "[waves]") {
  WaveOptions wave{.cells = {200}, .mu = 1.0, .direction = "right"};
  wave.pulse.at = {40.0};
  const Wave carried(wave);
  const Vec x0 = start(carried), x = after(carried, x0, 333);
  for (Index s = 0; s < 200; ++s)  // d'Alembert: f(s - t), with rounding that adds up
    CHECK(std::abs(x[(s + 333) % 200] - x0[s]) < 1e-12);
}

TEST_CASE("the energy of the wave", "[waves]") {
  for (const char* boundary : {"periodic", "dirichlet"})
    for (const bool grid : {false, true})
      for (const char* profile : {"constant", "lens", "step", "cells"}) {
        WaveOptions options{.cells = grid ? std::vector<Index>{30, 41} : std::vector<Index>{157},
                            .mu = 0.45,
                            .profile = profile,
                            .boundary = boundary,
                            .profile_width = 7.0};
        if (options.profile == "cells")
          for (int i = 0; i < (grid ? 30 * 41 : 157); ++i)
            options.mu_cells.push_back(0.45 / (1 + i % 7));
        const Wave wave = made(std::move(options));
        Vec x = start(wave);
        const double before = wave.energy(x);
        CHECK(before > 0.0);
        x = after(wave, x, 400);
        CHECK(std::abs(wave.energy(x) / before - 1) < 1e-12);
      }
  // Damped: a layer takes (gamma/4) |x_{t+1} - x_{t-1}|^2 / (1 - gamma/2).
  const Wave damped = made({.cells = {90}, .mu = 0.5, .damping = 0.1, .boundary = "dirichlet"});
  Vec x = start(damped), next(x.size());
  for (int t = 0; t < 50; ++t) {
    damped.apply(x, next, t);
    const double lost = 0.1 / 0.95 / 4 * (next.head(90) - x.tail(90)).squaredNorm();
    CHECK(std::abs(damped.energy(x) - damped.energy(next) - lost) <
          1e-14 * damped.energy(x) + 1e-15);
    x = next;
  }
}

TEST_CASE("the gradient is a wave", "[waves]") {
  SECTION("its pulse moves with the group speed") {
    const Wave wave = made({.cells = {600}, .mu = 0.64, .layers = 300, .target = {.width = 6.0}});
    const auto observables = wave.observables();
    const auto value = [&](const char* name, double t, Index entry = 0) {
      for (const auto& o : observables)
        if (o.variable.name == name) {
          Vec out(o.variable.size());
          o.compute(start(wave), t, out);
          return out[entry];
        }
      FAIL(name);
      return 0.0;
    };
    // between layers where the two halves have parted and have not met again
    const double speed = (value("gradient_distance", 50) - value("gradient_distance", 250)) / 200.0;
    const double theory = value("gradient_speed", 0, 1);
    CHECK(std::abs(speed / theory - 1) < 0.01);
    CHECK(std::abs(theory / 0.8 - 1) < 0.01);
    CHECK(std::abs(value("gradient_speed", 100) / theory - 1) < 0.01);
    CHECK(std::isnan(value("gradient_speed", 299)));  // the halves are one there
    // The cone goes round half the ring, 300 cells, no farther.
    CHECK(value("light_cone", 20, 0) == 20.0);
    CHECK(value("light_cone", 20, 1) == 580.0);
    CHECK(value("light_cone", 0, 0) == 0.0);
    // first arrival: whole cells, so half a cell at either end
    const double arrival = (value("gradient_reach", 50) - value("gradient_reach", 250)) / 200.0;
    CHECK(std::abs(arrival / theory - 1) < 0.01);
  }
  SECTION("nothing leaves the light cone") {
    const Wave wave = made({.cells = {101},
                            .mu = 0.9,
                            .profile = "lens",
                            .layers = 40,
                            .target = {.shape = "delta", .at = {50.0}},
                            .loss = "value"});
    for (Index t = 0; t <= 40; ++t) {
      const Vec g = wave.backpropagated().pair(t).head(101);
      for (Index s = 0; s < 101; ++s) {
        if (std::abs(s - 50) > 40 - t) CHECK(g[s] == 0.0);
        if (std::abs(s - 50) == 40 - t) CHECK(g[s] != 0.0);
      }
    }
  }
  SECTION("a constant mode grows with the depth") {
    // L = sum x_T, of the pair (x_1, x_0): x_T = x_0 + T (x_1 - x_0)
    const auto net = std::make_shared<const Leapfrog>(medium(0, 64, Boundary::periodic, 0.0, true));
    const Index T = 37;
    const WaveGradient g(net, Vec::Ones(64), Vec::Zero(64), T);
    const Vec pair = g.pair(1);
    CHECK(std::abs(pair.head(64).sum() / 64 - 37) < 1e-12);
    CHECK(std::abs(pair.tail(64).sum() / 64 + 36) < 1e-12);
  }
  SECTION("it is the derivative, at every kind of end") {
    for (const char* boundary : {"periodic", "dirichlet", "absorbing"})
      for (const bool grid : {false, true}) {
        const Wave wave = made({.cells = grid ? std::vector<Index>{11, 14} : std::vector<Index>{50},
                                .mu = 0.4,
                                .damping = 0.05,
                                .profile = "lens",
                                .boundary = boundary,
                                .profile_width = 5.0,
                                .layers = 30});
        const Index n = wave.size();
        const Vec last = wave.backpropagated().pair(30);
        const auto loss = [&](const Vec& x, Index t) { return last.dot(after(wave, x, 30 - t)); };
        for (const Index t : {0, 13, 29}) {
          const Vec x = random_vector(2 * n, "point"), v = random_vector(2 * n, "direction");
          // linear: the difference is exact but for rounding
          const double slope = (loss(x + v, t) - loss(x - v, t)) / 2;
          CHECK(std::abs(wave.backpropagated().pair(t).dot(v) - slope) < 1e-8 * std::abs(slope));
        }
      }
  }
}

TEST_CASE("cells with a mu of their own", "[waves]") {
  SECTION("waves go along rays") {
    // Speed c(s) = 0.3 + b s: a ray from s0 is at (s0 + 0.3 / b) exp(+-b t) - 0.3 / b after t
    // layers.
    const double b = 0.5 / 600, shift = 0.3 / b;
    WaveOptions options{.cells = {600}, .profile = "cells", .boundary = "dirichlet", .layers = 400};
    for (int s = 0; s < 600; ++s) options.mu_cells.push_back(std::pow(0.3 + b * s, 2));
    options.target.at = {300.0};
    options.pulse.at = {100.0};
    options.direction = "right";
    const Wave wave = made(options);
    const auto observed = [&](const char* name, double t, const Vec& x) {
      for (const auto& o : wave.observables())
        if (o.variable.name == name) {
          Vec out(o.variable.size());
          o.compute(x, t, out);
          return out;
        }
      FAIL(name);
      return Vec();
    };
    const Vec x = start(wave), g = wave.backpropagated().pair(100).head(600);
    const Vec fronts = observed("gradient_front", 100.0, x);
    for (const int side : {0, 1}) {
      const double ray = (300.0 + shift) * std::exp((side == 0 ? -b : b) * 300.0) - shift;
      CHECK(std::abs(fronts[side] - ray) < 1e-3);  // trapezia of 1/c, error h^2
      // Where the half of the gradient is, weighted with its square.
      double sum = 0.0, weights = 0.0;
      for (Index s = side == 0 ? 0 : 300; s < (side == 0 ? 300 : 600); ++s) {
        sum += static_cast<double>(s) * g[s] * g[s];
        weights += g[s] * g[s];
      }
      CHECK(std::abs(sum / weights - ray) < 0.5);  // dispersion of a Gaussian of width 8
    }
    const Vec now = after(wave, x, 250);
    Index top = 0;
    now.head(600).maxCoeff(&top);
    CHECK(std::abs(static_cast<double>(top) - observed("field_front", 250.0, now)[1]) < 1.0);
    CHECK(observed("mu", 0.0, x)[30] == options.mu_cells[30]);
    CHECK(std::abs(observed("wave_speed", 0.0, x)[0] - (0.3 + 100 * b)) < 1e-14);
  }
  SECTION("an edge has the mean of its two cells, of a ring the first that of the last too") {
    for (const char* boundary : {"periodic", "dirichlet"}) {
      WaveOptions options{.cells = {8}, .profile = "cells", .boundary = boundary};
      options.mu_cells = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8};
      const Wave wave = made(options);
      const auto& west = wave.net().medium().mu_west;
      CHECK(std::abs(west[3] - 0.35) < 1e-15);
      const bool ring = std::string(boundary) == "periodic";
      CHECK(std::abs(west[0] - (ring ? 0.45 : 0.1)) < 1e-15);
      CHECK(std::abs(west[8] - (ring ? 0.45 : 0.8)) < 1e-15);
    }
    WaveOptions grid{.cells = {9, 8}, .profile = "cells", .boundary = "dirichlet"};
    for (int i = 0; i < 72; ++i) grid.mu_cells.push_back(0.001 * (1 + i));
    const Wave plane = made(grid);
    CHECK(std::abs(plane.net().medium().mu_north[2 * 8 + 5] - 0.001 * (1 + 17)) < 1e-15);
    CHECK(std::abs(plane.net().medium().mu_west[2 * 9 + 5] - 0.001 * 21.5) < 1e-15);
  }
  SECTION("a file gives the same bits; its limit of stability is that of the largest") {
    const TemporaryDirectory folder;
    const auto file = folder.file("mu.csv");
    WaveOptions options{.cells = {8, 9}, .profile = "cells"};
    std::string text;
    for (int i = 0; i < 72; ++i) {
      options.mu_cells.push_back(0.25 + 0.001 * i);
      text += fmt::format("{:.17g}{}", options.mu_cells.back(), i % 9 == 8 ? "\n" : ",");
    }
    std::ofstream(file) << text;
    WaveOptions from_file{.cells = {8, 9}, .profile = "file", .mu_file = file};
    const Wave a = made(options), b = made(from_file);
    CHECK(after(a, start(a), 20) == after(b, start(b), 20));
    using Catch::Contains;
    from_file.cells = {9, 8};
    CHECK_THROWS_WITH(made(from_file), Contains("holds 8 x 9 numbers and must hold 9 x 8"));
    options.mu_cells.pop_back();
    CHECK_THROWS_WITH(made(options), Contains("71 numbers and must have 72"));
    options.mu_cells.push_back(0.51);
    CHECK_THROWS_WITH(made(options), Contains("the largest mu of the cells = 0.51 makes the net"));
    std::ofstream(file) << "0.5\n0.5\n0.5\n0.5\n-0.5\n0.5\n0.5\n0.5\n";
    from_file.cells = {8};
    CHECK_THROWS_WITH(made(from_file), Contains("row 4, column 0 (from 0): mu = -0.5 must be > 0"));
  }
}

TEST_CASE("beyond the limit of stability the shortest wave grows as the theory says", "[waves]") {
  const Wave wave = made({.cells = {64}, .mu = 1.01, .unstable = true});
  Vec x(128);
  for (Index s = 0; s < 64; ++s) x[s] = x[64 + s] = s % 2 == 0 ? 1e-3 : -1e-3;
  x = after(wave, x, 400);
  const double ratio = x[0] / x[64], exact = 1.02 + std::sqrt(1.02 * 1.02 - 1);
  CHECK(std::abs(std::abs(ratio) / exact - 1) < 1e-6);
  CHECK_THROWS_AS(made({.mu = 1.01}), ModelError);
  CHECK_THROWS_AS(made({.cells = {32, 32}, .mu = 0.51}), ModelError);
  CHECK_THROWS_AS(made({.mu = 0.96, .damping = 0.1}), ModelError);
  CHECK_NOTHROW(made({.mu = 0.95, .damping = 0.1}));
}

TEST_CASE("exchanging the pair runs the wave backwards", "[waves]") {
  const Wave wave =
      made({.cells = {20, 33}, .mu = 0.48, .profile = "step", .boundary = "dirichlet"});
  const Index n = wave.size();
  const Vec x = start(wave);
  Vec y = after(wave, x, 300);
  const Vec now = y.head(n), earlier = y.tail(n);
  y << earlier, now;
  y = after(wave, y, 300);
  CHECK((y.head(n) - x.tail(n)).cwiseAbs().maxCoeff() < 1e-11);
  CHECK((y.tail(n) - x.head(n)).cwiseAbs().maxCoeff() < 1e-11);
}

TEST_CASE("ends that absorb reflect as little as they should", "[waves]") {
  // A pulse of k about 0.2, measured by what is left of it when it should be gone.
  WaveOptions line{.cells = {400}, .mu = 0.25, .boundary = "absorbing", .direction = "right"};
  line.pulse = {.at = {200.0}, .width = 8.0};
  const Wave absorbed = made(line);
  const Vec x = after(absorbed, start(absorbed), 700);
  CHECK(x.head(400).cwiseAbs().maxCoeff() < 2e-3);
  line.mu = 1.0;
  const Wave exact = made(line);
  CHECK(after(exact, start(exact), 500).cwiseAbs().maxCoeff() < 1e-13);

  // On a grid, beside the same field on one so large that no echo is back yet.
  WaveOptions grid{.cells = {80, 80}, .mu = 0.45, .boundary = "absorbing", .pulse = {.width = 6.0}};
  const Wave small(grid);
  grid.cells = {240, 240};
  const Wave large(grid);
  const Vec a = after(small, start(small), 110), b = after(large, start(large), 110);
  double echo = 0.0;
  for (Index j = 0; j < 80; ++j)
    for (Index i = 0; i < 80; ++i)
      echo = std::max(echo, std::abs(a[j * 80 + i] - b[(j + 80) * 240 + i + 80]));
  CHECK(echo < 2e-3);  // of a pulse of height 1
  CHECK(after(small, start(small), 4000).cwiseAbs().maxCoeff() < 1e-3);
  // No drift, not even from a single cell in a corner; what is left is at rest.
  Vec corner = Vec::Zero(small.dim());
  corner[81] = 1.0;
  corner = after(small, corner, 3000);
  CHECK((corner.head(6400) - corner.tail(6400)).cwiseAbs().maxCoeff() <
        1e-3);  // 0.1 without a loss
}

TEST_CASE("tiles, threads and instruction sets give the bits of the plain sweep", "[waves]") {
  for (const Boundary boundary : {Boundary::periodic, Boundary::dirichlet, Boundary::absorbing})
    for (const double damping : {0.0, 0.03})
      for (const bool variable : {false, true}) {
        for (const Index n : {64, 1001, 5003}) {
          const Leapfrog net(medium(0, n, boundary, damping, variable));
          const auto plain = swept(net, 101, 0);
          for (const Index depth : {2, 7, 16, 60}) CHECK(same_bits(plain, swept(net, 101, depth)));
        }
        for (const Index rows : {17, 64, 131}) {
          const Leapfrog net(medium(rows, 37, boundary, damping, variable));
          const auto plain = swept(net, 43, 0);
          for (const Index depth : {2, 5, 8, 16}) CHECK(same_bits(plain, swept(net, 43, depth)));
        }
        const Leapfrog wide(medium(41, 131, boundary, damping, variable));  // columns of tiles
        const auto plain = swept(wide, 43, 0);
        for (const Index depth : {2, 3, 5}) {
          CHECK(same_bits(plain, swept(wide, 43, depth, 1)));
          CHECK(same_bits(plain, swept(wide, 43, depth, 65)));
        }
      }
  for (const Index rows : {0, 300}) {
    const Medium m = medium(rows, rows == 0 ? 200001 : 333, Boundary::periodic, 0.0, false);
    const auto one = [&] {
      const Threads single(1);
      return swept(Leapfrog(m), 20, 0);
    }();
    const Threads several(3);
    CHECK(same_bits(one, swept(Leapfrog(m), 20, 0)));
    CHECK(same_bits(one, swept(Leapfrog(m), 20, 8)));
    const std::string best = mlp_kernel::instruction_set();
    for (const auto* set : mlp_kernel::available_kernels()) {
      mlp_kernel::set_instruction_set(set->name);
      CHECK(same_bits(one, swept(Leapfrog(m), 20, 0)));
    }
    mlp_kernel::set_instruction_set(best);
  }
}

TEST_CASE("check-model finds nothing wrong with waves", "[waves]") {
  // Targets so narrow that the halves of the gradient part. The second one's fronts go past half of
  // the ring before the first layer is reached.
  for (const WaveOptions& options :
       {WaveOptions{.cells = {40}, .layers = 12, .target = {.width = 2.0}},
        WaveOptions{.cells = {40}, .layers = 60, .target = {.width = 2.0}},
        WaveOptions{.cells = {9, 12}, .mu = 0.4, .layers = 20, .target = {.width = 0.8}}})
    for (const auto& row : check_model(AnyMap(made(options))).rows) {
      CAPTURE(row.what, row.reason);
      CHECK(row.verdict != Verdict::failed);
    }
}
