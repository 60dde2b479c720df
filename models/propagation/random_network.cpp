#include <thalweg/models/propagation/random_network.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numbers>
#include <thalweg/core/error.hpp>
#include <thalweg/models/networks/activation.hpp>
#include <thalweg/models/propagation/depth_exponents.hpp>
#include <thalweg/models/propagation/mean_field.hpp>
#include <thalweg/models/propagation/propagation_observables.hpp>

namespace thalweg {

Doc RandomNetwork::doc() {
  return {
      .summary = "signals and gradients in random networks, depth as time, beside their theory",
      .equation =
          "h^{l+1} = sigma_w W phi(h^l) + sigma_b b, W_ij ~ N(0, 1/N) or W orthogonal, b ~ N(0, "
          "1)\n"
          "delta^l = phi'(h^l) * sigma_w W' delta^{l+1}, delta^depth a random unit vector\n"
          "J^l = dh^l / dh^0",
      .source =
          "S. Schoenholz, J. Gilmer, S. Ganguli, J. Sohl-Dickstein, Deep information propagation, "
          "ICLR 2017; J. Pennington, S. Schoenholz, S. Ganguli, NeurIPS 2017; B. Hanin, Which "
          "neural "
          "net architectures give rise to exploding and vanishing gradients?, NeurIPS 2018",
      .notes =
          "A step is a layer: time.steps up to depth. The state holds h of all nets, regimes and "
          "inputs. Several sigma_w are regimes of one run, with the same random numbers.\n"
          "unit: sigma_w counts in 1 (xavier: Var W = 1/N of a square layer), in sqrt(2) (he), or "
          "in the value at the edge of chaos for sigma_b (critical).\n"
          "Weights are drawn again from (seed, net, layer) whenever they are needed and never "
          "stored; a layer costs nets x width^2 random numbers (4 ns each), gradients the same "
          "once "
          "more, Jacobians 2 width^3 a layer and net and their singular values as much at each "
          "row.\n"
          "*_theory is the limit of infinite width where nothing else is said. Means of |delta|^2 "
          "are ruled by rare nets when depth / width is no longer small: log_gradient and its "
          "median are what a net shows. chi^2 compares layer by layer with what is expected given "
          "the layer before, so that deviations do not add up.\n"
          "With a table [lyapunov] (and nets = 1, inputs = 1): exponents in depth, the growth of "
          "tangents per layer, beside exponent_theory; layers go on beyond `depth` as long as it "
          "takes."};
}

void RandomNetwork::fields(Fields& f) {
  f("activation", activation, "", "phi", one_of(activation_names()));
  f("weights", weights, "", "law of W", one_of({"gaussian", "orthogonal"}));
  f("sigma_w", sigma_w, "1", "standard deviation of sqrt(N) W in `unit`; several are compared");
  f("unit", unit, "", "what sigma_w counts in", one_of({"1", "xavier", "he", "critical"}));
  f("sigma_b", sigma_b, "1", "standard deviation of b", at_least(0.0));
  f("width", width, "1", "units N of each layer", between(1, 100000));
  f("depth", depth, "1", "layers; gradients begin at the last", between(1, 100000));
  f("nets", nets, "1", "independent networks", between(1, 100000));
  f("inputs", inputs, "1", "inputs to each network, at most width - 1", between(1, 1000));
  f("q0", q0, "1", "|h|^2 / N of the inputs", positive());
  f("c0", c0, "1", "correlation of every two inputs", between(0.0, 1.0));
  f("jacobian_nets", jacobian_nets, "1", "networks whose Jacobians are recorded, at most nets",
    at_least(1));
  f("seed", seed, "1", "of weights and inputs", at_least(0));
  f("phase", phase, "", "grid of the phase diagram");
  if (!f.reading()) return;
  if (sigma_w.empty()) f.reject("sigma_w", "must hold at least one number");
  for (const double s : sigma_w)
    if (!(s > 0.0 && s < 1e6)) f.reject("sigma_w", "must hold numbers in (0, 1e6)");
  if (inputs >= width) f.reject("inputs", "must be < width");
  if (static_cast<double>(nets) * static_cast<double>(inputs) * static_cast<double>(width) *
          static_cast<double>(sigma_w.size()) >
      1e8)
    f.reject("width", "makes a state of more than 1e8 numbers (width x nets x inputs x regimes)");
  if (unit == "critical" && !critical_point(activation_of(activation), sigma_b))
    f.reject("unit", fmt::format("needs an edge of chaos, which {} with sigma_b = {:g} does not "
                                 "have; give sigma_w in another unit",
                                 activation, sigma_b));
}

void RandomNetwork::prepare() {
  const auto kind = activation_of(activation);
  double scale = 1.0;
  if (unit == "he") scale = std::numbers::sqrt2;
  if (unit == "critical") scale = critical_point(kind, sigma_b)->sigma_w;
  RandomLayers layers{.phi = {kind},
                      .weights = {weights == "orthogonal" ? LayerWeights::Kind::orthogonal
                                                          : LayerWeights::Kind::gaussian,
                                  width, static_cast<std::uint64_t>(seed)},
                      .seed = static_cast<std::uint64_t>(seed),
                      .nets = nets,
                      .inputs = inputs};
  for (const double s : sigma_w) layers.regimes.push_back({scale * s, sigma_b});
  history_ = std::make_shared<SignalHistory>(std::move(layers), depth, q0, c0);
}

void RandomNetwork::apply(In x, Out next, Index n) const {
  // Where the whole depth is known already, as gradients need it, layers are not drawn again.
  if (n < depth && history_->knows(x, n))
    next = history_->signal(n + 1);
  else
    history_->layers().forward(x, next, n);
}

void RandomNetwork::tangent(In x, MatIn V, MatOut DFV, Index n) const {
  history_->layers().tangent(x, V, DFV, n);
}

Layout RandomNetwork::layout() const {
  return {{"h", 0, {nets, history_->layers().n_regimes(), inputs, width}}};
}

Observables RandomNetwork::observables() const {
  auto all = propagation_observables(history_, std::min(jacobian_nets, nets), q0, c0);
  for (auto& o : phase_observables(activation_of(activation), phase)) all.push_back(std::move(o));
  all.push_back(
      {{.name = "exponent_theory",
        .unit = "1/layer",
        .long_name = "Lyapunov exponents in depth by mean-field theory",
        .comment = "of all nets, regimes and inputs in descending order, at the fixed point of the "
                   "length; as N grows, up to terms of the order 1/N. ln(chi) / 2 leads",
        .axes = {{.name = "rank", .size = dim(), .long_name = "rank of the exponent"}}},
       [history = history_, start = q0](In, double, Out out) {
         const auto& l = history->layers();
         const bool orthogonal = l.weights.kind() == LayerWeights::Kind::orthogonal;
         Index at = 0;
         for (const auto& r : l.regimes) {
           const double q = MeanField(l.phi.kind, r.sigma_w, r.sigma_b).fixed_point(start);
           const Vec one = depth_exponents(l.phi.kind, r.sigma_w, q, l.width(), orthogonal);
           for (Index copy = 0; copy < l.nets * l.inputs; ++copy, at += l.width())
             out.segment(at, l.width()) = one;
         }
         std::sort(out.begin(), out.end(), std::greater<>());
       }});
  return all;
}

}  // namespace thalweg
