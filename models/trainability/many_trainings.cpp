#include <thalweg/models/trainability/many_trainings.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thalweg/core/error.hpp>
#include <thalweg/models/networks/kernel/aligned_array.hpp>
#include <utility>
#include <vector>

namespace thalweg {

namespace {

using mlp_kernel::AlignedArray;

constexpr Index steps_between_looks = 20;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// The lanes of one call: arrays as the kernel wants them, and which network is where.
class Lanes {
 public:
  Lanes(const TrainingTask& task, Index steps, bool give_up,
        const mlp_kernel::ManyNetworksFunctions& functions, std::span<const double> eta_W,
        std::span<const double> eta_w)
      : task_(task),
        steps_(steps),
        give_up_(give_up),
        functions_(functions),
        eta_W_(eta_W),
        eta_w_(eta_w),
        inputs_(task.W.rows()),
        units_(task.W.cols()),
        samples_(task.x.rows()),
        x_(samples_ * inputs_),
        y_(samples_),
        W_(inputs_ * units_ * functions.lanes),
        w_(units_ * functions.lanes),
        rates_(2 * functions.lanes),
        work_(mlp_kernel::many_networks_room(inputs_, units_) * functions.lanes),
        fresh_(steps_between_looks * functions.lanes),
        losses_(static_cast<std::size_t>(steps * functions.lanes)),
        network_(static_cast<std::size_t>(functions.lanes), -1),
        at_(network_.size(), 0),
        theta_(inputs_ * units_ + units_) {
    for (Index s = 0; s < samples_; ++s)
      for (Index i = 0; i < inputs_; ++i) x_.data()[s * inputs_ + i] = task.x(s, i);
    std::copy_n(task.y.data(), samples_, y_.data());
    for (Index l = 0; l < functions.lanes; ++l) refill(l);
  }

  [[nodiscard]] bool busy() const {
    return std::any_of(network_.begin(), network_.end(), [](Index n) { return n >= 0; });
  }

  void advance(const std::function<void(const Trained&)>& done) {
    const Index lanes = functions_.lanes;
    Index n = std::min(steps_between_looks, steps_);
    for (std::size_t l = 0; l < at_.size(); ++l)
      if (network_[l] >= 0) n = std::min(n, steps_ - at_[l]);
    functions_.descend({.activation = task_.activation,
                        .inputs = inputs_,
                        .width = units_,
                        .samples = samples_,
                        .x = x_.data(),
                        .y = y_.data(),
                        .output_scale = task_.output_scale,
                        .W = W_.data(),
                        .w = w_.data(),
                        .rate_W = rates_.data(),
                        .rate_w = rates_.data() + lanes,
                        .work = work_.data()},
                       n, fresh_.data());
    for (Index l = 0; l < lanes; ++l) {
      const auto i = static_cast<std::size_t>(l);
      if (network_[i] < 0) continue;
      double* const losses = losses_.data() + l * steps_;
      for (Index t = 0; t < n; ++t) losses[at_[i] + t] = fresh_.data()[t * lanes + l];
      at_[i] += n;
      const bool lost = std::isnan(losses[at_[i] - 1]);
      if (at_[i] == steps_ || (lost && give_up_)) hand_over(l, done);
    }
  }

 private:
  void hand_over(Index l, const std::function<void(const Trained&)>& done) {
    const auto i = static_cast<std::size_t>(l);
    double* const losses = losses_.data() + l * steps_;
    std::fill(losses + at_[i], losses + steps_, nan);
    const auto first =
        std::find_if(losses, losses + steps_, [](double loss) { return std::isnan(loss); });
    const Index lanes = functions_.lanes;
    for (Index p = 0; p < inputs_ * units_; ++p) theta_[p] = W_.data()[p * lanes + l];
    for (Index j = 0; j < units_; ++j) theta_[inputs_ * units_ + j] = w_.data()[j * lanes + l];
    if (at_[i] < steps_) theta_.setConstant(nan);
    done({.network = network_[i],
          .losses = {losses, static_cast<std::size_t>(steps_)},
          .needed = std::min<Index>(first - losses + 1, steps_),
          .theta = theta_});
    refill(l);
  }

  // The next network, at the start; an idle lane stays there.
  void refill(Index l) {
    const auto i = static_cast<std::size_t>(l);
    const auto next = static_cast<std::size_t>(next_);
    const bool idle = next == eta_W_.size();
    network_[i] = idle ? -1 : next_++;
    at_[i] = 0;
    const Index lanes = functions_.lanes;
    const double scale = 2.0 * task_.output_scale / static_cast<double>(samples_);
    rates_.data()[l] = idle ? 0.0 : scale * eta_W_[next];
    rates_.data()[lanes + l] = idle ? 0.0 : scale * eta_w_[next];
    for (Index k = 0; k < inputs_; ++k)
      for (Index j = 0; j < units_; ++j) W_.data()[(k * units_ + j) * lanes + l] = task_.W(k, j);
    for (Index j = 0; j < units_; ++j) w_.data()[j * lanes + l] = task_.w[j];
  }

  const TrainingTask& task_;
  Index steps_;
  bool give_up_;
  const mlp_kernel::ManyNetworksFunctions& functions_;
  std::span<const double> eta_W_, eta_w_;
  Index inputs_, units_, samples_, next_ = 0;
  AlignedArray<double> x_, y_, W_, w_, rates_, work_, fresh_;
  std::vector<double> losses_;       // [lane][step]
  std::vector<Index> network_, at_;  // of each lane: which one, -1 for none; steps made
  Vec theta_;
};

}  // namespace

ManyTrainings::ManyTrainings(TrainingTask task, Index steps, bool give_up)
    : task_(std::move(task)),
      steps_(steps),
      give_up_(give_up),
      functions_(&mlp_kernel::active_kernels().many) {
  using mlp_kernel::Activation;
  const auto a = task_.activation;
  if (a != Activation::tanh && a != Activation::relu && a != Activation::identity)
    throw ModelError("many trainings know the activations tanh, relu and identity alone");
  if (task_.x.rows() < 1 || task_.x.rows() != task_.y.size() || task_.W.rows() < 1 ||
      task_.x.cols() != task_.W.rows() || task_.W.cols() < 1 || task_.W.cols() != task_.w.size())
    throw ModelError(
        "the shapes of samples and weights do not fit: x (samples, inputs), y "
        "(samples), W (inputs, units), w (units), none of them empty");
  if (steps < 1) throw ModelError("a training needs at least one step");
}

bool ManyTrainings::run(std::span<const double> eta_W, std::span<const double> eta_w,
                        const std::function<void(const Trained&)>& done,
                        const std::function<bool()>& stopped) const {
  if (eta_W.size() != eta_w.size())
    throw ModelError("each network needs a learning rate for either layer");
  Lanes lanes(task_, steps_, give_up_, *functions_, eta_W, eta_w);
  while (lanes.busy()) {
    if (stopped()) return false;
    lanes.advance(done);
  }
  return true;
}

}  // namespace thalweg
