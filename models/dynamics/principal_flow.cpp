#include <thalweg/models/dynamics/principal_flow.hpp>

#include <cmath>
#include <complex>
#include <string>

#include <thalweg/models/dynamics/state_blocks.hpp>
#include <thalweg/numerics/dense.hpp>
#include <utility>

namespace thalweg {

namespace {

using Complex = std::complex<double>;

constexpr Index max_dim = 2000;  // a dense eigenvalue problem of seconds

// z' = sum_i f_i (lambda_i u_i . z + u_i . b) u_i with g(z) = H z + b and the complex
// f_i = ln(1 - eta lambda_i) / (eta lambda_i). Rates mu_i = f_i lambda_i, drives c_i = f_i u_i . b.
class ComplexFlow {
 public:
  ComplexFlow(AnyPotential potential, double eta) : potential_(std::move(potential)) {
    const Index d = potential_.dim();
    Mat H(d, d);
    const Vec origin = Vec::Zero(d);
    Vec b(d);
    potential_.gradient(origin, b);
    potential_.at(origin)->hvp(Mat::Identity(d, d), H);
    refuse_unless_quadratic(H, b);
    SymmetricEigen eigen = symmetric_eigen(H);
    modes_ = std::move(eigen.vectors);
    rate_.resize(d);
    drive_ = (modes_.transpose() * b).cast<Complex>();
    for (Index i = 0; i < d; ++i) {
      const double lambda = eigen.values[i], y = eta * lambda;
      // Closer than the eigenvalue's own rounding to 1/eta the rate is noise.
      if (std::abs(1.0 - y) < 1e-14 * static_cast<double>(d))
        throw ModelError("principal_flow: the eigenvalue " + std::to_string(lambda) +
                         " is 1/learning_rate, where descent arrives in one step and the rate of "
                         "the flow is infinite: change learning_rate");
      const Complex log = y < 1.0 ? std::log1p(-y) : std::log(Complex(1.0 - y));
      rate_[i] = log / eta;
      drive_[i] *= y == 0.0 ? -1.0 : log / y;
    }
  }

  [[nodiscard]] Index dim() const { return 2 * modes_.rows(); }
  void rhs(In x, Out dxdt, double) const {
    in_modes(x, dxdt, [&](Index i, Complex z) { return rate_[i] * z + drive_[i]; });
  }
  void jvp(In, In v, Out Jv, double) const {
    in_modes(v, Jv, [&](Index i, Complex z) { return rate_[i] * z; });
  }
  bool exact(In x0, double t, Out x) const {
    in_modes(x0, x, [&](Index i, Complex z) {
      const Complex growth = std::exp(rate_[i] * t);
      return growth * z + drive_[i] * (rate_[i] == 0.0 ? t : (growth - 1.0) / rate_[i]);
    });
    return true;
  }
  [[nodiscard]] Layout layout() const {
    return with_copies(potential_.layout(), modes_.rows(), {"imaginary"});
  }
  [[nodiscard]] std::optional<Vec> initial_state(Rng& rng) const {
    return with_zeros(potential_.initial_state(rng), dim());
  }
  [[nodiscard]] const AnyPotential* potential() const { return &potential_; }

 private:
  // A gradient that is linear to rounding at points of several sizes.
  void refuse_unless_quadratic(const Mat& H, const Vec& b) const {
    const Index d = H.rows();
    Rng rng(0, "principal_flow");
    Vec q(d), g(d);
    for (const double size : {0.1, 1.0, 3.0}) {
      rng.fill_normal(q);
      q *= size;
      potential_.gradient(q, g);
      const double scale = H.norm() * q.norm() + b.norm();
      if (!((g - H * q - b).norm() <= 1e-10 * scale))
        throw ModelError(
            "principal_flow needs a quadratic potential (a gradient linear in q), and "
            "this one is not: choose modified_flow");
    }
  }
  // out = U f(U' x), mode by mode. Real and imaginary parts are columns of their own: products with
  // strided complex parts would allocate.
  template <class F>
  void in_modes(In x, Out out, const F& f) const {
    thread_local Mat z;
    const Index d = modes_.rows();
    z.resize(d, 2);
    z.col(0).noalias() = modes_.transpose() * x.head(d);
    z.col(1).noalias() = modes_.transpose() * x.tail(d);
    for (Index i = 0; i < d; ++i) {
      const Complex moved = f(i, Complex(z(i, 0), z(i, 1)));
      z(i, 0) = moved.real();
      z(i, 1) = moved.imag();
    }
    out.head(d).noalias() = modes_ * z.col(0);
    out.tail(d).noalias() = modes_ * z.col(1);
  }

  AnyPotential potential_;
  Mat modes_;
  Eigen::VectorXcd rate_, drive_;
};

}  // namespace

Doc PrincipalFlow::doc() {
  return {.summary = "principal flow: passes through every step of descent on a quadratic",
          .equation = "q' = sum_i ln(1 - eta lambda_i)/(eta lambda_i) (g . u_i) u_i",
          .source =
              "Rosca, Wu, Qin and Dherin, On a continuous time model of gradient descent "
              "dynamics and instability in deep learning, 2023",
          .notes =
              "complex where eta lambda > 1: the state is the real and the imaginary part; at "
              "t = n eta the imaginary part vanishes. Closed form in the eigenbasis, which is "
              "computed once"};
}

Motion PrincipalFlow::operator()(const AnyPotential& potential) const {
  if (!potential.has_hvp())
    throw ModelError("principal_flow needs Hessian products: add hvp(q, v, Hv) to the potential");
  if (potential.dim() > max_dim)
    throw ModelError("principal_flow diagonalises the Hessian and takes at most " +
                     std::to_string(max_dim) + " parameters, not " +
                     std::to_string(potential.dim()));
  return AnySystem(ComplexFlow(potential, learning_rate));
}

}  // namespace thalweg
