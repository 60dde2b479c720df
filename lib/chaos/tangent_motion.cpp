#include <thalweg/chaos/tangent_motion.hpp>

#include <fmt/format.h>

#include <thalweg/chaos/orthonormalise.hpp>

#include <utility>

namespace thalweg {

namespace {

Layout tangent_layout(Layout layout, Index n, Index k, bool volume) {
  layout.push_back({"tangent", n, {k, n}, "1", "tangent"});
  if (volume) layout.push_back({"ln_volume", n * (k + 1), {}, "1", "tangent"});
  return layout;
}

std::optional<Vec> tangent_start(std::optional<Vec> x, Index n, Index k, bool volume) {
  if (!x) return x;
  Vec state = Vec::Zero(n * (k + 1) + (volume ? 1 : 0));
  state.head(n) = *x;
  for (Index j = 0; j < k; ++j) state[n * (j + 1) + j] = 1.0;
  return state;
}

struct Sizes {
  Index n, k;
  bool volume;

  [[nodiscard]] Index dim() const { return n * (k + 1) + (volume ? 1 : 0); }
  [[nodiscard]] Eigen::Map<const Mat> vectors(In state) const { return {state.data() + n, n, k}; }
  [[nodiscard]] Eigen::Map<Mat> vectors(Out state) const { return {state.data() + n, n, k}; }
};

class TangentSystem {
 public:
  TangentSystem(AnySystem system, const Sizes& s)
      : system_(std::move(system)), s_(s), work_(std::make_shared<Work>()) {
    work_->V.resize(s.n, s.k + (s.volume ? s.n : 0));
    work_->JV.resize(s.n, work_->V.cols());
    if (s.volume) work_->V.rightCols(s.n).setIdentity();
  }

  [[nodiscard]] Index dim() const { return s_.dim(); }
  void rhs(In state, Out rate, double t) const {
    const auto x = state.head(s_.n);
    system_.rhs(x, rate.head(s_.n), t);
    auto& w = *work_;
    if (!w.at)
      w.at = system_.linearise(x, t);
    else
      w.at->move_to(x, t);
    w.V.leftCols(s_.k) = s_.vectors(state);
    w.at->jvp(w.V, w.JV);
    s_.vectors(rate) = w.JV.leftCols(s_.k);
    if (s_.volume) rate[s_.dim() - 1] = w.JV.rightCols(s_.n).trace();
  }
  [[nodiscard]] Layout layout() const {
    return tangent_layout(system_.layout(), s_.n, s_.k, s_.volume);
  }
  [[nodiscard]] std::optional<Vec> initial_state(Rng& rng) const {
    return tangent_start(system_.initial_state(rng), s_.n, s_.k, s_.volume);
  }
  [[nodiscard]] Observables observables() const { return {}; }
  [[nodiscard]] const AnyPotential* potential() const { return system_.potential(); }

 private:
  struct Work {
    std::unique_ptr<Linearisation> at;
    Mat V, JV;
  };
  AnySystem system_;
  Sizes s_;
  std::shared_ptr<Work> work_;  // of one thread
};

class TangentMap {
 public:
  TangentMap(AnyMap map, const Sizes& s)
      : map_(std::move(map)), s_(s), work_(std::make_shared<Work>()) {
    if (!s.volume) return;
    work_->I = Mat::Identity(s.n, s.n);
    work_->DF.resize(s.n, s.n);
    work_->log_r.resize(s.n);
  }

  [[nodiscard]] Index dim() const { return s_.dim(); }
  [[nodiscard]] double time_step() const { return map_.time_step(); }
  void apply(In state, Out next, Index n) const {
    const auto x = state.head(s_.n);
    map_.tangent(x, s_.vectors(state), s_.vectors(next), n);
    if (s_.volume) {
      map_.tangent(x, work_->I, work_->DF, n);
      orthonormalise(work_->DF, work_->log_r);
      next[s_.dim() - 1] = state[s_.dim() - 1] + work_->log_r.sum();
    }
    map_.apply(x, next.head(s_.n), n);
  }
  [[nodiscard]] Layout layout() const {
    return tangent_layout(map_.layout(), s_.n, s_.k, s_.volume);
  }
  [[nodiscard]] std::optional<Vec> initial_state(Rng& rng) const {
    return tangent_start(map_.initial_state(rng), s_.n, s_.k, s_.volume);
  }
  [[nodiscard]] const AnyPotential* potential() const { return map_.potential(); }

 private:
  struct Work {
    Mat I, DF;
    Vec log_r;
  };
  AnyMap map_;
  Sizes s_;
  std::shared_ptr<Work> work_;  // of one thread
};

struct PairSystem {
  AnySystem system;

  [[nodiscard]] Index dim() const { return 2 * system.dim(); }
  void rhs(In state, Out rate, double t) const {
    const Index n = system.dim();
    system.rhs(state.head(n), rate.head(n), t);
    system.rhs(state.tail(n), rate.tail(n), t);
  }
  [[nodiscard]] const AnyPotential* potential() const { return system.potential(); }
};

struct PairMap {
  AnyMap map;

  [[nodiscard]] Index dim() const { return 2 * map.dim(); }
  [[nodiscard]] double time_step() const { return map.time_step(); }
  void apply(In state, Out next, Index i) const {
    const Index n = map.dim();
    map.apply(state.head(n), next.head(n), i);
    map.apply(state.tail(n), next.tail(n), i);
  }
  [[nodiscard]] const AnyPotential* potential() const { return map.potential(); }
};

}  // namespace

Motion tangent_motion(const Motion& motion, Index k, bool volume) {
  const Index n = motion.dim();
  if (k < 1 || k > n)
    throw ModelError(
        fmt::format("{} tangent vectors of a motion of {} unknowns: there are 1 to {}", k, n, n));
  const Sizes sizes{n, k, volume};
  const char* const instead =
      ", or measure the largest exponent by two trajectories (lyapunov.method = "
      "\"two_trajectories\")";
  if (const auto* system = motion.system()) {
    if (!system->has_jvp())
      throw ModelError(std::string("this motion has no Jacobian products: a potential needs hvp(q, "
                                   "v, Hv), a system jvp(x, v, Jv, t)") +
                       instead);
    return AnySystem(TangentSystem(*system, sizes));
  }
  const auto* map = motion.map();
  if (!map->has_tangent())
    throw ModelError(std::string("this map has no tangent: a potential needs hvp(q, v, Hv), a map "
                                 "tangent(x, V, DFV, n)") +
                     instead);
  return AnyMap(TangentMap(*map, sizes));
}

Motion pair_motion(const Motion& motion) {
  if (const auto* system = motion.system()) return AnySystem(PairSystem{*system});
  return AnyMap(PairMap{*motion.map()});
}

}  // namespace thalweg
