// SUNDIALS' CVODE (BDF with matrix-free GMRES) on the same gradient flows: the results of rkc2,
// auto and dopri5 must agree with it.
#ifdef THALWEG_HAS_CVODE
#include <support/catch.hpp>
#include <support/cvode_peer.hpp>
#include <support/gradient_flow_problems.hpp>
#include <support/solver_toys.hpp>

using namespace thalweg;

namespace {

// Regularised logistic regression: L = mean log(1 + exp(-y a.w)) + |w|^2 / 200, with features of
// sizes 1 to 100, which makes its Hessian ill-conditioned.
struct LogisticFlow {
  Mat a;
  explicit LogisticFlow(Index samples, Index features) : a(samples, features) {
    for (Index i = 0; i < samples; ++i)
      for (Index j = 0; j < features; ++j)  // a fixed scatter in (-1, 1), label folded in
        a(i, j) =
            std::sin(1.0 + 12.9898 * static_cast<double>(i) + 78.233 * static_cast<double>(j)) *
                std::pow(100.0, static_cast<double>(j) / static_cast<double>(features - 1)) +
            0.3;
  }
  Index dim() const { return a.cols(); }
  bool is_gradient_flow() const { return true; }
  Eigen::ArrayXd sigma(In w) const { return 1.0 / (1.0 + (a * w).array().exp()); }
  void rhs(In w, Out f, double) const {
    f = a.transpose() * (sigma(w) / static_cast<double>(a.rows())).matrix() - 0.01 * w;
  }
  void jvp(In w, In v, Out Jv, double) const {
    const Eigen::ArrayXd s = sigma(w);
    Jv = -(a.transpose() *
           (s * (1.0 - s) * (a * v).array() / static_cast<double>(a.rows())).matrix()) -
         0.01 * v;
  }
};

}  // namespace

TEST_CASE("gradient flows agree with CVODE", "[solvers][peer]") {
  const auto quadratic = test::stored_quadratic();
  const AnySystem logistic{LogisticFlow(60, 12)};
  struct Case {
    const AnySystem& system;
    Vec start;
    double t_end;
  };
  for (const auto& c :
       {Case{quadratic.system, quadratic.start, 1e4}, Case{logistic, Vec::Zero(12), 50.0}}) {
    const Vec peer = test::cvode_solution(c.system, c.start, c.t_end, 1e-9);
    // Achieved errors of a long stiff run are 10 to 1000 times the tolerance, for both: rkc2 at
    // 1e-8 was measured at 2e-7 of the start's norm, CVODE at 1e-9 below 1e-8.
    const double scale = std::max(c.start.norm(), peer.norm());
    for (const auto& s : test::all_solvers(1e-8, 0.01)) {
      if (s.name != "rkc2" && s.name != "auto" && s.name != "dopri5" && s.name != "sdirk" &&
          (s.name != "rosenbrock" || c.start.size() > 200))
        continue;
      const auto stepper = s.make(c.system, 1.0);
      stepper->reset(0.0, c.start);
      test::advance(*stepper, c.t_end);
      CAPTURE(s.name, c.start.size());
      CHECK((stepper->state() - peer).norm() / scale < 1e-6);
    }
  }
}
#endif
