#include <thalweg/chaos/tangent_motion.hpp>

#include <fmt/format.h>

#include <cmath>
#include <thalweg/chaos/mechanical_copies.hpp>
#include <thalweg/chaos/orthonormalise.hpp>
#include <utility>

namespace thalweg {

namespace {

Layout tangent_layout(Layout layout, Index n, Index k, bool volume) {
  layout.push_back({"tangent", n, {k, n}, "1", "tangent"});
  if (volume) layout.push_back({"ln_volume", n * (k + 1), {}, "1", "tangent"});
  return layout;
}

std::optional<Vec> tangent_start(std::optional<Vec> x, Index k, bool volume) {
  if (!x) return x;
  return tangent_state(*x, k, volume);
}

Observables tangent_observables(Observables all, Index n, Index k, bool volume) {
  for (auto& o : all)
    o.compute = [compute = std::move(o.compute), n](In x, double t, Out out) {
      compute(x.head(n), t, out);
    };
  const Axis vector{.name = "vector", .size = k, .long_name = "number of the tangent vector"};
  all.push_back({{.name = "tangent",
                  .long_name = "tangent vectors",
                  .comment = "columns of the derivative of the flow by its start, times their own "
                             "start",
                  .axes = {vector, {.name = "tangent_entry", .size = n, .long_name = "entry"}}},
                 [n, k](In x, double, Out out) { out = x.segment(n, n * k); }});
  all.push_back(
      {{.name = "tangent_norm", .long_name = "length of each tangent vector", .axes = {vector}},
       [n, k](In x, double, Out out) {
         for (Index j = 0; j < k; ++j) out[j] = x.segment(n * (j + 1), n).norm();
       }});
  if (volume)
    all.push_back({{.name = "ln_volume",
                    .long_name = "ln of the volume that a small ball has grown to",
                    .comment = "integral of tr J, or sum of ln |det DF|"},
                   [](In x, double, Out out) { out[0] = x[x.size() - 1]; }});
  return all;
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
    return tangent_start(system_.initial_state(rng), s_.k, s_.volume);
  }
  [[nodiscard]] Observables observables() const {
    return tangent_observables(system_.observables(), s_.n, s_.k, s_.volume);
  }
  [[nodiscard]] const AnyPotential* potential() const { return system_.potential(); }
  [[nodiscard]] std::vector<double> breaks() const { return system_.breaks(); }
  [[nodiscard]] const AnySystem& system() const { return system_; }
  [[nodiscard]] const Sizes& sizes() const { return s_; }

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
    return tangent_start(map_.initial_state(rng), s_.k, s_.volume);
  }
  [[nodiscard]] Observables observables() const {
    return tangent_observables(map_.observables(), s_.n, s_.k, s_.volume);
  }
  [[nodiscard]] const AnyPotential* potential() const { return map_.potential(); }
  [[nodiscard]] const AnyMap& map() const { return map_; }

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
  [[nodiscard]] std::vector<double> breaks() const { return system.breaks(); }
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
      ". Take derivatives = \"differences\" of the motion, which are approximate, or, for the "
      "largest exponent, method = \"two_trajectories\"";
  if (const auto* system = motion.system()) {
    if (!system->has_jvp())
      throw ModelError(std::string(system->potential()
                                       ? "this flow has no Jacobian products here: they need "
                                         "hvp(q, v, Hv) of the potential, and third(q, u, v, Tuv) "
                                         "where Hessians are a part of the flow"
                                       : "this system has no Jacobian products jvp(x, v, Jv, t)") +
                       instead);
    return AnySystem(TangentSystem(*system, sizes));
  }
  const auto* map = motion.map();
  if (!map->has_tangent())
    throw ModelError(std::string(map->potential()
                                     ? "this map has no tangent here: it needs hvp(q, v, Hv) of "
                                       "the potential, all samples in each step, and a step "
                                       "without decisions (a line search has them)"
                                     : "this map has no tangent(x, V, DFV, n)") +
                     instead);
  return AnyMap(TangentMap(*map, sizes));
}

Vec tangent_state(In x, Index k, bool volume, const Mat* frame) {
  const Index n = x.size();
  Vec state = Vec::Zero(n * (k + 1) + (volume ? 1 : 0));
  state.head(n) = x;
  if (frame)
    Eigen::Map<Mat>(state.data() + n, n, k) = *frame;
  else
    for (Index j = 0; j < k; ++j) state[n * (j + 1) + j] = 1.0;
  return state;
}

std::unique_ptr<Stepper> tangent_stepper(const AnySystem& given, const SolverFactory& solver,
                                         double tolerance_factor) {
  const auto* tangent = given.target<TangentSystem>();
  const auto* pair = given.target<PairSystem>();
  const AnySystem* one = tangent ? &tangent->system() : pair ? &pair->system : nullptr;
  const auto mechanics = one ? one->mechanics() : std::nullopt;
  if (!mechanics) return solver(given, tolerance_factor);
  try {
    return solver(given, tolerance_factor);
  } catch (const ModelError&) {  // perhaps because it wants positions and velocities
  }
  const CopiesOf order{one->dim() / 2, tangent ? tangent->sizes().k + 1 : 2};
  auto inner =
      solver(tangent ? mechanical_tangents(*one, tangent->sizes().k) : mechanical_pair(*one),
             tolerance_factor);
  const double rate = -static_cast<double>(order.d) * mechanics->friction / mechanics->mass;
  return in_order_of_copies(std::move(inner), order, tangent && tangent->sizes().volume, rate);
}

std::optional<Motion> without_tangents(const Motion& motion) {
  if (const auto* system = motion.system()) {
    if (const auto* tangent = system->target<TangentSystem>()) return Motion(tangent->system());
  } else if (const auto* tangent = motion.map()->target<TangentMap>()) {
    return Motion(tangent->map());
  }
  return std::nullopt;
}

Motion pair_motion(const Motion& motion) {
  if (const auto* system = motion.system()) return AnySystem(PairSystem{*system});
  return AnyMap(PairMap{*motion.map()});
}

}  // namespace thalweg
