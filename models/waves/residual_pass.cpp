#include <thalweg/models/waves/residual_pass.hpp>

#include <cmath>
#include <thalweg/models/networks/kernel/dispatch.hpp>

namespace thalweg {

namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Weights = Eigen::Map<const RowMajor>;
using Bias = Eigen::Map<const Vec>;

// The parts of the flat vector at `layer`.
struct Layer {
  Weights K;
  Bias b;
  Layer(const ResidualShape& s, const double* layer)
      : K(layer, s.units, s.width), b(layer + s.units * s.width, s.units) {}
};

struct Readout {
  Weights W;
  Bias c;
  Readout(const ResidualShape& s, const double* theta)
      : W(theta + s.layers * s.layer_size(), s.outputs, s.width),
        c(theta + s.layers * s.layer_size() + s.outputs * s.width, s.outputs) {}
};

struct ReadoutGradient {
  Eigen::Map<RowMajor> W;
  Eigen::Map<Vec> c;
  ReadoutGradient(const ResidualShape& s, double* g)
      : W(g + s.layers * s.layer_size(), s.outputs, s.width),
        c(g + s.layers * s.layer_size() + s.outputs * s.width, s.outputs) {}
};

// next = 2 x - before - push or x - push, put where `before` was; then the two change places.
void advance(bool hyperbolic, Mat& x, Mat& before, const Mat& push) {
  if (hyperbolic)
    before = 2.0 * x - before - push;
  else
    before = x - push;
  x.swap(before);
}

}  // namespace

void ResidualPass::activate(const ResidualShape& s, const double* layer, bool second) {
  const Layer at(s, layer);
  Z_.noalias() = at.K * x_;
  Z_.colwise() += at.b;
  A_.resize(s.units, block);
  D_.resize(s.units, block);
  if (second) D2_.resize(s.units, block);
  mlp_kernel::active_kernels().f64.activate(s.activation, Z_.data(), A_.data(), D_.data(),
                                            second ? D2_.data() : nullptr, nullptr, Z_.size());
}

void ResidualPass::forward(const ResidualShape& s, const double* theta, const Columns& x0) {
  x_ = before_ = x0;
  if (!s.hyperbolic) stored_.resize(static_cast<std::size_t>(s.layers));
  for (Index t = 0; t < s.layers; ++t) {
    const double* layer = theta + t * s.layer_size();
    if (!s.hyperbolic) stored_[static_cast<std::size_t>(t)] = x_;
    activate(s, layer, false);
    push_.noalias() = s.factor() * (Layer(s, layer).K.transpose() * A_);
    advance(s.hyperbolic, x_, before_, push_);
  }
  const Readout out(s, theta);
  f_.noalias() = out.W * x_;
  f_.colwise() += out.c;
}

double ResidualPass::loss(const ResidualShape& s, const Columns& Y, const Vec& weight) {
  double sum = 0.0;
  df_.resize(s.outputs, block);
  for (Index j = 0; j < block; ++j) {
    if (s.classes) {
      const double most = f_.col(j).maxCoeff();
      df_.col(j) = (f_.col(j).array() - most).exp();
      const double total = df_.col(j).sum();
      df_.col(j) /= total;
      sum += weight[j] * (std::log(total) + most - f_.col(j).dot(Y.col(j)));
      df_.col(j) = weight[j] * (df_.col(j) - Y.col(j));
    } else {
      df_.col(j) = weight[j] * (f_.col(j) - Y.col(j));
      sum += 0.5 * weight[j] * (f_.col(j) - Y.col(j)).squaredNorm();
    }
  }
  return sum;
}

// Through x_{t+1} = 2 x_t - x_{t-1} - s K' phi(K x_t + b), P = dL/dx_{t+1} and Q = dL/dx_t:
//   dL/dK = -s (phi P' + (phi' K P) x_t'),  dL/db = -s sum phi' K P,
//   dL/dx_t = Q + 2 P - s K' (phi' K P),  dL/dx_{t-1} = -P.
void ResidualPass::backward(const ResidualShape& s, const double* theta, double* g,
                            std::vector<double>* sizes, Mat* x0) {
  const double factor = s.factor();
  ReadoutGradient out(s, g);
  out.W.noalias() = df_ * x_.transpose();
  out.c = df_.rowwise().sum();
  P_.noalias() = Readout(s, theta).W.transpose() * df_;
  Q_.setZero(s.width, block);
  if (sizes) sizes->assign(static_cast<std::size_t>(s.layers + 1), P_.squaredNorm());
  for (Index t = s.layers - 1; t >= 0; --t) {
    const double* at = theta + t * s.layer_size();
    const Layer layer(s, at);
    // From (x_{t+1}, x_t) to (x_t, x_{t-1}).
    if (s.hyperbolic)
      x_.swap(before_);
    else
      x_ = stored_[static_cast<std::size_t>(t)];
    activate(s, at, false);
    if (s.hyperbolic) {
      push_.noalias() = factor * (layer.K.transpose() * A_);
      before_ = 2.0 * x_ - before_ - push_;
    }
    KP_.noalias() = layer.K * P_;
    E_ = D_.cwiseProduct(KP_);
    Eigen::Map<RowMajor> gK(g + t * s.layer_size(), s.units, s.width);
    gK.noalias() = -factor * (A_ * P_.transpose());
    gK.noalias() -= factor * (E_ * x_.transpose());
    Eigen::Map<Vec>(g + t * s.layer_size() + s.units * s.width, s.units) =
        -factor * E_.rowwise().sum();
    push_.noalias() = factor * (layer.K.transpose() * E_);
    Q_ += (s.hyperbolic ? 2.0 : 1.0) * P_ - push_;
    P_.swap(Q_);  // Q_ is the old P: dL/dx_{t-1} = -P, or nothing
    Q_ *= s.hyperbolic ? -1.0 : 0.0;
    // The input is x_0 and x_{-1}: its own derivative has both.
    if (sizes)
      (*sizes)[static_cast<std::size_t>(t)] = t > 0 ? P_.squaredNorm() : (P_ + Q_).squaredNorm();
  }
  if (x0) *x0 = x_;
}

