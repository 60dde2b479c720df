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
  T* const* s;      // phi''(z), for third derivatives only
  T* const* t;      // phi'''(z) dloss/da, for third derivatives only
  T* scratch;       // one layer of the largest width
};

// Arrays of a tangent (R-)pass.
template <class T>
struct Tangent {
  T* const* ra;      // R a
  T* const* rdelta;  // R dloss/dz
  T* scratch;
};

// Arrays of a tangent pass that a third derivative needs.
template <class T>
struct FullTangent {
  T* const* rz;      // R z
  T* const* ra;      // R a
  T* const* re;      // R dloss/da
  T* const* rdelta;  // R dloss/dz
};

// Losses returned are weighted sums over the block. Gradients and products are added to the
// result if `add`, else written over it.
template <class T>
struct Functions {
  Index tile;

  // phi, phi', phi'', phi''' of n numbers (n a multiple of `tile`, arrays aligned); null skips a
  // derivative and those above it.
  void (*activate)(Activation, const T* z, T* value, T* first, T* second, T* third, Index n);
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
  // Gauss-Newton matrix times v, sum_s w_s J_s' H_loss J_s v, from what `linearise` left.
  void (*gauss_newton_product)(const Net<T>&, const Block<T>&, const Activity<T>&, const T* v,
                               const Tangent<T>&, T* gv, bool add);
  // sum_s w_s g_s g_s' v with the gradients g_s of single samples' losses, from `linearise`.
  void (*gradient_product)(const Net<T>&, const Block<T>&, const Activity<T>&, const T* v,
                           const Tangent<T>&, T* ev, bool add);
  // As `linearise`, fills s and t too.
  double (*linearise_twice)(const Net<T>&, const Block<T>&, const Activity<T>&);
  // The tangent pass along v, from what `linearise_twice` left.
  void (*tangent)(const Net<T>&, const Block<T>&, const Activity<T>&, const T* v,
                  const FullTangent<T>&);
  // grad (u' H v) from `linearise_twice` and the tangent passes along u and v.
  void (*third_product)(const Net<T>&, const Block<T>&, const Activity<T>&, const T* u,
                        const FullTangent<T>& along_u, const T* v, const FullTangent<T>& along_v,
                        const Tangent<T>& work, T* g, bool add);
};

// Of models that are linear in their parameters; linear_kernel.hpp packs their data.
struct LinearFunctions {
  Index tile, lanes;
  // sum_s w_s log(1 + exp(-z_s)), z = x . q, and its gradient g; x is [tile][feature][sample]
  // without gaps, `sums` has room for `lanes` numbers a feature; x, weight, sums aligned.
  double (*logistic)(Index tiles, Index features, const double* x, const double* weight,
                     const double* q, double* sums, double* g);
  // y = A x, columns of A `stride` numbers apart, rows padded to whole vectors in A and y; A, y
  // aligned.
  void (*matrix_vector)(Index rows, Index columns, const double* A, Index stride, const double* x,
                        double* y);
};

// Dense layers on few samples, vectors along the longer side of a matrix: W holds k columns of
// `rows` numbers, X_long n columns of `rows`, X_short n columns of k, `stride` numbers apart. rows
// is a multiple of 8, everything is aligned but X_short. For fields in depth, which are evaluated
// at one sample as well as at many.
struct DenseFunctions {
  // Z_long(:, j) = bias + sum_i W(:, i) X_short(i, j); no bias when null; adds to Z if `add`.
  void (*combine)(Index rows, Index k, Index n, const double* W, const double* bias,
                  const double* x_short, Index stride, double* z_long, bool add);
  // Y_short(i, j) = bias_i + W(:, i) . X_long(:, j), zero for k <= i < stride; adds to Y if `add`.
  void (*dots)(Index rows, Index k, Index n, const double* W, const double* bias,
               const double* x_long, double* y_short, Index stride, bool add);
  // G(:, i) = sum_j Z_long(:, j) X_short(i, j); adds to G if `add`.
  void (*outer)(Index rows, Index k, Index n, const double* z_long, const double* x_short,
                Index stride, double* G, bool add);
  // out = a b, and out = a b + c d e, of n numbers, n a multiple of 8.
  void (*multiply)(Index n, const double* a, const double* b, double* out);
  void (*multiply_add)(Index n, const double* a, const double* b, const double* c, const double* d,
                       const double* e, double* out);
};

// As many networks as there are lanes, of one shape and on the same samples:
//   f = output_scale sum_j w_j phi(sum_i x_i W_ij),   L = mean (f - y)^2.
// Arrays of parameters hold `lanes` numbers for each, network after network; all are aligned.
struct ManyNetworks {
  Activation activation;  // identity, tanh or relu
  Index inputs, width, samples;
  const double* x;  // [sample][input]
  const double* y;  // [sample]
  double output_scale;
  double* W;                      // [input][unit][lane]
  double* w;                      // [unit][lane]
  const double *rate_W, *rate_w;  // [lane]: learning rate times 2 output_scale / samples
  double* work;                   // many_networks_room(inputs, width) times `lanes` numbers
};

constexpr Index many_networks_room(Index inputs, Index width) { return (inputs + 1 + 16) * width; }

struct ManyNetworksFunctions {
  Index lanes;
  // `steps` steps of gradient descent; losses[step][lane] is the loss before each. A network whose
  // loss is NaN once stays so.
  void (*descend)(const ManyNetworks&, Index steps, double* losses);
};

// As many networks of one shape as there are lanes, each on samples of its own. Lane l of every
// vector is network l's: theta is [parameter][lane], a tile holds `tile` samples as
// [feature][sample][lane], a block's weights are [sample][lane]; strides are those of Functions.
// Every sum is put together in the order in which value_and_gradient of Functions does it for
// samples that fit one block, so that the bits of a network are those it has alone, as long as its
// numbers are finite.
struct JointFunctions {
  Index lanes, tile;
  // `sums`: room for block.tiles * tile * lanes numbers. Writes values [lane], g [parameter][lane].
  void (*value_and_gradient)(const Net<double>&, const Block<double>&, Index samples,
                             const Activity<double>&, double* sums, double* values, double* g);
};

struct Kernels {
  const char* name;  // "x86-64", "x86-64-v3", "x86-64-v4"
  Functions<double> f64;
  Functions<float> f32;
  LinearFunctions linear;
  DenseFunctions dense;
  ManyNetworksFunctions many;
  JointFunctions joint;
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
