#include <thalweg/models/depth/fields/mlp.hpp>

#include <algorithm>
#include <string>
#include <thalweg/models/networks/activation.hpp>
#include <thalweg/models/networks/kernel/aligned_array.hpp>
#include <thalweg/models/networks/kernel/dispatch.hpp>
#include <utility>

namespace thalweg {

namespace {

using mlp_kernel::AlignedArray;
using mlp_kernel::Kernels;

constexpr Index line = 8;           // numbers of the kernel's widest vector
constexpr Index largest_tile = 32;  // of activations

Index padded(Index n, Index to = line) { return (n + to - 1) / to * to; }

struct Shape {
  std::vector<Index> widths;  // x^0 .. x^L; x^0 may hold the depth too
  Index width = 0;            // of a
  mlp_kernel::Activation activation{};
  bool cubed = false, depth = false, bias = true;

  [[nodiscard]] Index layers() const { return static_cast<Index>(widths.size()) - 1; }
  [[nodiscard]] Index operator[](Index l) const { return widths[static_cast<std::size_t>(l)]; }
  [[nodiscard]] Index stride(Index l) const { return padded((*this)[l]); }
};

// A layer's weights with the longer side along the kernel's vectors.
struct Layer {
  Index inputs, outputs, weights, bias;  // sizes and places in theta
  bool tall;
  Index rows, columns;  // of the packed matrix
};

// Zeros on a cache line's boundary: the padding must stay finite.
class Numbers {
 public:
  Numbers() = default;
  explicit Numbers(Index n) : data_(std::max<Index>(n, 1)) {
    std::fill_n(data_.data(), data_.size(), 0.0);
  }
  [[nodiscard]] double* data() const { return data_.data(); }

 private:
  AlignedArray<double> data_;
};

//   z^l = W^l x^(l-1) + b^l, x^l = phi(z^l), f = z^L;   dots for tangents, e^l = W^(l+1)'
//   delta^(l+1)
// Samples of a layer lie `stride` numbers apart.
class Evaluation final : public FieldEvaluation {
 public:
  Evaluation(const Shape& shape, Index samples)
      : shape_(shape), kernels_(mlp_kernel::active_kernels()), samples_(samples) {
    Index place = 0, most_packed = 0;
    for (Index l = 1; l <= shape_.layers(); ++l) {
      const Index in = shape_[l - 1], out = shape_[l];
      const bool tall = out >= in;
      layers_.push_back(
          {in, out, place, place + in * out, tall, padded(tall ? out : in), tall ? in : out});
      place += in * out + (shape_.bias ? out : 0);
      most_packed = std::max(most_packed, layers_.back().rows * layers_.back().columns);
      W_.emplace_back(layers_.back().rows * layers_.back().columns);
      b_.emplace_back(padded(out));
    }
    packed_gradient_ =
        Numbers(std::max(most_packed, padded(*std::ranges::max_element(shape_.widths))));
    x_ = arrays();
    first_ = arrays();
    second_ = arrays();
    delta_ = arrays();
  }

  void evaluate(MatIn A, double z, In theta, MatOut F) override {
    n_ = A.cols();
    for (Index l = 1; l <= shape_.layers(); ++l) {
      pack(layer(l), theta, at(W_, l - 1));
      if (shape_.bias) std::copy_n(theta.data() + layer(l).bias, shape_[l], at(b_, l - 1).data());
    }
    const Index s = shape_.stride(0);
    double* const x = at(x_, 0).data();
    for (Index j = 0; j < n_; ++j) {
      for (Index i = 0; i < shape_.width; ++i) {
        const double a = A(i, j);
        x[j * s + i] = shape_.cubed ? a * a * a : a;
        if (!shape_.cubed) continue;
        at(first_, 0).data()[j * s + i] = 3.0 * a * a;
        at(second_, 0).data()[j * s + i] = 6.0 * a;
      }
      if (shape_.depth) x[j * s + shape_.width] = z;
    }
    const Index L = shape_.layers();
    for (Index l = 1; l <= L; ++l) {
      apply(layer(l), at(W_, l - 1), &at(b_, l - 1), at(x_, l - 1), at(x_, l), false);
      if (l < L)
        kernels_.f64.activate(shape_.activation, at(x_, l).data(), at(x_, l).data(),
                              at(first_, l).data(), at(second_, l).data(), nullptr,
                              padded(n_ * shape_.stride(l), largest_tile));
    }
    take(at(x_, L), L, F);
  }

