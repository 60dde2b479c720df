// Mean-field theory of signals and gradients in wide random networks,
//
//   h^{l+1} = W phi(h^l) + b,   W_ij ~ N(0, sigma_w^2 / N),   b ~ N(0, sigma_b^2)
//
// As N grows the entries of h^l for inputs a, b become Gaussian with covariances K_ab, and depth
// acts on these alone. With u_a = sqrt(q) z_a, corr(z_1, z_2) = c:
//
//   length       q' = V(q) = sigma_w^2 E phi(u)^2 + sigma_b^2,        q* = V(q*)
//   correlation  c' = (sigma_w^2 E phi(u_1) phi(u_2) + sigma_b^2) / q'
//   gradients    E |delta^l|^2 = chi E |delta^{l+1}|^2,  chi = sigma_w^2 E phi'(u)^2
//
// c = 1 is stable iff chi_1 = chi(q*) < 1; chi_1 = 1 is the edge at which signals and gradients
// live longest. The gap 1 - c is the variable, since c near 1 has no digits for it.
// Sources: Poole, Lahiri, Raghu, Sohl-Dickstein, Ganguli, NeurIPS 2016; Schoenholz, Gilmer,
// Ganguli, Sohl-Dickstein, Deep information propagation, ICLR 2017.
#pragma once
#include <thalweg/models/propagation/activation_function.hpp>

#include <optional>

namespace thalweg {

class MeanField {
 public:
  MeanField(mlp_kernel::Activation activation, double sigma_w, double sigma_b)
      : phi_{activation}, weight_(sigma_w * sigma_w), bias_(sigma_b * sigma_b) {}

  /// V(q), relative error 1e-12 as all that follows.
  [[nodiscard]] double length(double q) const;
  /// dV/dq = sigma_w^2 E (phi'^2 + phi phi'') by Stein's lemma.
  [[nodiscard]] double length_slope(double q) const;
  /// mu_k = E phi'(u)^(2k), k = 1, 2: moments of a layer's squared slopes.
  [[nodiscard]] double slope_moment(double q, int k) const;
  /// chi(q) = sigma_w^2 mu_1; q may be infinite, where a length diverges.
  [[nodiscard]] double chi(double q) const;
  /// The gap 1 - c' of two inputs of length q and gap 1 - c.
  [[nodiscard]] double next_gap(double q, double gap) const;
  /// dc'/dc at q*: sigma_w^2 E phi'(u_1) phi'(u_2).
  [[nodiscard]] double correlation_slope(double q, double gap) const;

  /// Where V leads from q0: infinity when the length grows without bound.
  [[nodiscard]] double fixed_point(double q0 = 1.0) const;
  /// The stable gap at q = q*: 0 in the ordered phase.
  [[nodiscard]] double fixed_gap(double q) const;

  /// phi(u)^2 and what else a test of measured lengths needs: E phi^2, E phi^4, E u^2 phi^2.
  struct Moments {
    double square = 0.0, fourth = 0.0, with_u = 0.0;
  };
  [[nodiscard]] Moments moments(double q) const;
  /// E phi_1 phi_2, E (phi_1 phi_2)^2, E u_1 u_2 phi_1 phi_2 for lengths q1, q2 and gap 1 - c;
  /// relative error 1e-8.
  [[nodiscard]] Moments pair_moments(double q1, double q2, double gap) const;
  /// Derivatives of E phi_1 phi_2 by K_12 and by K_11, E phi'_1 phi'_2 and E phi''_1 phi_2 / 2
  /// (Price, IRE Trans. Inf. Theory 4 (1958) 69), at equal lengths.
  struct PairSlopes {
    double by_product = 0.0, by_length = 0.0;
  };
  [[nodiscard]] PairSlopes pair_slopes(double q, double gap) const;
  /// phi(s u) = s phi(u) for s > 0: lengths have no scale of their own.
  [[nodiscard]] bool is_homogeneous() const;

  [[nodiscard]] double weight_variance() const { return weight_; }
  [[nodiscard]] double bias_variance() const { return bias_; }

 private:
  ActivationFunction phi_;
  double weight_, bias_;
};

/// -1 / ln(slope): layers in which a deviation from a fixed point falls by e; negative when it
/// grows, infinite at slope 1.
[[nodiscard]] double depth_scale(double slope);

/// The sigma_w with chi(q*) = 1 at a stable q*, and that q* (for relu and identity every q: 1 is
/// returned); nothing when there is none up to q = 1e4, as for softplus, or gelu without a bias.
struct CriticalPoint {
  double sigma_w = 0.0, q = 0.0;
};
[[nodiscard]] std::optional<CriticalPoint> critical_point(mlp_kernel::Activation activation,
                                                          double sigma_b);

/// Of the input-output Jacobian J of `depth` layers with chi = 1: var(s^2) / mean(s^2)^2 =
/// depth (mu_2 / mu_1^2 - 1 - s_1), s_1 = -1 for Gaussian and 0 for orthogonal weights.
/// Source: Pennington, Schoenholz, Ganguli, Resurrecting the sigmoid in deep learning through
/// dynamical isometry, NeurIPS 2017.
[[nodiscard]] double jacobian_variance(double depth, double mu1, double mu2, bool orthogonal);

/// k-th moment of s^2 for a product of `depth` square Gaussian matrices with variance 1/N:
/// C(depth k + k, k) / (depth k + 1), the Fuss-Catalan numbers; and the largest s^2,
/// (depth + 1)^(depth + 1) / depth^depth.
/// Source: Penson, Zyczkowski, Phys. Rev. E 83, 061118 (2011).
[[nodiscard]] double fuss_catalan(int depth, int k);
[[nodiscard]] double fuss_catalan_edge(int depth);

}  // namespace thalweg
