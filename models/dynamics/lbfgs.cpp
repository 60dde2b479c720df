#include <thalweg/models/dynamics/lbfgs.hpp>

#include <limits>
#include <thalweg/core/error.hpp>
#include <thalweg/models/dynamics/state_blocks.hpp>
#include <thalweg/numerics/lbfgs.hpp>

namespace thalweg {

namespace {

// State: q, then (value, pairs, phase), g, s, y. phase 0: nothing evaluated yet; 1: on the way;
// 2: converged; 3: stuck.
class LbfgsMap {
 public:
  LbfgsMap(AnyPotential potential, const LbfgsDescent& p)
      : potential_(std::move(potential)), d_(potential_.dim()), p_(p) {}

  [[nodiscard]] Index dim() const { return d_ * (2 + 2 * p_.memory) + 3; }
  void apply(In x, Out next, Index) const {
    const auto f = [this](In q, Out g) { return potential_.value_and_gradient(q, g); };
    const Index numbers = d_, g = d_ + 3, s = g + d_, y = s + d_ * p_.memory;
    next = x;
    if (x[numbers + 2] >= 2.0) return;
    thread_local Lbfgs state(0, 1);
    if (state.q.size() != d_ || state.s.cols() != p_.memory) state = Lbfgs(d_, p_.memory);
    if (x[numbers + 2] == 0.0) {
      state.start(x.head(d_), f);
    } else {
      state.q = x.head(d_);
      state.g = x.segment(g, d_);
      state.value = x[numbers];
      state.pairs = static_cast<Index>(x[numbers + 1]);
      state.stuck = false;
      state.s = x.segment(s, d_ * p_.memory).reshaped(d_, p_.memory);
      state.y = x.segment(y, d_ * p_.memory).reshaped(d_, p_.memory);
    }
    // Where the loss cannot be computed, as that of a solver inside, a trial was too long.
    const auto trial = [&](In q, Out gradient) {
      try {
        return f(q, gradient);
      } catch (const SolveError&) {
        gradient.setConstant(std::numeric_limits<double>::quiet_NaN());
        return std::numeric_limits<double>::infinity();
      }
    };
    if (state.gradient_size() > p_.tolerance) state.step(trial);
    next.head(d_) = state.q;
    next.segment(g, d_) = state.g;
    next.segment(s, d_ * p_.memory) = state.s.reshaped();
    next.segment(y, d_ * p_.memory) = state.y.reshaped();
    next[numbers] = state.value;
    next[numbers + 1] = static_cast<double>(state.pairs);
    next[numbers + 2] = state.gradient_size() <= p_.tolerance ? 2.0 : state.stuck ? 3.0 : 1.0;
  }
  [[nodiscard]] Layout layout() const {
    Layout blocks = potential_.layout();
    blocks.push_back({"lbfgs_value", d_, {}, "1", {}});
    blocks.push_back({"lbfgs_pairs", d_ + 1, {}, "1", {}});
    blocks.push_back({"lbfgs_phase", d_ + 2, {}, "1", {}});
    blocks.push_back({"lbfgs_gradient", d_ + 3, {d_}, "1", {}});
    blocks.push_back({"lbfgs_steps", 2 * d_ + 3, {p_.memory, d_}, "1", {}});
    blocks.push_back({"lbfgs_changes", (2 + p_.memory) * d_ + 3, {p_.memory, d_}, "1", {}});
    return blocks;
  }
  [[nodiscard]] std::optional<Vec> initial_state(Rng& rng) const {
    return with_zeros(potential_.initial_state(rng), dim());
  }
  [[nodiscard]] Observables observables() const {
    auto all = of_parameters(potential_.observables(), d_);
    all.push_back({{.name = "lbfgs_phase",
                    .long_name = "state of the minimiser",
                    .comment = "converged: the largest entry of the gradient is below tolerance; "
                               "rounding: no step lowers the loss any further",
                    .type = Variable::Type::integer,
                    .flag_meanings = {"start", "on_the_way", "converged", "rounding"}},
                   [d = d_](In x, double, Out out) { out[0] = x[d + 2]; }});
    return all;
  }
  [[nodiscard]] const AnyPotential* potential() const { return &potential_; }

 private:
  AnyPotential potential_;
  Index d_;
  LbfgsDescent p_;
};

}  // namespace

Doc LbfgsDescent::doc() {
  return {.summary = "limited-memory BFGS: a minimiser for smooth losses",
          .equation =
              "q_{n+1} = q_n - a_n B_n grad L(q_n), B_n from the last steps s and gradient "
              "changes y, a_n by the Wolfe conditions; t = n",
          .source = "Nocedal and Wright, Numerical Optimization, 2006, algorithm 7.5",
          .notes =
              "an iterate costs one gradient, rarely more, all counted. When the largest entry "
              "of the gradient is below tolerance, or rounding hides any decrease, it stays: "
              "record lbfgs_phase (2 converged, 3 rounding). An event on gradient_norm ends a run "
              "there"};
}

Motion LbfgsDescent::operator()(const AnyPotential& potential) const {
  return AnyMap(LbfgsMap(potential, *this));
}

}  // namespace thalweg
