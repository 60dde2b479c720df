// Loss, gradient, outputs and Hessian products of a multilayer perceptron over a data set:
//
//   L(theta) = scale / n * sum_s loss(f(x_s; theta), y_s),
//   loss = |f - y|^2 / 2 (mse), softmax cross-entropy, or logistic (one output, label 0 or 1).
//
// theta holds, layer by layer, W^l row by row (outputs x inputs), then b^l. Raw pointers and double
// at this border whatever the precision inside. Calls are const and may run concurrently; their
// blocks of samples are shared by the threads of core/parallel.hpp. Sums are put together in a
// fixed order, so the bits do not depend on the number of threads. Work arrays are kept for the
// next call: repeated calls allocate nothing.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "dispatch.hpp"
#include "mlp_kernel.hpp"

namespace thalweg::mlp_kernel {

enum class Precision { f64, f32 };

/// Symmetric matrices of a network's loss at a point: its Hessian, the Gauss-Newton matrix
/// scale/n sum_s J_s' H_loss J_s, and the outer products of per-sample gradients
/// scale/n sum_s g_s g_s' (without `scale` in g_s).
enum class Matrix { hessian, gauss_newton, gradient_products };

struct MlpShape {
  std::vector<Index> widths;  ///< input, hidden layers, output
  Activation activation = Activation::tanh;
  Loss loss = Loss::mse;
  bool bias = true;
  double scale = 1;

  [[nodiscard]] Index inputs() const { return widths.front(); }
  [[nodiscard]] Index outputs() const { return widths.back(); }
  [[nodiscard]] Index n_parameters() const;
};

/// Samples as the user has them: x is n x inputs and targets n x outputs, row-major; targets for
/// mse, labels for the other losses. What a call does not use may be null.
struct MlpSamples {
  Index n = 0;
  const double* x = nullptr;
  const double* targets = nullptr;
  const int* labels = nullptr;
};

class MlpEvaluator {
 public:
  class Implementation;
  struct PrimalPass;

  /// The Hessian at a fixed theta. Keeps the activities of all samples, so that a product costs no
  /// primal pass, as long as they fit into the memory given to `at`. Must not outlive its
  /// evaluator; products may run concurrently.
  class Linearisation {
   public:
    Linearisation(Linearisation&& other) noexcept;
    Linearisation& operator=(Linearisation&&) = delete;
    ~Linearisation();

    [[nodiscard]] double value() const;
    void gradient(double* g) const;
    /// HV[:, j] = H V[:, j], j < k; columns of n_parameters() numbers, `v_stride` and `hv_stride`
    /// numbers apart.
    void hvp(const double* V, Index v_stride, double* HV, Index hv_stride, Index k) const;
    /// The same for another matrix.
    void product(Matrix matrix, const double* V, Index v_stride, double* MV, Index mv_stride,
                 Index k) const;
    /// False if the activities did not fit and every product repeats the primal pass.
    [[nodiscard]] bool cached() const;

   private:
    friend class MlpEvaluator;
    Linearisation(const Implementation& owner, PrimalPass* pass) : owner_(&owner), pass_(pass) {}
    const Implementation* owner_;
    PrimalPass* pass_;
  };

  static constexpr std::size_t default_cache_bytes = std::size_t{1} << 30;

  /// Copies the samples. @throws ModelError on sizes or labels that do not fit the shape.
  MlpEvaluator(MlpShape shape, const MlpSamples& samples, Precision precision = Precision::f64,
               const Kernels& kernels = active_kernels());
  ~MlpEvaluator();
  MlpEvaluator(MlpEvaluator&&) noexcept;
  MlpEvaluator& operator=(MlpEvaluator&&) noexcept;

  [[nodiscard]] const MlpShape& shape() const;
  [[nodiscard]] Index n_samples() const;
  [[nodiscard]] const Kernels& kernels() const;

  [[nodiscard]] double value(const double* theta) const;
  double value_and_gradient(const double* theta, double* g) const;
  /// The mean over m samples of the data set, given by their numbers (repeats count twice).
  /// @throws ModelError if a number is not a sample's.
  double value_and_gradient(const double* theta, const Index* batch, Index m, double* g) const;

  [[nodiscard]] Linearisation at(const double* theta,
                                 std::size_t cache_bytes = default_cache_bytes) const;
  /// Hessian products without keeping the primal pass; strides as in Linearisation::hvp.
  void hvp(const double* theta, const double* V, Index v_stride, double* HV, Index hv_stride,
           Index k) const;

  /// TUV[:, j] = T[u, V[:, j]] = grad (u' H V[:, j]), j < k, with one primal pass and one tangent
  /// pass along u for all of them; strides as in Linearisation::hvp.
  void third(const double* theta, const double* u, const double* V, Index v_stride, double* TUV,
             Index t_stride, Index k) const;

  /// f, n x outputs row-major, of the data set or of new inputs.
  void outputs(const double* theta, double* f) const;
  void outputs(const double* theta, const double* x, Index n, double* f) const;
  /// Loss over other samples.
  [[nodiscard]] double value(const double* theta, const MlpSamples& samples) const;
  /// Share of labels met by the largest output (one output: by its sign), of the data set or of
  /// other samples. @throws ModelError without labels.
  [[nodiscard]] double accuracy(const double* theta) const;
  [[nodiscard]] double accuracy(const double* theta, const MlpSamples& samples) const;

 private:
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace thalweg::mlp_kernel