// The derivative of all of the above along v (R of Pearlmutter, Neural Computation 6, 1994), which
// is reversible as well.
void ResidualPass::hessian_product(const ResidualShape& s, const double* theta, const Columns& x0,
                                   const Vec& weight, const double* v, double* Hv) {
  const double factor = s.factor(), two = s.hyperbolic ? 2.0 : 1.0;
  x_ = before_ = x0;
  Rx_.setZero(s.width, block);
  Rbefore_.setZero(s.width, block);
  if (!s.hyperbolic) Rstored_.resize(static_cast<std::size_t>(s.layers));
  const auto tangent = [&](Index t, bool second) {  // Z, phi, phi', phi'' and R of Z, A, K' A
    const double *at = theta + t * s.layer_size(), *along = v + t * s.layer_size();
    const Layer layer(s, at), dot(s, along);
    activate(s, at, second);
    RZ_.noalias() = dot.K * x_;
    RZ_.noalias() += layer.K * Rx_;
    RZ_.colwise() += dot.b;
    RA_ = D_.cwiseProduct(RZ_);
  };
  const auto push = [&](const Mat& a, const Mat& Ra, Index t) {  // R of s K' a
    const Layer layer(s, theta + t * s.layer_size()), dot(s, v + t * s.layer_size());
    push_.noalias() = factor * (dot.K.transpose() * a);
    push_.noalias() += factor * (layer.K.transpose() * Ra);
  };
  for (Index t = 0; t < s.layers; ++t) {
    if (!s.hyperbolic) {
      stored_[static_cast<std::size_t>(t)] = x_;
      Rstored_[static_cast<std::size_t>(t)] = Rx_;
    }
    tangent(t, false);
    push(A_, RA_, t);
    advance(s.hyperbolic, Rx_, Rbefore_, push_);
    push_.noalias() = factor * (Layer(s, theta + t * s.layer_size()).K.transpose() * A_);
    advance(s.hyperbolic, x_, before_, push_);
  }
  const Readout out(s, theta), dot_out(s, v);
  Rf_.noalias() = dot_out.W * x_;
  Rf_.noalias() += out.W * Rx_;
  Rf_.colwise() += dot_out.c;
  Rdf_.resize(s.outputs, block);
  for (Index j = 0; j < block; ++j) {
    if (s.classes) {
      const double most = f_.col(j).maxCoeff();
      Vec p = (f_.col(j).array() - most).exp();
      p /= p.sum();
      Rdf_.col(j) = weight[j] * (p.cwiseProduct(Rf_.col(j)) - p.dot(Rf_.col(j)) * p);
    } else {
      Rdf_.col(j) = weight[j] * Rf_.col(j);
    }
  }
  ReadoutGradient out_v(s, Hv);
  out_v.W.noalias() = Rdf_ * x_.transpose();
  out_v.W.noalias() += df_ * Rx_.transpose();
  out_v.c = Rdf_.rowwise().sum();
  P_.noalias() = out.W.transpose() * df_;
  RP_.noalias() = dot_out.W.transpose() * df_;
  RP_.noalias() += out.W.transpose() * Rdf_;
  Q_.setZero(s.width, block);
  RQ_.setZero(s.width, block);
  for (Index t = s.layers - 1; t >= 0; --t) {
    const Layer layer(s, theta + t * s.layer_size()), dot(s, v + t * s.layer_size());
    if (s.hyperbolic) {
      x_.swap(before_);
      Rx_.swap(Rbefore_);
    } else {
      x_ = stored_[static_cast<std::size_t>(t)];
      Rx_ = Rstored_[static_cast<std::size_t>(t)];
    }
    tangent(t, true);
    if (s.hyperbolic) {
      push(A_, RA_, t);
      Rbefore_ = 2.0 * Rx_ - Rbefore_ - push_;
      push_.noalias() = factor * (layer.K.transpose() * A_);
      before_ = 2.0 * x_ - before_ - push_;
    }
    KP_.noalias() = layer.K * P_;
    RKP_.noalias() = dot.K * P_;
    RKP_.noalias() += layer.K * RP_;
    E_ = D_.cwiseProduct(KP_);
    RE_ = D2_.cwiseProduct(RZ_).cwiseProduct(KP_) + D_.cwiseProduct(RKP_);
    Eigen::Map<RowMajor> HK(Hv + t * s.layer_size(), s.units, s.width);
    HK.noalias() = -factor * (RA_ * P_.transpose());
    HK.noalias() -= factor * (A_ * RP_.transpose());
    HK.noalias() -= factor * (RE_ * x_.transpose());
    HK.noalias() -= factor * (E_ * Rx_.transpose());
    Eigen::Map<Vec>(Hv + t * s.layer_size() + s.units * s.width, s.units) =
        -factor * RE_.rowwise().sum();
    push(E_, RE_, t);
    RQ_ += two * RP_ - push_;
    RP_.swap(RQ_);
    RQ_ *= s.hyperbolic ? -1.0 : 0.0;
    push_.noalias() = factor * (layer.K.transpose() * E_);
    Q_ += two * P_ - push_;
    P_.swap(Q_);
    Q_ *= s.hyperbolic ? -1.0 : 0.0;
  }
}

}  // namespace thalweg
