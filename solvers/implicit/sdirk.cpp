// ESDIRK method with s stages, the first explicit, the last the new state:
//   Z_i = x + h sum_{j<i} a_ij k_j + h gamma k_i,  k_i = f(Z_i, t + c_i h),  x_new = Z_s,
//   err = (I - h gamma J)^{-1} h sum_i (b_i - b^_i) k_i on the Krylov space.
// Each stage by simplified Newton for z = h gamma k_i,
//   (I - h gamma J) dz = h gamma f(base + z) - z,
// with J at the start of this or of an earlier step, by projection on a Krylov space that is kept
// for as long as it pays (krylov_space.hpp). For a gradient flow J = -H: the matrix is I + h gamma
// H, the products are exact Hessian products. k_i is z / (h gamma), not f(Z_i), which would
// multiply the error of stiff components; so is the first stage of the next step. Dense output:
// cubic Hermite polynomial of both ends, order 4. Sources: Kennedy, Carpenter, Appl. Numer. Math.
// 44 (2003) 139-181 (coefficients); Hairer, Wanner, Solving ODEs II, IV.8 (Newton iteration, error
// estimate); Eisenstat, Walker, SIAM J. Sci. Comput. 17 (1996) 16-32 (inexact Newton).
#include <thalweg/solvers/implicit/sdirk.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thalweg/core/error.hpp>
#include <thalweg/core/reduce.hpp>
#include <thalweg/numerics/hermite.hpp>
#include <thalweg/solvers/adaptive_stepper.hpp>
#include <thalweg/solvers/error_norm.hpp>
#include <thalweg/solvers/implicit/krylov_space.hpp>
#include <thalweg/solvers/implicit/sdirk_tableau.hpp>

namespace thalweg {

namespace {

constexpr int most_iterations = 8;
// A linear system is solved to this share of its right-hand side: the next Newton iteration
// corrects the rest for one gradient, a product costs two. Measured best on a network; on a
// quadratic 0.05.
constexpr double forcing = 0.1;
constexpr double tolerance_of_flow = 0.2, tolerance_of_others = 0.003;
// Convergence rate that is believed before it has been seen; not below what `forcing` allows.
constexpr double first_rate = 0.15, worst_first_rate = 0.5;
constexpr double unsolved_factor = 0.4;
// Nodes of the extrapolation that starts Newton, and their least distance in steps.
constexpr int most_nodes = 4;
constexpr double apart = 0.1;

class SdirkStepper final : public AdaptiveStepper {
 public:
  SdirkStepper(const AnySystem& system, const StepControl& control, Index basis,
               double newton_tolerance)
      : AdaptiveStepper(system,
                        {.name = "sdirk",
                         .order = 5,
                         .adaptive = true,
                         .description = fmt::format(
                             "sdirk, order 5(4), Newton-Krylov on {} to {:g} of the tolerance, {}",
                             system.has_jvp() ? "exact Jacobian products"
                                              : "products by differences of the right-hand side",
                             newton_tolerance, control.text())},
                        control, 5),
        space_(system, basis),
        tolerance_(newton_tolerance) {}

  double h_rho() const override { return h_last_ * space_.largest_product(); }
  std::vector<std::pair<std::string, double>> statistics() const override {
    const auto number = [](std::int64_t n) { return static_cast<double>(n); };
    return {{"newton_iterations", number(iterations_)},
            {"newton_failures", number(failures_)},
            {"negative_curvature", number(negative_curvature_)},
            {"linearisations", number(linearisations_)},
            {"krylov_products", number(space_.products())},
            {"krylov_vectors", number(space_.size())}};
  }
  std::string take_notice() override { return std::exchange(notice_, {}); }

 private:
  static constexpr const auto& tableau = esdirk::order_5;
  static constexpr int S = esdirk::order_5.stages;
  enum class Solve { done, failed, indefinite, not_finite };

