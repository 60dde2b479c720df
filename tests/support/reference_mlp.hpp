// The multilayer perceptron written plainly, sample by sample, for any scalar: long double checks
// values and gradients, std::complex gives derivatives by a complex step (Squire & Trapp, SIAM
// Review 40 (1998) 110). Loss and parameters as in models/networks/kernel/mlp_evaluate.hpp.
#pragma once
#include <thalweg/models/networks/kernel/mlp_evaluate.hpp>

#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

namespace thalweg::reference {

using mlp_kernel::Activation;
using mlp_kernel::Index;
using mlp_kernel::Loss;
using mlp_kernel::MlpSamples;
using mlp_kernel::MlpShape;
using Real = long double;

inline Real real(Real x) { return x; }
inline Real real(const std::complex<Real>& z) { return z.real(); }
inline Real erf(Real x) { return std::erf(x); }
// Exact to first order in the imaginary part, which is all that a complex step needs.
inline std::complex<Real> erf(const std::complex<Real>& z) {
  const Real x = z.real();
  return {std::erf(x), z.imag() * 2 * std::numbers::inv_sqrtpi_v<Real> * std::exp(-x * x)};
}

template <class S>
struct Jet {
  S value, first;
};

template <class S>
Jet<S> activate(Activation activation, const S& z) {
  using std::exp, std::log, std::tanh;
  const Real root_half = std::numbers::sqrt2_v<Real> / 2;
  const Real inv_sqrtpi = std::numbers::inv_sqrtpi_v<Real>;
  const S one = Real(1);
  switch (activation) {
    case Activation::identity:
      return {z, one};
    case Activation::tanh: {
      const S a = tanh(z);
      return {a, one - a * a};
    }
    case Activation::relu:
      return real(z) > 0 ? Jet<S>{z, one} : Jet<S>{S(0), S(0)};
    case Activation::gelu: {
      const S cdf = (one + erf(S(z * root_half))) / Real(2);
      return {z * cdf, cdf + z * (root_half * inv_sqrtpi) * exp(-z * z / Real(2))};
    }
    case Activation::erf:
      return {erf(z), Real(2) * inv_sqrtpi * exp(-z * z)};
    case Activation::sigmoid: {
      const S a = one / (one + exp(-z));
      return {a, a * (one - a)};
    }
    case Activation::softplus:
      return {log(one + exp(z)), one / (one + exp(-z))};
  }
  return {};
}

// Loss of one sample and its derivative by the outputs f.
template <class S>
S sample_loss(const MlpShape& shape, const MlpSamples& samples, Index s, const std::vector<S>& f,
              std::vector<S>& df) {
  using std::exp, std::log;
  const auto outputs = static_cast<Index>(f.size());
  S loss = 0;
  if (shape.loss == Loss::mse) {
    for (Index o = 0; o < outputs; ++o) {
      df[o] = f[o] - Real(samples.targets[s * outputs + o]);
      loss += df[o] * df[o] / Real(2);
    }
  } else if (shape.loss == Loss::cross_entropy) {
    Real top = real(f[0]);
    for (const S& x : f) top = std::max(top, real(x));
    S partition = 0;
    for (const S& x : f) partition += exp(x - top);
    for (Index o = 0; o < outputs; ++o) df[o] = exp(f[o] - top) / partition;
    df[samples.labels[s]] -= Real(1);
    loss = log(partition) + top - f[samples.labels[s]];
  } else {
    const Real y = samples.labels[s];
    df[0] = Real(1) / (Real(1) + exp(-f[0])) - y;
    loss = log(Real(1) + exp(f[0])) - y * f[0];
  }
  return loss;
}

template <class S>
struct Evaluation {
  S loss = 0;
  std::vector<S> gradient;
  std::vector<S> outputs;  // n x outputs
};

// With the loss given as a function (sample, outputs, derivative by the outputs) -> loss.
template <class S, class SampleLoss>
Evaluation<S> evaluate(const MlpShape& shape, const MlpSamples& samples,
                       const std::vector<S>& theta, SampleLoss loss) {
  const auto L = static_cast<Index>(shape.widths.size()) - 1;
  Evaluation<S> result;
  result.gradient.assign(theta.size(), S(0));
  const Real factor = Real(shape.scale) / samples.n;
  std::vector<std::vector<S>> a(L + 1), first(L + 1);
  for (Index s = 0; s < samples.n; ++s) {
    a[0].assign(samples.x + s * shape.inputs(), samples.x + (s + 1) * shape.inputs());
    Index at = 0;
    for (Index l = 1; l <= L; ++l) {
      const Index in = shape.widths[l - 1], out = shape.widths[l];
      a[l].assign(out, S(0));
      first[l].assign(out, S(1));
      for (Index o = 0; o < out; ++o) {
        S z = shape.bias ? theta[at + out * in + o] : S(0);
        for (Index i = 0; i < in; ++i) z += theta[at + o * in + i] * a[l - 1][i];
        const Jet<S> jet = l < L ? activate(shape.activation, z) : Jet<S>{z, S(1)};
        a[l][o] = jet.value;
        first[l][o] = jet.first;
      }
      at += out * in + (shape.bias ? out : 0);
    }
    result.outputs.insert(result.outputs.end(), a[L].begin(), a[L].end());
    std::vector<S> delta(a[L].size());
    result.loss += factor * loss(s, a[L], delta);
    for (Index l = L; l >= 1; --l) {
      const Index in = shape.widths[l - 1], out = shape.widths[l];
      at -= out * in + (shape.bias ? out : 0);
      std::vector<S> below(in, S(0));
      for (Index o = 0; o < out; ++o) {
        const S d = delta[o] * first[l][o];
        for (Index i = 0; i < in; ++i) {
          result.gradient[at + o * in + i] += factor * d * a[l - 1][i];
          below[i] += theta[at + o * in + i] * d;
        }
        if (shape.bias) result.gradient[at + out * in + o] += factor * d;
      }
      delta = below;
    }
  }
  return result;
}

template <class S>
Evaluation<S> evaluate(const MlpShape& shape, const MlpSamples& samples,
                       const std::vector<S>& theta) {
  return evaluate(shape, samples, theta, [&](Index s, const std::vector<S>& f, std::vector<S>& df) {
    return sample_loss(shape, samples, s, f, df);
  });
}

// theta + i h v.
inline std::vector<std::complex<Real>> complex_step(const std::vector<double>& theta,
                                                    const std::vector<double>& v, Real h) {
  std::vector<std::complex<Real>> z(theta.size());
  for (std::size_t i = 0; i < z.size(); ++i) z[i] = {Real(theta[i]), h * Real(v[i])};
  return z;
}

// H v as the derivative of the gradient along v.
inline std::vector<double> hessian_product(const MlpShape& shape, const MlpSamples& samples,
                                           const std::vector<double>& theta,
                                           const std::vector<double>& v) {
  const Real h = 1e-40L;
  const auto at = evaluate(shape, samples, complex_step(theta, v, h));
  std::vector<double> product;
  for (const auto& g : at.gradient) product.push_back(static_cast<double>(g.imag() / h));
  return product;
}

// J' H_loss J v: H_loss J v of each sample by a complex step through outputs and loss, then J' as
// the gradient of a loss that has it as derivative by the outputs.
inline std::vector<double> gauss_newton_product(const MlpShape& shape, const MlpSamples& samples,
                                                const std::vector<double>& theta,
                                                const std::vector<double>& v) {
  const Real h = 1e-40L;
  std::vector<std::vector<Real>> change;
  evaluate(shape, samples, complex_step(theta, v, h),
           [&](Index s, const auto& f, auto& df) -> std::complex<Real> {
             const auto loss = sample_loss(shape, samples, s, f, df);
             change.emplace_back();
             for (const auto& d : df) change.back().push_back(d.imag() / h);
             return loss;
           });
  const auto at = evaluate(shape, samples, std::vector<Real>(theta.begin(), theta.end()),
                           [&](Index s, const auto&, auto& df) {
                             df = change[static_cast<std::size_t>(s)];
                             return Real(0);
                           });
  return {at.gradient.begin(), at.gradient.end()};
}

// dL/dtheta_i from the loss alone.
inline double derivative(const MlpShape& shape, const MlpSamples& samples,
                         const std::vector<double>& theta, std::size_t i) {
  const Real h = 1e-40L;
  std::vector<double> v(theta.size(), 0.0);
  v[i] = 1;
  return static_cast<double>(evaluate(shape, samples, complex_step(theta, v, h)).loss.imag() / h);
}

}  // namespace thalweg::reference
