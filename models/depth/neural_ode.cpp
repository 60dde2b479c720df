#include <thalweg/models/depth/neural_ode.hpp>

#include <fmt/format.h>

#include <cmath>
#include <mutex>
#include <thalweg/models/catalogue.hpp>
#include <thalweg/models/datasets/fingerprint.hpp>
#include <thalweg/models/depth/depth_network.hpp>
#include <thalweg/models/networks/input_plane.hpp>
#include <thalweg/models/networks/learning_observables.hpp>
#include <utility>

namespace thalweg {

// The network with what its last gradient cost: one recording asks for several of the numbers.
class NeuralOde::Network : public DepthNetwork {
 public:
  using DepthNetwork::DepthNetwork;
  [[nodiscard]] FlowCost cost_at(In q) const {
    const std::lock_guard lock(mutex_);
    if (q_.size() != q.size() || q_ != q) {
      cost_ = cost(q);
      q_ = q;
    }
    return cost_;
  }

 private:
  mutable std::mutex mutex_{};
  mutable Vec q_{};
  mutable FlowCost cost_{};
};

Doc NeuralOde::doc() {
  return {
      .summary = "network of continuous depth (neural ODE) on a data set or a time series",
      .equation =
          "a(0) = (x, 0),  da/dz = f(a, z; theta),  y_m = R a(z_m) + r,  q = (theta, R, r);\n"
          "L = scale mean_s mean_m loss(y_m, target) + l2/2 |q|^2;\n"
          "mse: |f - y|^2/2, cross_entropy: -log softmax(f)_label, logistic: log(1 + exp(-+f))",
      .source =
          "R. Chen, Y. Rubanova, J. Bettencourt and D. Duvenaud, Neural ordinary "
          "differential equations, NeurIPS 2018",
      .notes =
          "A series makes a sample of every window of its times: the first state is x, the states "
          "after it are targets, and the depth z is the time since the window's first. Other data "
          "have one output at z = depth. [model.field] is f, [model.adjoint] how the flow is "
          "solved "
          "and differentiated: thalweg list adjoints. Samples are solved in blocks of 64, "
          "each with steps of its own. With readout = \"none\" the first entries of a are the "
          "outputs. With adaptive steps L has jumps of the size of the tolerance, where a step is "
          "accepted that was not before; its gradient takes the accepted steps as constants. "
          "Hessian, Gauss-Newton and Fisher matrices go through the solver too; in the Fisher "
          "matrices every output depth of a sample counts as a sample of its own. Samplers need a "
          "prior: with reduction = \"sum\", l2 = 1 / (prior variance) and scale = (output depths "
          "of a sample) / (noise variance), 1 for classes, L is -ln of a posterior up to a "
          "constant; a whole series is one sample with window = 0."};
}

void NeuralOde::fields(Fields& f) {
  f("task", task, "", "series: windows of a time series; end: the last depth; auto: by the data",
    one_of({"auto", "series", "end"}));
  data.fields(f);
  // Each task has a key of its own; the other one's would say nothing.
  const bool reads = f.reading(), series = reads && is_series();
  if (reads && !series && f.given("window"))
    f.reject("window",
             fmt::format("belongs to a series, but the task is \"end\" (data set \"{}\"); "
                         "remove it, or set task = \"series\"",
                         data.data->name));
  if (reads && series && f.given("depth"))
    f.reject("depth",
             "belongs to data that are no series: the depths of a series are its times; remove "
             "it, or set task = \"end\"");
  if (!reads || series)
    f("window", window, "1", "times of a window of a series, the first included; 0: all of it",
      at_least(0));
  if (!reads || !series)
    f("depth", depth, "depth", "where the output is, unless the data are a series", positive());
  f("augment", augment, "1", "zeros beside the inputs: room for the flow", at_least(0));
  f("readout", readout, "",
    "linear: y = R a + r; none: the first entries of a; auto: none for a series",
    one_of({"auto", "linear", "none"}));
  f("loss", loss, "", "loss of an output", one_of({"auto", "mse", "cross_entropy", "logistic"}));
  factors.fields(f);
  part<FieldRecipe>(f, "field", field_name_, vector_fields(), "the field f",
                    [this](FieldRecipe&& made) { field_ = std::move(made); });
  part<FlowRecipe>(f, "adjoint", adjoint_name_, adjoints(), "how it is solved and differentiated",
                   [this](FlowRecipe&& made) { adjoint_ = std::move(made); });
}

bool NeuralOde::is_series() const {
  return task == "series" || (task == "auto" && data.data->series);
}

void NeuralOde::prepare() {
  network_ = std::make_shared<const Network>(data.data, DepthNetwork::Options{.loss = loss,
                                                                              .readout = readout,
                                                                              .series = is_series(),
                                                                              .window = window,
                                                                              .augment = augment,
                                                                              .depth = depth,
                                                                              .factors = factors,
                                                                              .field = field_,
                                                                              .adjoint = adjoint_});
}

Index NeuralOde::dim() const { return network_->dim(); }
double NeuralOde::value(In q) const { return network_->value(q); }
double NeuralOde::value_and_gradient(In q, Out g) const {
  return network_->value_and_gradient(q, g);
}
double NeuralOde::value_and_gradient(In q, std::span<const Index> batch, Out g) const {
  return network_->value_and_gradient(q, batch, g);
}
void NeuralOde::hvp(In q, In v, Out Hv) const { network_->hvp(q, v, Hv); }
std::unique_ptr<Curvature> NeuralOde::at(In q) const { return network_->at(q); }
std::unique_ptr<Curvature> NeuralOde::curvature(In q, CurvatureKind kind) const {
  return network_->curvature(q, kind);
}
std::function<double(In)> NeuralOde::with_steps_of(In at) const {
  auto frozen = network_->with_steps_of(at);
  if (!frozen) return frozen;
  return [network = network_, frozen = std::move(frozen)](In q) { return frozen(q); };
}
Index NeuralOde::samples() const { return network_->samples(); }
Layout NeuralOde::layout() const { return network_->layout(); }
Vec NeuralOde::initial_state(Rng& rng) const { return network_->initial_state(rng); }

Observables NeuralOde::observables() const {
  const auto n = network_;
  Observables all = learning_observables(
      n->data(), {.accuracy = [n](In q) { return n->score(q, false).accuracy; },
                  .test_loss = [n](In q) { return n->score(q, true).loss; },
                  .test_accuracy = [n](In q) { return n->score(q, true).accuracy; }});
  if (!n->options().series && n->data().X.cols() == 2)
    all.push_back(decision_observable(
        n->data().X, n->loss().outputs(),
        [n](In q, const Samples& X, Eigen::Map<Samples> f) { n->outputs(q, X, f); }));
  const auto add = [&](const char* name, const char* unit, const char* long_name,
                       const char* comment, double (*number)(const FlowCost&)) {
    all.push_back({{.name = name, .unit = unit, .long_name = long_name, .comment = comment},
                   [n, number](In q, double, Out out) { out[0] = number(n->cost_at(q)); }});
  };
  add("depth_steps", "1", "steps in depth", "accepted ones, sum over the blocks of samples",
      [](const FlowCost& c) { return static_cast<double>(c.steps); });
  add("field_evaluations", "1", "evaluations of the field, forward",
      "of the solve from the first depth to the last, sum over the blocks of samples",
      [](const FlowCost& c) { return static_cast<double>(c.forward_evaluations); });
  add("gradient_cost", "1", "cost of a gradient in forward solves",
      "(evaluations of the field forward and backward + backward products) / evaluations forward",
      [](const FlowCost& c) {
        return static_cast<double>(c.forward_evaluations + c.backward_evaluations + c.vjps) /
               static_cast<double>(c.forward_evaluations);
      });
  add("recompute_factor", "1", "steps computed again, per step",
      "by checkpoints that do not hold all states; 0 when all are kept", [](const FlowCost& c) {
        return static_cast<double>(c.repeated_steps) / static_cast<double>(c.steps);
      });
  add("adjoint_bytes", "byte", "states kept for the way back", "the largest block of samples",
      [](const FlowCost& c) { return static_cast<double>(c.bytes); });
  if (n->recovers_states())
    add("recovered_state_error", "1", "relative error of the states recovered backwards",
        "|a recovered - a| / |a| of the stretches between outputs, the worst of all blocks",
        [](const FlowCost& c) { return c.recovered_error; });
  return all;
}

Facts NeuralOde::facts() const {
  const DepthNetwork& n = *network_;
  Facts facts{{"data", n.data().description},
              {"network", fmt::format("field of {} entries, {} parameters{}", n.field().width(),
                                      n.dim(), n.has_readout() ? " with the read-out" : "")},
              {"loss_convention", n.loss().kind() == OutputLoss::Kind::mse
                                      ? "mean over samples and outputs of |f - y|^2 / 2"
                                      : "mean over samples of -log p(label)"},
              {"adjoint", adjoint_name_},
              {"data_sha256", fingerprint(n.data())}};
  if (n.tolerance() > 0.0) facts.emplace_back("solved_to", fmt::format("{}", n.tolerance()));
  return facts;
}

namespace {

// The share of a recovered state that may be wrong before a run warns of it.
constexpr double tolerable_recovery = 1e-3;

// The series and the model's solve of it from its first state on.
void add_series(const DepthNetwork& n, In q, std::vector<Exhibit>& all) {
  const Dataset& set = n.data();
  const Axis time{.name = "time",
                  .size = set.size(),
                  .long_name = "time of the series",
                  .values = {set.X.data(), set.X.data() + set.X.size()}};
  const Axis entry{.name = "entry", .size = set.Y.cols(), .long_name = "entry of the state"};
  all.push_back({{.name = "series",
                  .long_name = "states of the data",
                  .comment = set.description,
                  .axes = {time, entry}},
                 {set.Y.data(), set.Y.data() + set.Y.size()}});
  std::vector<double> depths;
  for (Index i = 0; i < set.size(); ++i) depths.push_back(set.X(i, 0) - set.X(0, 0));
  const Mat X = n.trajectory(q, set.Y.row(0).transpose(), depths);
  all.push_back({{.name = "series_model",
                  .long_name = "states of the model",
                  .comment = "one solve from the first state of the data, at the final parameters",
                  .axes = {time, entry}},
                 {X.data(), X.data() + X.size()}});
}

}  // namespace

std::vector<Exhibit> NeuralOde::exhibits(In q) const {
  const Network& n = *network_;
  std::vector<Exhibit> all;
  try {
    if (n.options().series) add_series(n, q, all);
    if (!n.recovers_states()) return all;
    const double error = n.cost_at(q).recovered_error;
    Exhibit exhibit{{.name = "recovered_state_error",
                     .long_name = "relative error of the states recovered backwards"},
                    {error}};
    if (!(error <= tolerable_recovery)) {
      exhibit.variable.approximate = true;
      exhibit.variable.comment = fmt::format(
          "adjoint \"{}\" does not find the states again that it came from: |a recovered - a| / "
          "|a| = {:.2g} at the end of the run, so its gradients are wrong; choose \"discrete\"",
          adjoint_name_, error);
    }
    all.push_back(std::move(exhibit));
  } catch (const SolveError&) {  // a flow that cannot be solved has nothing to show
  }
  return all;
}

}  // namespace thalweg