  Vec& k(int i) { return k_[static_cast<std::size_t>(i)]; }
  static double a(int i, int j) {
    return tableau.a[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
  }
  static double c(int i) { return tableau.c[static_cast<std::size_t>(i)]; }
  static double error_weight(int i) {
    return (i == S - 1 ? tableau.gamma : a(S - 1, i)) -
           tableau.embedded[static_cast<std::size_t>(i)];
  }

  bool attempt(double h) override {
    unsolved_.reset();
    h_last_ = h;
    if (refresh_due_ || !space_.has_point()) linearise();
    Solve result = stages(h);
    if (result != Solve::done && result != Solve::not_finite && !fresh_) {
      ++failures_;
      linearise();  // the same step once more with the Jacobian of its start
      result = stages(h);
    }
    if (result != Solve::done) {
      x_new_ = stage_;
      err_ = r_;  // names the worst entry; not finite when a stage was not
      if (result == Solve::not_finite) return false;
      ++failures_;
      if (result == Solve::indefinite) meet_negative_curvature(h);
      unsolved_ = unsolved_factor;
      return false;
    }
    err_.setZero();
    for (int i = 0; i < S; ++i) err_ += (h * error_weight(i)) * k(i);
    space_.filter(h * tableau.gamma, err_);
    f_new_ = k(S - 1);
    return true;
  }
  std::optional<double> unsolved() const override { return unsolved_; }

  void meet_negative_curvature(double h) {
    if (negative_curvature_++ == 0)
      notice_ = fmt::format(
          "sdirk: negative curvature at t = {:.6g}: I + h gamma H is not positive definite for the "
          "step {:.3g}, which is cut to {:g} of it, here and wherever this happens again",
          t_, h, unsolved_factor);
  }

  void linearise() {
    space_.linearise(x_, t_);
    ++linearisations_;
    fresh_ = true;
    refresh_due_ = false;
    rate_ = first_rate;
    cost_of_basis_ = cost_of_age_ = 0.0;
  }

  Solve stages(double h) {
    k(0) = f_;
    const auto products = space_.products();
    const auto iterations = iterations_;
    for (int i = 1; i < S; ++i) {
      base_ = x_;
      for (int j = 0; j < i; ++j)
        if (a(i, j) != 0.0) base_ += (h * a(i, j)) * k(j);
      predict(i, h);
      const Solve result = newton(i, h);
      if (result != Solve::done) return result;
    }
    x_new_ = base_ + z_;
    // In gradients; a product counts as two.
    const double spent = 2.0 * static_cast<double>(space_.products() - products);
    (fresh_ ? cost_of_basis_ : cost_of_age_) += spent;
    cost_of_age_ += std::max(0.0, static_cast<double>(iterations_ - iterations - (S - 1)));
    return Solve::done;
  }

  // z = h gamma k_i by extrapolation of the stages nearest in time and the start of the step
  // before.
  void predict(int i, double h) {
    struct Node {
      double at;
      const Vec* k;
    };
    std::array<Node, S + 1> all{};
    std::size_t n = 0;
    for (int j = 0; j < i; ++j) all[n++] = {c(j), &k(j)};
    if (t_ > t_previous_) all[n++] = {-h_of_step_ / h, &f_previous_};
    std::sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n),
              [&](const Node& p, const Node& q) {
                return std::abs(p.at - c(i)) < std::abs(q.at - c(i));
              });
    std::array<Node, most_nodes> nodes{};
    std::size_t m = 0;
    for (std::size_t q = 0; q < n && m < most_nodes; ++q)
      if (std::all_of(nodes.begin(), nodes.begin() + static_cast<std::ptrdiff_t>(m),
                      [&](const Node& p) { return std::abs(p.at - all[q].at) > apart; }))
        nodes[m++] = all[q];
    z_.setZero();
    for (std::size_t p = 0; p < m; ++p) {
      double w = h * tableau.gamma;
      for (std::size_t q = 0; q < m; ++q)
        if (q != p) w *= (c(i) - nodes[q].at) / (nodes[p].at - nodes[q].at);
      z_ += w * *nodes[p].k;
    }
  }

  Solve newton(int i, double h) {
    const double hg = h * tableau.gamma;
    double before = 0.0;
    for (int n = 0; n < most_iterations; ++n) {
      stage_ = base_ + z_;
      system_.rhs(stage_, r_, t_ + c(i) * h);
      ++iterations_;
      r_ = hg * r_ - z_;
      const double size = scaled_norm(r_, x_, control_.rtol, control_.atol);
      if (!std::isfinite(size)) return Solve::not_finite;
      const auto result =
          space_.solve(hg, r_, dz_, x_, control_, std::max(tolerance_, forcing * size));
      if (result == KrylovSpace::Result::indefinite) return Solve::indefinite;
      if (result == KrylovSpace::Result::failed) return Solve::failed;
      z_ += dz_;
      const double moved = scaled_norm(dz_, x_, control_.rtol, control_.atol);
      if (n > 0) {
        rate_ = moved / before;
        // Divergence, or too slow for the iterations that are left.
        if (moved > tolerance_ &&
            (rate_ >= 1.0 ||
             moved * std::pow(rate_, most_iterations - n) / (1.0 - rate_) > tolerance_))
          return Solve::failed;
      }
      if (moved * rate_ <= tolerance_ * (1.0 - rate_)) {
        k(i) = z_ / hg;
        return Solve::done;
      }
      before = moved;
    }
    return Solve::failed;
  }

