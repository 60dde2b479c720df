// Forward and backward through a residual net of Ruthotto and Haber for one block of samples, one
// sample a column. With A_t = phi(K_t x_t + b_t):
//
//   hyperbolic  x_{t+1} = 2 x_t - x_{t-1} - h^2 K_t' A_t,  x_{-1} = x_0
//   parabolic   x_{t+1} = x_t - h K_t' A_t
//   read-out    f = W x_T + c
//
// The hyperbolic net is reversible: backward, x_{t-1} = 2 x_t - x_{t+1} - h^2 K_t' A_t, so that two
// layers are held however deep it is. The parabolic one keeps all its layers.
#pragma once
#include <thalweg/core/types.hpp>
#include <thalweg/models/networks/kernel/mlp_kernel.hpp>

#include <vector>

namespace thalweg {

struct ResidualShape {
  Index layers = 10, width = 2, units = 2, outputs = 1;
  double step = 0.5;  ///< h
  bool hyperbolic = true;
  mlp_kernel::Activation activation = mlp_kernel::Activation::tanh;
  bool classes = false;  ///< softmax cross-entropy, else |f - y|^2 / 2

  [[nodiscard]] Index layer_size() const { return units * width + units; }
  [[nodiscard]] Index dim() const { return layers * layer_size() + outputs * width + outputs; }
  /// h^2 or h: the factor of K' phi.
  [[nodiscard]] double factor() const { return hyperbolic ? step * step : step; }
};

class ResidualPass {
 public:
  static constexpr Index block = 64;  ///< columns, always; those beyond the samples have no weight
  using Columns = Eigen::Ref<const Mat>;

  /// The net at theta: layer by layer K_t (units, width) row by row, b_t; then W (outputs, width)
  /// row by row and c.
  void forward(const ResidualShape& shape, const double* theta, const Columns& x0);
  /// f of the samples, shape (outputs, block).
  [[nodiscard]] const Mat& outputs() const { return f_; }
  /// The sum of weight times loss; Y holds targets, or ones at the labels.
  double loss(const ResidualShape& shape, const Columns& Y, const Vec& weight);
  /// After forward and loss: the gradient, over `g`; sizes, where given, gets |dL/dx_t|^2 of the
  /// samples for t = 0..T, and x0 what reversing finds for the first layer.
  void backward(const ResidualShape& shape, const double* theta, double* g,
                std::vector<double>* sizes = nullptr, Mat* x0 = nullptr);
  /// After forward and loss at the same x0: the Hessian of the loss times v, over `Hv`.
  void hessian_product(const ResidualShape& shape, const double* theta, const Columns& x0,
                       const Vec& weight, const double* v, double* Hv);

 private:
  void activate(const ResidualShape& shape, const double* layer, bool second);

  Mat x_, before_, Z_, A_, D_, D2_, f_, df_;  // x_t, x_{t-1}, K x + b and phi with derivatives
  Mat P_, Q_, KP_, E_, push_;                 // dL/dx_{t+1}, dL/dx_t and K P, phi' K P
  Mat Rx_, Rbefore_, RZ_, RA_, Rf_, Rdf_, RP_, RQ_, RE_, RKP_;
  std::vector<Mat> stored_, Rstored_;  // of the parabolic net
};

}  // namespace thalweg
