// Matrices of DepthNetwork through the solver, product by product, and its loss with frozen steps.
#include <thalweg/models/depth/depth_network.hpp>
#include <thalweg/models/depth/depth_network_work.hpp>

#include <thalweg/core/parallel.hpp>
#include <utility>

namespace thalweg {

// After solve: dX and dF along v, from equal starts.
void DepthNetwork::push(Work& w, In q, In v) const {
  const Index C = loss_.outputs(), d = field_->width();
  w.zero.setZero(d, w.A0.cols());
  w.dX.resize(d, w.X.cols());
  w.dX_bar.resize(d, w.X.cols());
  for (Mat* m : {&w.dF, &w.dF_bar}) m->resize(C, w.X.cols());
  w.flow->forward_tangent(v.head(n_theta_), w.zero, w.dX);
  if (!has_readout()) {
    w.dF = w.dX.topRows(C);
    return;
  }
  const Eigen::Map<const Samples> R(q.data() + n_theta_, C, d), dR(v.data() + n_theta_, C, d);
  w.dF.noalias() = R * w.dX + dR * w.X;
  w.dF.colwise() += v.tail(C);
}

// After solve: the block's part of the Hessian product.
void DepthNetwork::product(Work& w, In q, In v, Out Hv) const {
  const Index C = loss_.outputs(), d = field_->width();
  push(w, q, v);
  loss_.second(w.F, w.dF, w.dF_bar);
  w.dF_bar *= w.weight;
  Hv.setZero();
  if (has_readout()) {
    const Eigen::Map<const Samples> R(q.data() + n_theta_, C, d), dR(v.data() + n_theta_, C, d);
    Eigen::Map<Samples> R_bar(Hv.data() + n_theta_, C, d);
    R_bar.noalias() = w.dF_bar * w.X.transpose() + w.F_bar * w.dX.transpose();
    Hv.tail(C) = w.dF_bar.rowwise().sum();
    w.X_bar.noalias() = R.transpose() * w.F_bar;
    w.dX_bar.noalias() = R.transpose() * w.dF_bar + dR.transpose() * w.F_bar;
  } else {
    w.X_bar.topRows(C) = w.F_bar;
    w.dX_bar.topRows(C) = w.dF_bar;
    w.X_bar.bottomRows(d - C).setZero();
    w.dX_bar.bottomRows(d - C).setZero();
  }
  w.flow->backward_tangent(w.X_bar, w.dX_bar, w.bar, Hv.head(n_theta_));
}

// After solve: the block's part of J' M J v, with the Jacobian J of the outputs and M the second
// derivative of the loss, or the products of its gradients.
void DepthNetwork::linear_product(Work& w, In q, In v, CurvatureKind kind, Out Hv) const {
  const Index C = loss_.outputs(), d = field_->width();
  push(w, q, v);
  if (kind == CurvatureKind::empirical_fisher)
    for (Index j = 0; j < w.F.cols(); ++j)  // F_bar has the weight in it
      w.dF_bar.col(j) = (w.F_bar.col(j).dot(w.dF.col(j)) / w.weight) * w.F_bar.col(j);
  else {
    loss_.second(w.F, w.dF, w.dF_bar);
    w.dF_bar *= w.weight;
  }
  Hv.setZero();
  if (has_readout()) {
    const Eigen::Map<const Samples> R(q.data() + n_theta_, C, d);
    Eigen::Map<Samples> R_bar(Hv.data() + n_theta_, C, d);
    R_bar.noalias() = w.dF_bar * w.X.transpose();
    Hv.tail(C) = w.dF_bar.rowwise().sum();
    w.dX_bar.noalias() = R.transpose() * w.dF_bar;
  } else {
    w.dX_bar.topRows(C) = w.dF_bar;
    w.dX_bar.bottomRows(d - C).setZero();
  }
  w.flow->backward_linear(w.dX_bar, w.bar, Hv.head(n_theta_));
}

class DepthNetwork::CurvatureAt final : public Curvature {
 public:
  CurvatureAt(const DepthNetwork& owner, In q, CurvatureKind kind)
      : owner_(owner),
        kind_(kind),
        l2_(kind == CurvatureKind::hessian || kind == CurvatureKind::gauss_newton
                ? owner.options_.factors.l2
                : 0.0),
        q_(q),
        leases_(owner.solve_all(q_)),
        parts_(owner.dim(), static_cast<Index>(leases_.size())) {}
  void hvp(MatIn V, MatOut HV) override {
    for (Index j = 0; j < V.cols(); ++j) {
      parallel_for(parts_.cols(), [&](std::ptrdiff_t c, int) {
        Work& w = *leases_[static_cast<std::size_t>(c)].work;
        if (kind_ == CurvatureKind::hessian)
          owner_.product(w, q_, V.col(j), parts_.col(c));
        else
          owner_.linear_product(w, q_, V.col(j), kind_, parts_.col(c));
      });
      HV.col(j) = l2_ * V.col(j);
      for (Index c = 0; c < parts_.cols(); ++c) HV.col(j) += parts_.col(c);
    }
  }

 private:
  const DepthNetwork& owner_;
  CurvatureKind kind_;
  double l2_;
  Vec q_;
  std::vector<Lease> leases_;
  Mat parts_;
};

std::unique_ptr<Curvature> DepthNetwork::curvature(In q, CurvatureKind kind) const {
  return std::make_unique<CurvatureAt>(*this, q, kind);
}

void DepthNetwork::hvp(In q, In v, Out Hv) const { at(q)->hvp(v, Hv); }

// Every block of samples, solved at q.
std::vector<DepthNetwork::Lease> DepthNetwork::solve_all(In q) const {
  const Index chunks = chunks_of(all_rows_.size());
  const double weight = factor(samples_);
  std::vector<Lease> leases;
  for (Index c = 0; c < chunks; ++c) leases.push_back(lease());
  parallel_for(chunks, [&](std::ptrdiff_t c, int) {
    solve(*leases[static_cast<std::size_t>(c)].work, q, chunk_of(all_rows_, c), false, weight);
  });
  return leases;
}

std::function<double(In)> DepthNetwork::with_steps_of(In at) const {
  if (!freezes_steps_) return {};
  const auto leases = std::make_shared<const std::vector<Lease>>(solve_all(at));
  return [this, leases](In q) {
    const auto chunks = static_cast<Index>(leases->size());
    Vec values(chunks);
    parallel_for(chunks, [&](std::ptrdiff_t c, int) {
      Work& w = *(*leases)[static_cast<std::size_t>(c)].work;
      w.flow->forward_frozen(q.head(n_theta_), w.A0, w.X);
      values[c] = losses(w, q, chunk_of(all_rows_, c), false, factor(samples_));
    });
    double value = 0.0;
    for (Index c = 0; c < chunks; ++c) value += values[c];
    return value + 0.5 * options_.factors.l2 * q.squaredNorm();
  };
}

}  // namespace thalweg