  void on_verdict(bool accepted, bool /*finite*/, double /*h*/) override {
    if (!accepted) return;
    fresh_ = false;
    rate_ = std::clamp(std::pow(rate_, 0.8), first_rate, worst_first_rate);
    // To rent or to buy: a new Jacobian once the old one has cost as much as a new one would.
    if (cost_of_age_ > cost_of_basis_) refresh_due_ = true;
  }

  void interpolate_inside(double t, Out x) override {
    hermite(t, t_previous_, x_previous_, f_previous_, t_, x_, f_, x);
  }

  void on_reset() override {
    space_.reset();
    refresh_due_ = fresh_ = false;
    h_last_ = 0.0;
    rate_ = first_rate;
    cost_of_basis_ = cost_of_age_ = 0.0;
    unsolved_.reset();
    for (auto& v : k_) v.setZero(x_.size());
    for (Vec* v : {&base_, &z_, &dz_, &r_, &stage_}) v->setZero(x_.size());
  }
  void save_more(Archive& archive, const std::string& p) const override {
    space_.save(archive, p);
    archive.put(p + "refresh_due", std::int64_t{refresh_due_});
    archive.put(p + "fresh", std::int64_t{fresh_});
    archive.put(p + "h_last", h_last_);
    archive.put(p + "rate", rate_);
    archive.put(p + "cost_of_basis", cost_of_basis_);
    archive.put(p + "cost_of_age", cost_of_age_);
    archive.put(p + "iterations", iterations_);
    archive.put(p + "failures", failures_);
    archive.put(p + "negative_curvature", negative_curvature_);
    archive.put(p + "linearisations", linearisations_);
    archive.put(p + "sdirk_notice", notice_);
  }
  void load_more(const Archive& archive, const std::string& p) override {
    space_.load(archive, p);
    refresh_due_ = archive.integer(p + "refresh_due") != 0;
    fresh_ = archive.integer(p + "fresh") != 0;
    h_last_ = archive.real(p + "h_last");
    rate_ = archive.real(p + "rate");
    cost_of_basis_ = archive.real(p + "cost_of_basis");
    cost_of_age_ = archive.real(p + "cost_of_age");
    iterations_ = archive.integer(p + "iterations");
    failures_ = archive.integer(p + "failures");
    negative_curvature_ = archive.integer(p + "negative_curvature");
    linearisations_ = archive.integer(p + "linearisations");
    notice_ = archive.text(p + "sdirk_notice");
  }

  KrylovSpace space_;
  std::array<Vec, S> k_;
  Vec base_, z_, dz_, r_, stage_;
  double tolerance_;  // of Newton and its linear systems, in the error norm
  std::optional<double> unsolved_;
  bool refresh_due_ = false;
  bool fresh_ = false;  // J was taken at the start of this step
  double h_last_ = 0.0;
  double rate_ = first_rate;  // of the Newton iteration
  // Gradients spent to build the present basis, and since then because J is no longer exact.
  double cost_of_basis_ = 0.0, cost_of_age_ = 0.0;
  std::int64_t iterations_ = 0, failures_ = 0, negative_curvature_ = 0, linearisations_ = 0;
  std::string notice_;
};

}  // namespace

void Sdirk::fields(Fields& f) {
  StepControl::fields(f);
  f("basis", basis, "1", "most Krylov vectors kept, two states each, 512 MiB at most",
    between(2, 10000));
  f("newton_tolerance", newton_tolerance, "1",
    "share of the error tolerance to which the equations of a step are solved; when not given, 0.2 "
    "for a gradient flow and 0.003 for another system",
    {.low = 0.0, .high = 1.0, .low_open = true});
}

std::unique_ptr<AdaptiveStepper> make_sdirk(const AnySystem& system, const StepControl& control,
                                            const Sdirk& options) {
  control.check();
  const Index basis = options.basis;
  const double newton_tolerance = options.newton_tolerance.value_or(
      system.is_gradient_flow() ? tolerance_of_flow : tolerance_of_others);
  if (basis < 2 || basis > 10000)
    throw ConfigError(fmt::format("solver.basis = {} must be in [2, 10000]", basis));
  if (!(newton_tolerance > 0.0 && newton_tolerance <= 1.0))
    throw ConfigError(
        fmt::format("solver.newton_tolerance = {} must be in (0, 1]", newton_tolerance));
  return std::make_unique<SdirkStepper>(system, control, basis, newton_tolerance);
}

std::unique_ptr<Stepper> Sdirk::operator()(const AnySystem& system, double factor) const {
  return make_sdirk(system, scaled(factor), *this);
}

}  // namespace thalweg
