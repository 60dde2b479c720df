// The two gradient flows of data/bench/gradient_flow.h5, written plainly with their own
// derivatives:
//   quadratic  L = y.Q diag(lambda) Q^T y / 2, n = 1000, lambda from 1e-6 to 1
//   network    64-100-100-10 tanh, mse = sum |f - y|^2 / (2 n), 128 samples
// Work is counted as gradients + 2 x Hessian products.
#pragma once
#include <thalweg/core/system.hpp>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace thalweg::test {

struct GradientFlowProblem {
  AnySystem system;
  Vec start;
};

/// f = -grad L with exact Jacobian products -H v.
class QuadraticFlow {
 public:
  QuadraticFlow(Vec lambda, std::vector<Vec> reflections)
      : lambda_(std::move(lambda)), h_(std::move(reflections)), w_(lambda_.size()) {}
  Index dim() const { return lambda_.size(); }
  void rhs(In y, Out dydt, double) const { product(y, dydt); }
  void jvp(In, In v, Out Jv, double) const { product(v, Jv); }
  bool is_gradient_flow() const { return true; }

 private:
  void product(In v, Out out) const {
    w_ = v;
    for (auto h = h_.rbegin(); h != h_.rend(); ++h) w_ -= 2.0 * h->dot(w_) * *h;
    w_.array() *= -lambda_.array();
    for (const auto& h : h_) w_ -= 2.0 * h.dot(w_) * h;
    out = w_;
  }
  Vec lambda_;
  std::vector<Vec> h_;
  mutable Vec w_;
};

class NetworkFlow {
 public:
  NetworkFlow(std::vector<Index> widths, Mat X, Mat Y)
      : widths_(std::move(widths)), X_(std::move(X)), Y_(std::move(Y)) {}
  Index dim() const {
    Index n = 0;
    for (std::size_t l = 1; l < widths_.size(); ++l) n += widths_[l] * (widths_[l - 1] + 1);
    return n;
  }
  void rhs(In theta, Out out, double) const;
  void jvp(In theta, In v, Out Jv, double) const;
  bool is_gradient_flow() const { return true; }

 private:
  std::vector<Index> widths_;
  Mat X_, Y_;  // (inputs, n), (outputs, n)
};

inline std::string gradient_flow_file() {
  return THALWEG_SOURCE_DIR "/data/bench/gradient_flow.h5";
}
GradientFlowProblem stored_quadratic();
/// The solution at T = 1e4 or 1e6 ("exact_T1e4", "exact_T1e6").
Vec stored_quadratic_solution(const std::string& name);
GradientFlowProblem stored_network();
/// The columns "lambda T = 1e3" and "1e4" of the published tables.
inline constexpr double network_time_1e3 = 66.94044097, network_time_1e4 = 669.4044097;

}  // namespace thalweg::test