  void vjp(MatIn Delta, MatOut A_bar, Out theta_bar) override {
    const Index L = shape_.layers();
    put(Delta, at(delta_, L), L);
    for (Index l = L; l >= 1; --l) {
      if (theta_bar.size() > 0) gradient(l, at(delta_, l), at(x_, l - 1), theta_bar);
      apply_transposed(layer(l), at(W_, l - 1), at(delta_, l), at(delta_, l - 1), false);
      if (l > 1 || shape_.cubed)
        kernels_.dense.multiply(n_ * shape_.stride(l - 1), at(delta_, l - 1).data(),
                                at(first_, l - 1).data(), at(delta_, l - 1).data());
    }
    take(at(delta_, 0), 0, A_bar);
  }

  void jvp(MatIn dA, In dtheta, MatOut dF) override {
    if (dW_.empty()) room_for_tangents();
    const Index L = shape_.layers();
    for (Index l = 1; l <= L; ++l) {
      pack(layer(l), dtheta, at(dW_, l - 1));
      if (shape_.bias) std::copy_n(dtheta.data() + layer(l).bias, shape_[l], at(db_, l - 1).data());
    }
    put(dA, at(dz_, 0), 0);
    for (Index l = 0; l <= L; ++l) {
      if (l > 0) {
        apply(layer(l), at(dW_, l - 1), &at(db_, l - 1), at(x_, l - 1), at(dz_, l), false);
        apply(layer(l), at(W_, l - 1), nullptr, at(dx_, l - 1), at(dz_, l), true);
      }
      if (l == L) break;
      const Index size = n_ * shape_.stride(l);
      if (l > 0 || shape_.cubed)
        kernels_.dense.multiply(size, at(dz_, l).data(), at(first_, l).data(), at(dx_, l).data());
      else
        std::copy_n(at(dz_, l).data(), size, at(dx_, l).data());
    }
    take(at(dz_, L), L, dF);
  }

  void vjp_tangent(MatIn Delta, MatIn dDelta, MatOut A_bar_dot, Out theta_bar_dot) override {
    const Index L = shape_.layers();
    put(Delta, at(delta_, L), L);
    put(dDelta, at(ddelta_, L), L);
    for (Index l = L; l >= 1; --l) {
      if (theta_bar_dot.size() > 0) {
        gradient(l, at(ddelta_, l), at(x_, l - 1), theta_bar_dot);
        weight_gradient(l, at(delta_, l), at(dx_, l - 1), theta_bar_dot);
      }
      const Layer& layer = this->layer(l);
      apply_transposed(layer, at(W_, l - 1), at(delta_, l), at(e_, l - 1), false);
      apply_transposed(layer, at(W_, l - 1), at(ddelta_, l), at(ddelta_, l - 1), false);
      apply_transposed(layer, at(dW_, l - 1), at(delta_, l), at(ddelta_, l - 1), true);
      if (l == 1 && !shape_.cubed) break;
      const Index size = n_ * shape_.stride(l - 1);
      kernels_.dense.multiply_add(size, at(ddelta_, l - 1).data(), at(first_, l - 1).data(),
                                  at(second_, l - 1).data(), at(dz_, l - 1).data(),
                                  at(e_, l - 1).data(), at(ddelta_, l - 1).data());
      kernels_.dense.multiply(size, at(e_, l - 1).data(), at(first_, l - 1).data(),
                              at(delta_, l - 1).data());
    }
    take(at(ddelta_, 0), 0, A_bar_dot);
  }

 private:
  using Arrays = std::vector<Numbers>;

