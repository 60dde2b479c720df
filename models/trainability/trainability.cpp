#include <thalweg/models/trainability/trainability.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <thalweg/core/error.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/models/networks/activation.hpp>

namespace thalweg {

namespace {

constexpr double most = 1e6;             // of L_t / L_0
constexpr std::size_t last_losses = 20;  // that decide

class TrainabilityField final : public PlaneField {
 public:
  TrainabilityField(const Trainability& recipe, std::uint64_t seed)
      : recipe_(recipe), trainings_(recipe.task(seed), recipe.steps, recipe.early_exit) {
    const double nothing = 0.0;
    double first = 0.0;
    (void)ManyTrainings(recipe.task(seed), 1)
        .run(
            {&nothing, 1}, {&nothing, 1}, [&](const Trained& t) { first = t.losses[0]; },
            [] { return false; });
    if (!(first > 0.0) || !std::isfinite(first))
      throw ModelError(
          fmt::format("the loss at the start is {:g}, to which all others are "
                      "compared; give another seed",
                      first));
  }

  [[nodiscard]] std::array<PlaneAxis, 2> axes() const override {
    // 10^x of x near 0 tells apart what differs by some 1e-16 / ln 10.
    constexpr double least = 1.0 / std::numbers::ln10;
    return {{{"log10_eta_0", "log10 of the learning rate of the hidden layer", -3.0, 6.0, least},
             {"log10_eta_1", "log10 of the learning rate of the output layer", -3.0, 6.0, least}}};
  }
  [[nodiscard]] std::string long_name() const override {
    return "sum of L_t / L_0 where training converges, minus the sum of L_0 / L_t where not";
  }
  [[nodiscard]] std::string positive() const override { return "training converges"; }
  [[nodiscard]] std::string negative() const override { return "training diverges"; }
  [[nodiscard]] std::string work_unit() const override { return "steps of a network"; }

  [[nodiscard]] std::vector<std::pair<std::string, std::string>> facts() const override {
    const auto& t = trainings_.task();
    return {
        {"architecture",
         fmt::format("{} - {} {} - 1, no bias, {} parameters, {} samples, full batch", t.W.rows(),
                     t.W.cols(), recipe_.activation, t.W.size() + t.w.size(), t.y.size())},
        {"criterion",
         fmt::format("converged: mean of the last {} losses below the first, of {} steps; L_t / "
                     "L_0 counts as at most {:g}",
                     std::min<Index>(last_losses, recipe_.steps), recipe_.steps, most)},
        {"instruction_set", mlp_kernel::instruction_set()}};
  }

  std::int64_t evaluate(std::span<const double> x, std::span<const double> y,
                        std::span<double> values,
                        const std::function<bool()>& stopped) const override {
    std::vector<double> eta_W(x.size()), eta_w(y.size());
    for (std::size_t i = 0; i < x.size(); ++i) eta_W[i] = std::pow(10.0, x[i]);
    for (std::size_t i = 0; i < y.size(); ++i) eta_w[i] = std::pow(10.0, y[i]);
    std::int64_t steps = 0;
    const bool all = trainings_.run(
        eta_W, eta_w,
        [&](const Trained& t) {
          values[static_cast<std::size_t>(t.network)] = convergence_measure(t.losses);
          steps += t.needed;
        },
        stopped);
    return all ? steps : -1;
  }

 private:
  Trainability recipe_;
  ManyTrainings trainings_;
};

}  // namespace

double convergence_measure(std::span<const double> losses) {
  const std::size_t tail = std::min(last_losses, losses.size());
  double sum = 0.0, inverse = 0.0, last = 0.0;
  for (std::size_t t = 0; t < losses.size(); ++t) {
    double v = losses[t] / losses[0];
    if (!(v < most)) v = most;
    v = std::max(v, 1e-300);
    sum += v;
    inverse += 1.0 / v;
    if (t + tail >= losses.size()) last += v;
  }
  return last < static_cast<double>(tail) ? sum : -inverse;
}

Doc Trainability::doc() {
  return {
      .summary =
          "where full-batch gradient descent of a small network converges, over the two "
          "layers' learning rates",
      .equation =
          "f(x) = (1/N) sum_j w_j phi(sqrt(2/N) sum_i x_i W_ij),   L = mean (f - y)^2\n"
          "W <- W - eta_0 dL/dW,   w <- w - eta_1 dL/dw",
      .source =
          "Sohl-Dickstein, \"The boundary of neural network trainability is fractal\" "
          "(2024), with its settings and its measure",
      .notes =
          "No factor sqrt(2) where phi is the identity. The mean of the last 20 losses "
          "against the first decides; a loss may still be falling or rising then. The boundary "
          "has smooth pieces and dust; its dimension depends on the place, the scales and the "
          "seed: [dimension] gives that of all of it with an error, a [zoom] that of one place."};
}

void Trainability::fields(Fields& f) {
  f("width", width, "1", "N: inputs, and units of the hidden layer", between(1, 256));
  f("activation", activation, "", "phi", one_of({"tanh", "relu", "identity"}));
  f("samples", samples, "1",
    "of the data; as many as parameters, N^2 + N, when it is not given (identity: N)",
    between(1, 100'000));
  f("steps", steps, "1", "of gradient descent", between(1, 1'000'000));
  f("early_exit", early_exit, "",
    "stop a network whose loss is NaN, which it stays; changes the time alone");
}

TrainingTask Trainability::task(std::uint64_t seed) const {
  TrainingTask t;
  t.activation = activation_of(activation);
  const bool linear = t.activation == mlp_kernel::Activation::identity;
  const Index n = samples.value_or(linear ? width : width * width + width);
  const auto N = static_cast<double>(width);
  const auto normal = [&](const char* stream, Index rows, Index columns) -> Mat {
    Rng rng(seed, stream);
    Vec v(rows * columns);
    rng.fill_normal(v);
    return Eigen::Map<const Eigen::Matrix<double, -1, -1, Eigen::RowMajor>>(v.data(), rows,
                                                                            columns);
  };
  t.x = std::sqrt((linear ? 1.0 : 2.0) / N) * normal("trainability.inputs", n, width);
  t.y = normal("trainability.targets", n, 1);
  const Mat theta = normal("trainability.parameters", width + 1, width);
  t.W = theta.topRows(width);
  t.w = theta.row(width);
  t.output_scale = 1.0 / N;
  return t;
}

std::shared_ptr<const PlaneField> Trainability::operator()(std::uint64_t seed) const {
  return std::make_shared<TrainabilityField>(*this, seed);
}

}  // namespace thalweg
