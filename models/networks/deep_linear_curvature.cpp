// Second and third derivatives of a deep linear network, and its Gauss-Newton and Fisher matrices.
#include <thalweg/models/networks/deep_linear_task.hpp>

#include <utility>

namespace thalweg {

void DeepLinear::hvp(In q, In v, Out Hv) const {
  const auto& task = *task_;
  const std::size_t L = task.layers();
  auto& w = task.workspace();
  task.forward(q, w, true);
  task.lose(w);
  w.RB[1] = task.W(v, 1);
  for (std::size_t l = 2; l <= L; ++l) {
    w.RB[l].noalias() = task.W(v, l) * w.B[l - 1];
    w.RB[l].noalias() += task.W(q, l) * w.RB[l - 1];
  }
  if (task.white)
    w.RD[L] = task.scale * w.RB[L];
  else
    w.RD[L].noalias() = task.scale * w.RB[L] * task.Sxx;
  for (std::size_t l = L; l >= 2; --l) {
    w.D[l - 1].noalias() = task.W(q, l).transpose() * w.D[l];
    w.RD[l - 1].noalias() = task.W(v, l).transpose() * w.D[l];
    w.RD[l - 1].noalias() += task.W(q, l).transpose() * w.RD[l];
    task.W(Hv, l).noalias() = w.RD[l] * w.B[l - 1].transpose();
    task.W(Hv, l).noalias() += w.D[l] * w.RB[l - 1].transpose();
  }
  task.W(Hv, 1) = w.RD[1];
}

// R-operator along u and v at once; every term of a product has each direction at most once.
void DeepLinear::third(In q, In u, In v, Out Tuv) const {
  const auto& task = *task_;
  const std::size_t L = task.layers();
  auto& w = task.workspace();
  task.forward(q, w, true);
  task.lose(w);
  thread_local std::vector<Mat> Bu, Bv, Buv, Du, Dv, Duv;
  for (auto* list : {&Bu, &Bv, &Buv, &Du, &Dv, &Duv})
    if (list->size() < L + 1) list->resize(L + 1);
  Bu[1] = task.W(u, 1);
  Bv[1] = task.W(v, 1);
  Buv[1] = Mat::Zero(Bu[1].rows(), Bu[1].cols());
  for (std::size_t l = 2; l <= L; ++l) {
    Bu[l] = task.W(u, l) * w.B[l - 1] + task.W(q, l) * Bu[l - 1];
    Bv[l] = task.W(v, l) * w.B[l - 1] + task.W(q, l) * Bv[l - 1];
    Buv[l] = task.W(u, l) * Bv[l - 1] + task.W(v, l) * Bu[l - 1] + task.W(q, l) * Buv[l - 1];
  }
  const auto curve = [&](const Mat& change) -> Mat {
    return task.white ? Mat(task.scale * change) : Mat(task.scale * change * task.Sxx);
  };
  Du[L] = curve(Bu[L]);
  Dv[L] = curve(Bv[L]);
  Duv[L] = curve(Buv[L]);
  for (std::size_t l = L; l >= 2; --l) {
    const auto W = task.W(q, l).transpose(), U = task.W(u, l).transpose(),
               V = task.W(v, l).transpose();
    task.W(Tuv, l) = Duv[l] * w.B[l - 1].transpose() + Du[l] * Bv[l - 1].transpose() +
                     Dv[l] * Bu[l - 1].transpose() + w.D[l] * Buv[l - 1].transpose();
    w.D[l - 1] = W * w.D[l];
    Du[l - 1] = U * w.D[l] + W * Du[l];
    Dv[l - 1] = V * w.D[l] + W * Dv[l];
    Duv[l - 1] = U * Dv[l] + V * Du[l] + W * Duv[l];
  }
  task.W(Tuv, 1) = Duv[1];
}

bool DeepLinear::has_curvature(CurvatureKind kind) const {
  return kind != CurvatureKind::empirical_fisher || !task_->white;
}

// With the change RP of the product along v: Gauss-Newton takes scale RP Sxx back through the
// layers, the empirical Fisher matrix scale mean_s e_s x_s^T (e_s . RP x_s).
class DeepLinear::CurvatureAt final : public Curvature {
 public:
  CurvatureAt(std::shared_ptr<const Task> task, In q, CurvatureKind kind)
      : task_(std::move(task)), q_(q), of_samples_(kind == CurvatureKind::empirical_fisher) {
    const std::size_t L = task_->layers();
    work_.B.resize(L + 1);
    work_.D.resize(L + 1);
    RB_.resize(L + 1);
    task_->forward(q_, work_, true);
    if (of_samples_) E_ = task_->data->X * work_.B[L].transpose() - task_->data->Y;
  }
  void hvp(MatIn V, MatOut HV) override {
    for (Index j = 0; j < V.cols(); ++j) product(V.col(j), HV.col(j));
  }

 private:
  void product(In v, Out out) {
    const std::size_t L = task_->layers();
    RB_[1] = task_->W(v, 1);
    for (std::size_t l = 2; l <= L; ++l) {
      RB_[l].noalias() = task_->W(v, l) * work_.B[l - 1];
      RB_[l].noalias() += task_->W(In(q_), l) * RB_[l - 1];
    }
    if (of_samples_) {
      const Samples& X = task_->data->X;
      F_.noalias() = X * RB_[L].transpose();
      change_ =
          (task_->scale / static_cast<double>(X.rows())) * E_.cwiseProduct(F_).rowwise().sum();
      F_ = E_.array().colwise() * change_.array();
      work_.D[L].noalias() = F_.transpose() * X;
    } else if (task_->white) {
      work_.D[L] = task_->scale * RB_[L];
    } else {
      work_.D[L].noalias() = task_->scale * RB_[L] * task_->Sxx;
    }
    task_->backward(q_, work_, true, out);
  }

  std::shared_ptr<const Task> task_;
  Vec q_;
  bool of_samples_;
  Task::Workspace work_;
  std::vector<Mat> RB_;
  Samples E_, F_;
  Vec change_;
};

std::unique_ptr<Curvature> DeepLinear::curvature(In q, CurvatureKind kind) const {
  return std::make_unique<CurvatureAt>(task_, q, kind);
}

}  // namespace thalweg
