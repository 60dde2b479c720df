#include <thalweg/chaos/mechanical_copies.hpp>

#include <string>
#include <utility>
#include <vector>

namespace thalweg {

namespace {

Layout mechanical_layout(Index d, Index copies, const char* second) {
  const auto name = [&](const char* what) { return std::string(what) + "_of_" + second; };
  return {{"position", 0, {d}, "1", {}},
          {name("position"), d, {copies - 1, d}, "1", {}},
          {"velocity", d * copies, {d}, "1", {}},
          {name("velocity"), d * (copies + 1), {copies - 1, d}, "1", {}}};
}

class Tangents {
 public:
  Tangents(AnySystem system, Index k)
      : system_(std::move(system)),
        mechanics_(*system_.mechanics()),
        d_(system_.dim() / 2),
        k_(k),
        work_(std::make_shared<Work>()) {
    work_->x = Vec::Zero(2 * d_);
    work_->V = Mat::Zero(2 * d_, k);
    work_->JV.resize(2 * d_, k);
  }

  [[nodiscard]] Index dim() const { return 2 * d_ * (k_ + 1); }
  void rhs(In x, Out rate, double) const {
    const Index n = d_ * (k_ + 1);
    force(x.head(n), rate.tail(n));
    rate.tail(n) = (rate.tail(n) - mechanics_.friction * x.tail(n)) / mechanics_.mass;
    rate.head(n) = x.tail(n);
  }
  [[nodiscard]] Mechanics mechanics() const { return mechanics_; }
  // The lower left block of J(q, v) is Df(q) / m at every v.
  void force(In q, Out f) const {
    auto& w = *work_;
    system_.force(q.head(d_), f.head(d_));
    w.x.head(d_) = q.head(d_);
    w.V.topRows(d_) = Eigen::Map<const Mat>(q.data() + d_, d_, k_);
    if (!w.at)
      w.at = system_.linearise(w.x, 0.0);
    else
      w.at->move_to(w.x, 0.0);
    w.at->jvp(w.V, w.JV);
    Eigen::Map<Mat>(f.data() + d_, d_, k_) = mechanics_.mass * w.JV.bottomRows(d_);
  }
  [[nodiscard]] Layout layout() const { return mechanical_layout(d_, k_ + 1, "tangents"); }
  [[nodiscard]] const AnyPotential* potential() const { return system_.potential(); }

 private:
  struct Work {
    std::unique_ptr<Linearisation> at;
    Vec x;
    Mat V, JV;
  };
  AnySystem system_;
  Mechanics mechanics_;
  Index d_, k_;
  std::shared_ptr<Work> work_;  // of one thread
};

class PlainPair {
 public:
  explicit PlainPair(AnySystem system)
      : system_(std::move(system)), mechanics_(*system_.mechanics()), d_(system_.dim() / 2) {}

  [[nodiscard]] Index dim() const { return 4 * d_; }
  void rhs(In x, Out rate, double) const {
    force(x.head(2 * d_), rate.tail(2 * d_));
    rate.tail(2 * d_) =
        (rate.tail(2 * d_) - mechanics_.friction * x.tail(2 * d_)) / mechanics_.mass;
    rate.head(2 * d_) = x.tail(2 * d_);
  }
  [[nodiscard]] Mechanics mechanics() const { return mechanics_; }
  void force(In q, Out f) const {
    system_.force(q.head(d_), f.head(d_));
    system_.force(q.tail(d_), f.tail(d_));
  }
  [[nodiscard]] Layout layout() const { return mechanical_layout(d_, 2, "neighbour"); }
  [[nodiscard]] const AnyPotential* potential() const { return system_.potential(); }

 protected:
  AnySystem system_;
  Mechanics mechanics_;
  Index d_;
};

class PairWithEnergy : public PlainPair {
 public:
  using PlainPair::PlainPair;
  [[nodiscard]] double potential_energy(In q) const {
    return system_.potential_energy(q.head(d_)) + system_.potential_energy(q.tail(d_));
  }
};

class InOrderOfCopies final : public Stepper {
 public:
  InOrderOfCopies(std::unique_ptr<Stepper> inner, CopiesOf order, bool one_more, double rate)
      : inner_(std::move(inner)), order_(order), one_more_(one_more), rate_(rate) {}

  [[nodiscard]] const StepperInfo& info() const override { return inner_->info(); }
  void reset(double t, In x) override {
    state_ = x;
    inner_state_.resize(2 * order_.d * order_.copies);
    order_.to_mechanical(x, inner_state_);
    inner_->reset(t, inner_state_);
    start_ = t;
    if (one_more_) more_ = x[x.size() - 1];
  }
  StepReport step(double t_end) override {
    const auto report = inner_->step(t_end);
    if (report.accepted) fill(inner_->time(), inner_->state(), state_);
    return report;
  }
  [[nodiscard]] double time() const override { return inner_->time(); }
  [[nodiscard]] const Vec& state() const override { return state_; }
  [[nodiscard]] double previous_time() const override { return inner_->previous_time(); }
  [[nodiscard]] double next_step_size() const override { return inner_->next_step_size(); }
  void interpolate(double t, Out x) override {
    inner_->interpolate(t, inner_state_);
    fill(t, inner_state_, x);
  }
  void save(Archive& a, const std::string& p) const override {
    inner_->save(a, p);
    a.put(p + "copies.start", start_);
    a.put(p + "copies.more", more_);
  }
  void load(const Archive& a, const std::string& p) override {
    inner_->load(a, p);
    start_ = a.real(p + "copies.start");
    more_ = a.real(p + "copies.more");
    inner_state_.resize(inner_->state().size());
    state_.resize(inner_->state().size() + (one_more_ ? 1 : 0));
    fill(inner_->time(), inner_->state(), state_);
  }
  std::string take_notice() override { return inner_->take_notice(); }
  [[nodiscard]] std::string method() const override { return inner_->method(); }
  [[nodiscard]] std::vector<std::pair<std::string, double>> statistics() const override {
    return inner_->statistics();
  }

 private:
  void fill(double t, const Vec& x, Out state) const {
    order_.from_mechanical(x, state);
    if (one_more_) state[state.size() - 1] = more_ + rate_ * (t - start_);
  }

  std::unique_ptr<Stepper> inner_;
  CopiesOf order_;
  bool one_more_;
  double rate_, start_ = 0.0, more_ = 0.0;
  Vec state_, inner_state_;
};

}  // namespace

void CopiesOf::to_mechanical(In state, Out x) const {
  for (Index c = 0; c < copies; ++c) {
    x.segment(c * d, d) = state.segment(2 * c * d, d);
    x.segment((copies + c) * d, d) = state.segment((2 * c + 1) * d, d);
  }
}

void CopiesOf::from_mechanical(In x, Out state) const {
  for (Index c = 0; c < copies; ++c) {
    state.segment(2 * c * d, d) = x.segment(c * d, d);
    state.segment((2 * c + 1) * d, d) = x.segment((copies + c) * d, d);
  }
}

AnySystem mechanical_tangents(const AnySystem& system, Index k) {
  return AnySystem(Tangents(system, k));
}

AnySystem mechanical_pair(const AnySystem& system) {
  if (system.has_potential_energy()) return AnySystem(PairWithEnergy(system));
  return AnySystem(PlainPair(system));
}

std::unique_ptr<Stepper> in_order_of_copies(std::unique_ptr<Stepper> inner, CopiesOf order,
                                            bool one_more, double rate) {
  return std::make_unique<InOrderOfCopies>(std::move(inner), order, one_more, rate);
}

}  // namespace thalweg