  [[nodiscard]] static const Numbers& at(const Arrays& all, Index l) {
    return all[static_cast<std::size_t>(l)];
  }
  [[nodiscard]] const Layer& layer(Index l) const {
    return layers_[static_cast<std::size_t>(l - 1)];
  }
  [[nodiscard]] Arrays arrays() const {
    Arrays all;
    for (Index l = 0; l <= shape_.layers(); ++l)
      all.emplace_back(padded(samples_ * shape_.stride(l), largest_tile));
    return all;
  }
  void room_for_tangents() {
    for (const Layer& layer : layers_) {
      dW_.emplace_back(layer.rows * layer.columns);
      db_.emplace_back(padded(layer.outputs));
    }
    for (Arrays* all : {&dz_, &dx_, &e_, &ddelta_}) *all = arrays();
  }

  // Between the caller's block and the arrays of layer l.
  void put(MatIn A, const Numbers& to, Index l) const {
    const Index s = shape_.stride(l);
    for (Index j = 0; j < n_; ++j)
      std::copy_n(A.data() + j * A.outerStride(), A.rows(), to.data() + j * s);
  }
  void take(const Numbers& from, Index l, MatOut A) const {
    const Index s = shape_.stride(l);
    for (Index j = 0; j < n_; ++j)
      std::copy_n(from.data() + j * s, A.rows(), A.data() + j * A.outerStride());
  }

  static void pack(const Layer& layer, In theta, const Numbers& W) {
    const double* const w = theta.data() + layer.weights;
    if (layer.tall)
      for (Index i = 0; i < layer.inputs; ++i)
        for (Index o = 0; o < layer.outputs; ++o)
          W.data()[i * layer.rows + o] = w[o * layer.inputs + i];
    else
      for (Index o = 0; o < layer.outputs; ++o)
        std::copy_n(w + o * layer.inputs, layer.inputs, W.data() + o * layer.rows);
  }

  // z (+)= W x + b
  void apply(const Layer& layer, const Numbers& W, const Numbers* b, const Numbers& x,
             const Numbers& z, bool add) const {
    const double* const bias = b ? b->data() : nullptr;
    if (layer.tall)
      kernels_.dense.combine(layer.rows, layer.columns, n_, W.data(), bias, x.data(),
                             padded(layer.inputs), z.data(), add);
    else
      kernels_.dense.dots(layer.rows, layer.columns, n_, W.data(), bias, x.data(), z.data(),
                          padded(layer.outputs), add);
  }
  // e (+)= W' delta
  void apply_transposed(const Layer& layer, const Numbers& W, const Numbers& delta,
                        const Numbers& e, bool add) const {
    if (layer.tall)
      kernels_.dense.dots(layer.rows, layer.columns, n_, W.data(), nullptr, delta.data(), e.data(),
                          padded(layer.inputs), add);
    else
      kernels_.dense.combine(layer.rows, layer.columns, n_, W.data(), nullptr, delta.data(),
                             padded(layer.outputs), e.data(), add);
  }
  // theta_bar += delta x' and the sum of delta
  void gradient(Index l, const Numbers& delta, const Numbers& x, Out theta_bar) const {
    weight_gradient(l, delta, x, theta_bar);
    if (!shape_.bias) return;
    constexpr double one = 1.0;
    double* const sum = packed_gradient_.data();
    kernels_.dense.outer(padded(shape_[l]), 1, n_, delta.data(), &one, 0, sum, false);
    double* const g = theta_bar.data() + layer(l).bias;
    for (Index i = 0; i < shape_[l]; ++i) g[i] += sum[i];
  }
  void weight_gradient(Index l, const Numbers& delta, const Numbers& x, Out theta_bar) const {
    const Layer& layer = this->layer(l);
    double* const G = packed_gradient_.data();
    double* const g = theta_bar.data() + layer.weights;
    if (layer.tall) {
      kernels_.dense.outer(layer.rows, layer.columns, n_, delta.data(), x.data(),
                           padded(layer.inputs), G, false);
      for (Index i = 0; i < layer.inputs; ++i)
        for (Index o = 0; o < layer.outputs; ++o) g[o * layer.inputs + i] += G[i * layer.rows + o];
    } else {
      kernels_.dense.outer(layer.rows, layer.columns, n_, x.data(), delta.data(),
                           padded(layer.outputs), G, false);
      for (Index o = 0; o < layer.outputs; ++o)
        for (Index i = 0; i < layer.inputs; ++i) g[o * layer.inputs + i] += G[o * layer.rows + i];
    }
  }

