#include <thalweg/models/networks/weight_normalisation.hpp>

#include <fmt/format.h>

#include <thalweg/core/error.hpp>
#include <thalweg/models/networks/layer_symmetries.hpp>

namespace thalweg {

WeightNormalisation::WeightNormalisation(const std::vector<Index>& widths, bool bias) {
  for (std::size_t l = 1; l < widths.size(); ++l) {
    const Index in = widths[l - 1], out = widths[l];
    Layer layer{.inputs = in,
                .outputs = out,
                .V = dim_,
                .g = dim_ + in * out,
                .b = bias ? dim_ + in * out + out : -1,
                .W = network_dim_,
                .b_network = network_dim_ + in * out};
    dim_ += in * out + (bias ? 2 : 1) * out;
    network_dim_ += in * out + (bias ? out : 0);
    layers_.push_back(layer);
  }
}

void WeightNormalisation::weights(In theta, Out w) const {
  for (const auto& l : layers_) {
    for (Index i = 0; i < l.outputs; ++i) {
      const auto v = theta.segment(l.V + i * l.inputs, l.inputs);
      w.segment(l.W + i * l.inputs, l.inputs) = (theta[l.g + i] / v.norm()) * v;
    }
    if (l.b >= 0) w.segment(l.b_network, l.outputs) = theta.segment(l.b, l.outputs);
  }
}

void WeightNormalisation::parameters(In w, Out theta) const {
  for (std::size_t k = 0; k < layers_.size(); ++k) {
    const auto& l = layers_[k];
    theta.segment(l.V, l.inputs * l.outputs) = w.segment(l.W, l.inputs * l.outputs);
    for (Index i = 0; i < l.outputs; ++i) {
      theta[l.g + i] = w.segment(l.W + i * l.inputs, l.inputs).norm();
      if (!(theta[l.g + i] > 0.0))
        throw ModelError(
            fmt::format("weight normalisation: row {} of the start of layer {} is zero and has no "
                        "direction; choose another init",
                        i + 1, k + 1));
    }
    if (l.b >= 0) theta.segment(l.b, l.outputs) = w.segment(l.b_network, l.outputs);
  }
}

void WeightNormalisation::push(In theta, In v, Out Jv) const {
  for (const auto& l : layers_) {
    for (Index i = 0; i < l.outputs; ++i) {
      const Index at = l.V + i * l.inputs;
      const auto row = theta.segment(at, l.inputs), change = v.segment(at, l.inputs);
      const double r = row.norm(), g = theta[l.g + i];
      const double along = row.dot(change) / r;  // n.v'
      Jv.segment(l.W + i * l.inputs, l.inputs) =
          (v[l.g + i] / r - g * along / (r * r)) * row + (g / r) * change;
    }
    if (l.b >= 0) Jv.segment(l.b_network, l.outputs) = v.segment(l.b, l.outputs);
  }
}

void WeightNormalisation::pull(In theta, In G, Out g) const {
  for (const auto& l : layers_) {
    for (Index i = 0; i < l.outputs; ++i) {
      const Index at = l.V + i * l.inputs;
      const auto row = theta.segment(at, l.inputs);
      const auto G_row = G.segment(l.W + i * l.inputs, l.inputs);
      const double r = row.norm(), length = theta[l.g + i];
      const double s = G_row.dot(row) / r;
      g[l.g + i] = s;
      g.segment(at, l.inputs) = (length / r) * G_row - (length * s / (r * r)) * row;
    }
    if (l.b >= 0) g.segment(l.b, l.outputs) = G.segment(l.b_network, l.outputs);
  }
}

void WeightNormalisation::add_curvature(In theta, In v, In G, Out out) const {
  for (const auto& l : layers_)
    for (Index i = 0; i < l.outputs; ++i) {
      const Index at = l.V + i * l.inputs;
      const auto row = theta.segment(at, l.inputs), change = v.segment(at, l.inputs);
      const auto G_row = G.segment(l.W + i * l.inputs, l.inputs);
      const double r = row.norm(), g = theta[l.g + i], g_change = v[l.g + i];
      const double along = row.dot(change) / r, s = G_row.dot(row) / r;
      const double s_change = (G_row.dot(change) - s * along) / r;  // G.n'
      const double factor = g_change / r - g * along / (r * r);
      out[l.g + i] += s_change;
      // With n = v/r and n' = (v' - (n.v') n)/r, collected by G, v and v'.
      out.segment(at, l.inputs) +=
          factor * G_row -
          (factor * s / r + g * s_change / (r * r) - g * s * along / (r * r * r)) * row -
          (g * s / (r * r)) * change;
    }
}

Layout WeightNormalisation::layout() const {
  Layout blocks;
  for (std::size_t k = 0; k < layers_.size(); ++k) {
    const auto& l = layers_[k];
    const std::string number = std::to_string(k + 1), group = "layer" + number;
    blocks.push_back({"V" + number, l.V, {l.outputs, l.inputs}, "1", group});
    blocks.push_back({"g" + number, l.g, {l.outputs}, "1", group});
    if (l.b >= 0) blocks.push_back({"b" + number, l.b, {l.outputs}, "1", group});
  }
  return blocks;
}

Symmetries WeightNormalisation::symmetries(bool softmax, double decay) const {
  Symmetries all;
  for (std::size_t k = 0; k < layers_.size(); ++k) {
    const auto& l = layers_[k];
    all.push_back(scale_symmetry(l.outputs, l.inputs, l.V, "layer" + std::to_string(k + 1), decay));
  }
  const auto& last = layers_.back();
  if (softmax && last.b >= 0)
    all.push_back(translation_symmetry(last.outputs, last.inputs, -1, last.b,
                                       "layer" + std::to_string(layers_.size()), decay));
  return all;
}

}  // namespace thalweg
