// The border of MlpEvaluator: what a caller may pass, and the choice of precision.
#include "mlp_evaluate.hpp"

#include <thalweg/core/error.hpp>

#include <memory>
#include <string>
#include <utility>

#include "mlp_evaluation.hpp"

namespace thalweg::mlp_kernel {
namespace {

void check(const MlpShape& shape) {
  if (shape.widths.size() < 2)
    throw ModelError("a network needs an input and an output width, but widths has " +
                     std::to_string(shape.widths.size()) + " entries");
  for (const Index width : shape.widths)
    if (width < 1)
      throw ModelError("network width " + std::to_string(width) + " must be at least 1");
  if (shape.loss == Loss::logistic && shape.outputs() != 1)
    throw ModelError("logistic loss needs one output, not " + std::to_string(shape.outputs()) +
                     "; use cross_entropy for more classes");
}

void check_labels(const MlpShape& shape, const MlpSamples& samples) {
  const int classes = shape.outputs() == 1 ? 2 : static_cast<int>(shape.outputs());
  for (Index s = 0; s < samples.n; ++s)
    if (samples.labels[s] < 0 || samples.labels[s] >= classes)
      throw ModelError("label " + std::to_string(samples.labels[s]) + " of sample " +
                       std::to_string(s) + " must lie in [0, " + std::to_string(classes) + ")");
}

void check(const MlpShape& shape, const MlpSamples& samples) {
  if (samples.n < 1) throw ModelError("a network's loss needs at least one sample");
  if (!samples.x) throw ModelError("a network's samples need inputs x");
  if (shape.loss == Loss::mse) {
    if (!samples.targets) throw ModelError("mean squared error needs targets");
  } else {
    if (!samples.labels) throw ModelError("cross-entropy and logistic loss need labels");
    check_labels(shape, samples);
  }
}

}  // namespace

Index MlpShape::n_parameters() const {
  Index n = 0;
  for (std::size_t l = 1; l < widths.size(); ++l)
    n += widths[l] * widths[l - 1] + (bias ? widths[l] : 0);
  return n;
}

MlpEvaluator::MlpEvaluator(MlpShape shape, const MlpSamples& samples, Precision precision,
                           const Kernels& kernels) {
  check(shape);
  check(shape, samples);
  if (samples.labels) check_labels(shape, samples);
  if (precision == Precision::f64)
    implementation_ =
        std::make_unique<Evaluation<double>>(std::move(shape), samples, kernels, kernels.f64);
  else
    implementation_ =
        std::make_unique<Evaluation<float>>(std::move(shape), samples, kernels, kernels.f32);
}

MlpEvaluator::~MlpEvaluator() = default;
MlpEvaluator::MlpEvaluator(MlpEvaluator&&) noexcept = default;
MlpEvaluator& MlpEvaluator::operator=(MlpEvaluator&&) noexcept = default;

const MlpShape& MlpEvaluator::shape() const { return implementation_->shape(); }
Index MlpEvaluator::n_samples() const { return implementation_->n_samples(); }
const Kernels& MlpEvaluator::kernels() const { return implementation_->kernels(); }

double MlpEvaluator::value(const double* theta) const { return implementation_->value(theta); }

double MlpEvaluator::value_and_gradient(const double* theta, double* g) const {
  return implementation_->value_and_gradient(theta, g);
}

double MlpEvaluator::value_and_gradient(const double* theta, const Index* batch, Index m,
                                        double* g) const {
  if (m < 1) throw ModelError("a batch needs at least one sample");
  for (Index s = 0; s < m; ++s)
    if (batch[s] < 0 || batch[s] >= n_samples())
      throw ModelError("sample " + std::to_string(batch[s]) + " of a batch must lie in [0, " +
                       std::to_string(n_samples()) + ")");
  return implementation_->value_and_gradient(theta, batch, m, g);
}

MlpEvaluator::Linearisation MlpEvaluator::at(const double* theta, std::size_t cache_bytes) const {
  return {*implementation_, implementation_->primal_pass(theta, cache_bytes)};
}

void MlpEvaluator::hvp(const double* theta, const double* V, Index v_stride, double* HV,
                       Index hv_stride, Index k) const {
  implementation_->hvp_once(theta, V, v_stride, HV, hv_stride, k);
}

void MlpEvaluator::third(const double* theta, const double* u, const double* V, Index v_stride,
                         double* TUV, Index t_stride, Index k) const {
  implementation_->third(theta, u, V, v_stride, TUV, t_stride, k);
}

void MlpEvaluator::outputs(const double* theta, double* f) const {
  implementation_->outputs(theta, nullptr, n_samples(), f);
}

void MlpEvaluator::outputs(const double* theta, const double* x, Index n, double* f) const {
  if (n > 0) implementation_->outputs(theta, x, n, f);
}

double MlpEvaluator::value(const double* theta, const MlpSamples& samples) const {
  check(shape(), samples);
  return implementation_->value(theta, samples);
}

double MlpEvaluator::accuracy(const double* theta) const {
  if (!implementation_->has_labels()) throw ModelError("accuracy needs samples with labels");
  return implementation_->accuracy(theta, nullptr);
}

double MlpEvaluator::accuracy(const double* theta, const MlpSamples& samples) const {
  if (samples.n < 1 || !samples.x || !samples.labels)
    throw ModelError("accuracy needs samples with labels");
  check_labels(shape(), samples);
  return implementation_->accuracy(theta, &samples);
}

using Linearisation = MlpEvaluator::Linearisation;

Linearisation::Linearisation(Linearisation&& other) noexcept
    : owner_(other.owner_), pass_(std::exchange(other.pass_, nullptr)) {}

Linearisation::~Linearisation() {
  if (pass_) owner_->release(pass_);
}

double Linearisation::value() const { return pass_->value; }
bool Linearisation::cached() const { return pass_->cached; }
void Linearisation::gradient(double* g) const { owner_->gradient(*pass_, g); }

void Linearisation::hvp(const double* V, Index v_stride, double* HV, Index hv_stride,
                        Index k) const {
  owner_->product(*pass_, Matrix::hessian, V, v_stride, HV, hv_stride, k);
}

void Linearisation::product(Matrix matrix, const double* V, Index v_stride, double* MV,
                            Index mv_stride, Index k) const {
  owner_->product(*pass_, matrix, V, v_stride, MV, mv_stride, k);
}

}  // namespace thalweg::mlp_kernel