  Shape shape_;
  const Kernels& kernels_;
  Index samples_, n_ = 0;
  std::vector<Layer> layers_;
  Arrays W_, b_, x_, first_, second_, delta_;  // x_[L] holds f
  Arrays dW_, db_, dz_, dx_, e_, ddelta_;      // of tangents, made at the first
  Numbers packed_gradient_;
};

class Network final : public VectorField {
 public:
  Network(Shape shape, Initialisation init) : shape_(std::move(shape)), init_(std::move(init)) {
    for (Index l = 1; l <= shape_.layers(); ++l)
      n_parameters_ += shape_[l] * (shape_[l - 1] + (shape_.bias ? 1 : 0));
  }

  [[nodiscard]] Index width() const override { return shape_.width; }
  [[nodiscard]] Index n_parameters() const override { return n_parameters_; }
  [[nodiscard]] std::unique_ptr<FieldEvaluation> evaluation(Index samples) const override {
    return std::make_unique<Evaluation>(shape_, samples);
  }
  [[nodiscard]] Layout layout() const override {
    Layout blocks;
    Index place = 0;
    for (Index l = 1; l <= shape_.layers(); ++l) {
      const std::string number = std::to_string(l);
      blocks.push_back({"W" + number, place, {shape_[l], shape_[l - 1]}, "1", "layer" + number});
      place += blocks.back().size();
      if (!shape_.bias) continue;
      blocks.push_back({"b" + number, place, {shape_[l]}, "1", "layer" + number});
      place += blocks.back().size();
    }
    return blocks;
  }
  [[nodiscard]] Vec initial_parameters(Rng& rng) const override {
    Vec theta(n_parameters_);
    init_(shape_.widths, shape_.bias, rng, theta);
    return theta;
  }

 private:
  Shape shape_;
  Initialisation init_;
  Index n_parameters_ = 0;
};

// What has two derivatives everywhere.
std::vector<std::string> smooth_activations() {
  auto names = activation_names();
  std::erase(names, "relu");
  return names;
}

}  // namespace

Doc MlpField::doc() {
  return {.summary = "a fully connected network as the field",
          .equation =
              "f = W^L phi(... phi(W^1 x + b^1) ...) + b^L,  x = a or a^3, with the depth z "
              "beside it when depth_input is true",
          .source =
              "R. Chen, Y. Rubanova, J. Bettencourt and D. Duvenaud, Neural ordinary "
              "differential equations, NeurIPS 2018",
          .notes =
              "The activations are smooth: a kink in f would spoil the order of the solver and "
              "second derivatives."};
}

void MlpField::fields(Fields& f) {
  f("hidden", hidden, "1", "widths of the hidden layers, [] for none", at_least(1));
  f("activation", activation, "", "activation of the hidden layers", one_of(smooth_activations()));
  f("input", input, "", "what the first layer sees of a: linear a, cubic a^3",
    one_of({"linear", "cubic"}));
  f("depth_input", depth_input, "1", "whether the first layer sees the depth z too");
  f("bias", bias, "1", "whether the layers have biases");
  f("init", init, "", "random start");
}

std::shared_ptr<const VectorField> MlpField::operator()(Index width) const {
  Shape shape{.widths = {width + (depth_input ? 1 : 0)},
              .width = width,
              .activation = activation_of(activation),
              .cubed = input == "cubic",
              .depth = depth_input,
              .bias = bias};
  shape.widths.insert(shape.widths.end(), hidden.begin(), hidden.end());
  shape.widths.push_back(width);
  init.check(shape.widths.size() - 1);
  return std::make_shared<Network>(std::move(shape), init);
}

}  // namespace thalweg
