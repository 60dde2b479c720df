// Data sets made from a formula and a seed: the same numbers on every machine and thread count.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/models/datasets/preparation.hpp>

#include <string>

namespace thalweg {

/// Two interleaving half circles: (cos t, sin t) and (1 - cos t, 1/2 - sin t), t evenly spaced in
/// [0, pi], plus normal noise.
struct TwoMoons {
  Index samples = 200, seed = 0;
  double noise = 0.1;
  Preparation preparation{};

  static Doc doc() {
    return {"two interleaving half circles with noise, two classes",
            "(cos t, sin t) and (1 - cos t, 1/2 - sin t), t in [0, pi]"};
  }
  void fields(Fields& f);
  explicit operator Dataset() const;
};

/// K arms: sample i of m on arm k at radius r = (i + 1/2)/m and angle 2 pi (turns r + k/K), plus
/// normal noise.
struct Spirals {
  Index samples = 300, arms = 2, seed = 0;
  double turns = 1.0, noise = 0.02;
  Preparation preparation{};

  static Doc doc() {
    return {"interleaving spiral arms with noise, one class each",
            "r (cos a, sin a), a = 2 pi (turns r + k/arms), r in (0, 1)"};
  }
  void fields(Fields& f);
  explicit operator Dataset() const;
};

/// A disc of radius `inner` and a ring from `ring` to `outer` around it, uniform in area: no
/// homeomorphism of the plane makes them linearly separable (Dupont, Doucet and Teh 2019).
struct Rings {
  Index samples = 300, seed = 0;
  double inner = 0.5, ring = 1.0, outer = 1.5;
  Preparation preparation{};

  static Doc doc() {
    return {"a disc and a ring around it, two classes",
            "|x| <= inner, and ring <= |x| <= outer, both uniform in area",
            "E. Dupont, A. Doucet and Y. W. Teh, Augmented neural ODEs, 2019"};
  }
  void fields(Fields& f);
  explicit operator Dataset() const;
};

/// y = T_degree(x) at evenly spaced x in [-1, 1] (the regression task of Cohen et al., "Gradient
/// descent on neural networks typically occurs at the edge of stability", 2021).
struct Chebyshev {
  Index samples = 20, degree = 4, seed = 0;
  double noise = 0.0;
  Preparation preparation{};

  static Doc doc() {
    return {"a Chebyshev polynomial on evenly spaced points of [-1, 1]", "y = cos(degree arccos x)",
            "J. Cohen et al., Gradient descent on neural networks typically occurs at the edge of "
            "stability, 2021"};
  }
  void fields(Fields& f);
  explicit operator Dataset() const;
};

/// y = sin(3 x) + 0.3 x at x_i = -1 + 2 (i + 1/2)/n, plus normal noise: a small regression task of
/// Bayesian networks. Seed 1 gives the published numbers of this library's references.
struct NoisySine {
  Index samples = 40, seed = 1;
  double noise = 0.1;
  Preparation preparation{};

  static Doc doc() {
    return {"a sine with a slope and noise, on evenly spaced midpoints of [-1, 1]",
            "y = sin(3 x) + 0.3 x + noise e, x_i = -1 + 2 (i + 1/2)/n", "",
            "e: splitmix64 and Box-Muller, so that the numbers are easy to make elsewhere"};
  }
  void fields(Fields& f);
  explicit operator Dataset() const;
};

/// y = exp(-damping t) cos(frequency t) at evenly spaced times.
struct DampedOscillator {
  Index samples = 200, seed = 0;
  double damping = 0.5, frequency = 4.0, duration = 6.0, noise = 0.0;
  Preparation preparation{};

  static Doc doc() {
    return {"displacement of a damped oscillator against time",
            "y = exp(-damping t) cos(frequency t)"};
  }
  void fields(Fields& f);
  explicit operator Dataset() const;
};

/// Class k is N(mu_k, spread^2 I) with mu_k ~ N(0, separation^2/dim I); equal class sizes.
struct GaussianMixture {
  Index samples = 300, classes = 3, dim = 2, seed = 0;
  double separation = 4.0, spread = 1.0;
  Preparation preparation{};

  static Doc doc() {
    return {"isotropic Gaussian classes with random means",
            "x ~ N(mu_k, spread^2 I), mu_k ~ N(0, separation^2/dim I)"};
  }
  void fields(Fields& f);
  explicit operator Dataset() const;
};

/// y = sum_m phi(B_m . x) + noise with x ~ N(0, I) and orthonormal teacher vectors B_m; phi = erf
/// means erf(z/sqrt 2) (Saad and Solla, "On-line learning in soft committee machines", 1995).
struct TeacherStudent {
  Index samples = 1000, dim = 50, teacher_width = 2, seed = 0;
  double noise = 0.0;
  std::string activation = "erf";
  Preparation preparation{};

  static Doc doc() {
    return {"outputs of a soft committee machine on normal inputs",
            "y = sum_m phi(B_m . x) + noise, B_m orthonormal; erf is erf(z/sqrt 2)",
            "D. Saad and S. Solla, On-line learning in soft committee machines, 1995"};
  }
  void fields(Fields& f);
  explicit operator Dataset() const;
};

}  // namespace thalweg
