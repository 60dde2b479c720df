// Matrices that describe how a loss curves at a point, known by their products with vectors.
#pragma once
#include <thalweg/core/layout.hpp>
#include <thalweg/core/types.hpp>

#include <memory>
#include <string>
#include <vector>

namespace thalweg {

/// Which matrix. For L = factor mean_s loss(f(x_s), y_s) + regulariser, with J_s = df(x_s)/dq:
///   hessian           grad^2 L
///   gauss_newton      factor mean_s J_s' grad^2_f loss J_s + the regulariser's Hessian: what is
///                     left of the Hessian when the network is linearised; not negative
///   fisher            factor mean_s E_y[g_s g_s'], y drawn from the network's own predictions,
///                     g_s = grad_q(-log p(y | x_s)); equals the Gauss-Newton matrix without
///                     regulariser where the loss is -log p of a natural parameter f (mse with unit
///                     noise, softmax cross-entropy, logistic)
///   empirical_fisher  factor mean_s g_s g_s' with the data's own y: another matrix, which is no
///                     approximation of the Hessian (Kunstner, Balles and Hennig 2019)
enum class CurvatureKind { hessian, gauss_newton, fisher, empirical_fisher };

/// Their names in a configuration, in the order of the enumeration.
const std::vector<std::string>& curvature_names();
/// @throws ModelError for another name.
CurvatureKind curvature_of(const std::string& name);
/// How a text calls it: "Hessian", "Gauss-Newton matrix", ...
const char* curvature_title(CurvatureKind kind);

/// The matrix C(q) at a fixed point q. What its products share is done once, when the object is
/// made.
class Curvature {
 public:
  virtual ~Curvature() = default;
  /// HV = C(q) V, shapes (dim, k).
  virtual void hvp(MatIn V, MatOut HV) = 0;
};

/// A part of the parameters: ranges of the flat vector, one after another.
struct ParameterPart {
  struct Range {
    Index offset, size;
  };
  std::vector<Range> ranges;

  [[nodiscard]] Index size() const;
  /// part = whole, restricted
  void gather(In whole, Out part) const;
  /// whole = part, zero elsewhere
  void scatter(In part, Out whole) const;
};

/// The blocks of that name or of that group ("W1", "layer1").
/// @throws ModelError that lists the names there are.
ParameterPart parameter_part(const Layout& layout, const std::string& name);

/// The diagonal block of a matrix that belongs to a part of the parameters. A product costs as much
/// as one of the whole matrix, of which `dim` is the size.
std::unique_ptr<Curvature> diagonal_block(std::unique_ptr<Curvature> whole, ParameterPart part,
                                          Index dim);

}  // namespace thalweg
