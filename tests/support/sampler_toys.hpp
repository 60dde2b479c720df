// Potentials whose distributions are known, and samplers of every kind with options as a user gives
// them.
#pragma once
#include <thalweg/core/potential.hpp>
#include <thalweg/core/sampler.hpp>
#include <thalweg/solvers/samplers/hmc.hpp>
#include <thalweg/solvers/samplers/langevin/baoab.hpp>
#include <thalweg/solvers/samplers/langevin/mala.hpp>
#include <thalweg/solvers/samplers/langevin/sgld.hpp>
#include <thalweg/solvers/samplers/langevin/ula.hpp>
#include <thalweg/solvers/samplers/nuts.hpp>
#include <thalweg/solvers/samplers/replica_exchange.hpp>

#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace thalweg::test {

/// U = sum_i q_i^2 / (2 s_i^2)
struct Normals {
  Vec deviations;
  [[nodiscard]] Index dim() const { return deviations.size(); }
  [[nodiscard]] double value(In q) const {
    return 0.5 * (q.array() / deviations.array()).square().sum();
  }
  void gradient(In q, Out g) const { g = q.array() / deviations.array().square(); }
};

/// Coupled springs that harden: U = q' K q / 2 + sum q_i^4 / 4.
struct HardSprings {
  Mat stiffness;
  [[nodiscard]] Index dim() const { return stiffness.rows(); }
  [[nodiscard]] double value(In q) const {
    return 0.5 * q.dot(stiffness * q) + 0.25 * q.array().pow(4).sum();
  }
  void gradient(In q, Out g) const {
    g.noalias() = stiffness * q;
    g.array() += q.array().cube();
  }
};

inline HardSprings hard_springs() {
  Mat k(3, 3);
  k << 2.0, 0.5, 0.0, 0.5, 1.0, -0.3, 0.0, -0.3, 3.0;
  return {k};
}

/// q_0 logistic, q_1 - sin q_0 standard normal: exact draws and distribution functions.
struct Bent {
  [[nodiscard]] Index dim() const { return 2; }
  [[nodiscard]] double value(In q) const {
    const double r = q[1] - std::sin(q[0]), a = std::abs(q[0]);
    return a + 2.0 * std::log1p(std::exp(-a)) + 0.5 * r * r;
  }
  void gradient(In q, Out g) const {
    const double r = q[1] - std::sin(q[0]);
    g[0] = std::tanh(0.5 * q[0]) - std::cos(q[0]) * r;
    g[1] = r;
  }
  static void draw(Rng& rng, Out q) {
    const double u = rng.uniform();
    q[0] = std::log(u / (1.0 - u));
    q[1] = std::sin(q[0]) + rng.normal();
  }
};

/// U = sum_i (q - y_i)^2 / 2 in each coordinate, as a sum over samples: N(mean y, 1 / n).
struct Samples {
  Vec y;
  Index d = 1;
  [[nodiscard]] Index dim() const { return d; }
  [[nodiscard]] Index samples() const { return y.size(); }
  [[nodiscard]] double value(In q) const {
    double u = 0.0;
    for (const double x : y) u += 0.5 * (q.array() - x).square().sum();
    return u;
  }
  void gradient(In q, Out g) const {
    g = static_cast<double>(y.size()) * q;
    g.array() -= y.sum();
  }
  double value_and_gradient(In q, Out g) const {
    gradient(q, g);
    return value(q);
  }
  double value_and_gradient(In q, std::span<const Index> batch, Out g) const {
    double sum = 0.0, u = 0.0;
    for (const Index i : batch) {
      sum += y[i];
      u += 0.5 * (q.array() - y[i]).square().sum();
    }
    const double all = static_cast<double>(y.size()), part = static_cast<double>(batch.size());
    g = all * q;
    g.array() -= sum * all / part;
    return u * all / part;
  }
};

/// Each kind of sampler, adapting where it can.
inline std::vector<std::pair<std::string, SamplerFactory>> all_samplers() {
  Nuts nuts, dense;
  dense.metric = "dense";
  dense.integrator = "bcss3";
  ReplicaExchange replicas;
  replicas.replicas = 3;
  replicas.hottest = 10.0;
  return {{"nuts", nuts},
          {"nuts, dense, bcss3", dense},
          {"hmc", Hmc{}},
          {"replica_exchange", replicas},
          {"mala", Mala{}},
          {"ula", Ula{.step_size = 0.02, .steps = 3}},
          {"baoab", Baoab{.step_size = 0.2, .friction = 1.0, .steps = 2}},
          {"sgld", Sgld{.step_size = 0.01, .batch_size = 2, .steps = 3}}};
}

}  // namespace thalweg::test
