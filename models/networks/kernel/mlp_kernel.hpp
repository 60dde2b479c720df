// Raw-pointer interface of the multilayer perceptron's kernel: one table of functions per
// instruction set, working on blocks of samples. Allocates nothing and knows no threads;
// mlp_evaluate.hpp puts blocks, threads and workspaces around it.
//
//   z^l = W^l a^(l-1) + b^l,  a^l = phi(z^l) (hidden),  f = z^L (output)
//
// theta holds, layer by layer, W^l row by row (outputs x inputs), then b^l unless there is no bias.
// Samples lie in tiles of `tile` samples, [tile][feature][sample], 64-byte aligned; tiles of a
// layer of width w are `tile_stride(w)` numbers apart. Padding samples repeat a real one with
// weight 0.
#pragma once
#include <cstddef>
#include <cstdint>

namespace thalweg::mlp_kernel {

using Index = std::ptrdiff_t;

enum class Activation { identity, tanh, relu, gelu, erf, sigmoid, softplus };

// mse: |f - y|^2 / 2; cross_entropy: softmax, integer labels; logistic: one output, label 0 or 1.
enum class Loss { mse, cross_entropy, logistic };

// A network at a point theta. Layers count 1..n_layers, widths[0] is the input.
template <class T>
struct Net {
  Index n_layers;
  const Index* widths;   // n_layers + 1
  const Index* strides;  // tile_stride of each width
  Activation activation;
  Loss loss;
  bool bias;
  const T* theta;
};

// Samples. y: targets as [tile][output][sample] for mse, labels as [tile][sample] otherwise.
template <class T>
struct Block {
  Index tiles;
  const T* x;
  const T* y;
  const T* weight;  // [tile][sample]: the factor of a sample's loss, 0 for padding
};

// Arrays over a block, one pointer per layer 1..n_layers ([0] unused). A pass that needs no
// derivatives takes null in the arrays it does not fill.
template <class T>
struct Activity {
  T* const* a;      // activations; the output layer's f, replaced by probabilities in `linearise`
  T* const* d;      // phi'(z)
  T* const* delta;  // dloss/dz; may be the arrays d (gradient alone)
  T* const* c;      // phi''(z) dloss/da
  T* scratch;       // one layer of the largest width
};

// Arrays of a tangent (R-)pass.
template <class T>
struct Tangent {
  T* const* ra;      // R a
  T* const* rdelta;  // R dloss/dz
  T* scratch;
};

// Losses returned are weighted sums over the block. Gradients and products are added to the
// result if `add`, else written over it.
template <class T>
struct Functions {
  Index tile;

  // phi, phi', phi'' of n numbers (n a multiple of `tile`, arrays aligned); null skips a
  // derivative.
  void (*activate)(Activation, const T* z, T* value, T* first, T* second, Index n);
  // exp(x) for x <= 0 and log(x), for tests of accuracy.
  void (*exp_log)(const T* x, T* exp_x, T* log_x, Index n);

  // Fills a.
  void (*forward)(const Net<T>&, const Block<T>&, const Activity<T>&);
  double (*value)(const Net<T>&, const Block<T>&, const Activity<T>&);
  // Fills a, d, delta.
  double (*value_and_gradient)(const Net<T>&, const Block<T>&, const Activity<T>&, T* g, bool add);
  // Fills a, d, delta, c, for the tangent passes below.
  double (*linearise)(const Net<T>&, const Block<T>&, const Activity<T>&);
  // Gradient from what `linearise` left.
  void (*gradient)(const Net<T>&, const Block<T>&, const Activity<T>&, T* g, bool add);
  // Hessian times v, from what `linearise` left.
  void (*hessian_product)(const Net<T>&, const Block<T>&, const Activity<T>&, const T* v,
                          const Tangent<T>&, T* hv, bool add);
};

struct Kernels {
  const char* name;  // "x86-64", "x86-64-v3", "x86-64-v4"
  Functions<double> f64;
  Functions<float> f32;
};

const Kernels& kernels_baseline();
const Kernels& kernels_v3();
const Kernels& kernels_v4();

// Numbers between two tiles of a layer: the tile's size, padded so that the cache sets of
// neighbouring tiles differ whatever the width is.
template <class T>
constexpr Index tile_stride(Index width, Index tile) {
  const Index line = 64 / static_cast<Index>(sizeof(T));
  const Index lines = width * tile / line;
  return ((lines + 7) / 16 * 16 + 8) * line;
}

}  // namespace thalweg::mlp_kernel
