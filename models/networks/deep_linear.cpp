#include <thalweg/models/networks/deep_linear.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thalweg/core/error.hpp>
#include <thalweg/models/networks/layer_symmetries.hpp>
#include <thalweg/models/networks/learning_observables.hpp>
#include <thalweg/models/networks/two_layer_mode.hpp>
#include <thalweg/numerics/dense.hpp>
#include <utility>

namespace thalweg {

namespace {

using ConstBlock = Eigen::Map<const Samples>;
using MutableBlock = Eigen::Map<Samples>;

// Matrices of one evaluation, kept between calls: B[l] = W^l ... W^1 (times the batch),
// D[l] = dL/d(W^l ... W^1), and their tangents.
struct Workspace {
  std::vector<Mat> B, D, RB, RD;
  Mat error;
};

Workspace& workspace(std::size_t layers) {
  thread_local Workspace w;
  for (auto* list : {&w.B, &w.D, &w.RB, &w.RD})
    if (list->size() < layers + 1) list->resize(layers + 1);
  return w;
}

}  // namespace

struct DeepLinear::Task {
  std::vector<Index> widths;   // input, hidden, output
  std::vector<Index> offsets;  // of W^l at [l - 1]; the end is dim
  double scale = 1.0;
  bool white = true;
  Mat Sxx, best, U, V;  // best = P*; U, V, s: singular system of Syx
  Vec s;
  double floor = 0.0, minimum = 0.0;  // without and with the bottleneck
  std::shared_ptr<const Dataset> data{};

  [[nodiscard]] std::size_t layers() const { return widths.size() - 1; }
  [[nodiscard]] Index dim() const { return offsets.back(); }
  [[nodiscard]] ConstBlock W(In q, std::size_t l) const {
    return {q.data() + offsets[l - 1], widths[l], widths[l - 1]};
  }
  [[nodiscard]] MutableBlock W(Out q, std::size_t l) const {
    return {q.data() + offsets[l - 1], widths[l], widths[l - 1]};
  }

  // B[l] for l >= 1 from B[0], or from the identity that is never multiplied when `from_identity`.
  void forward(In q, Workspace& w, bool from_identity) const {
    if (from_identity)
      w.B[1] = W(q, 1);
    else
      w.B[1].noalias() = W(q, 1) * w.B[0];
    for (std::size_t l = 2; l <= layers(); ++l) w.B[l].noalias() = W(q, l) * w.B[l - 1];
  }
  // Gradient from D[L].
  void backward(In q, Workspace& w, bool from_identity, Out g) const {
    for (std::size_t l = layers(); l >= 1; --l) {
      if (l == 1 && from_identity)
        W(g, 1) = w.D[1];
      else
        W(g, l).noalias() = w.D[l] * w.B[l - 1].transpose();
      if (l > 1) w.D[l - 1].noalias() = W(q, l).transpose() * w.D[l];
    }
  }
  // D[L] = scale (P - P*) Sxx and the loss.
  double lose(Workspace& w) const {
    const std::size_t L = layers();
    w.error = w.B[L] - best;
    if (white)
      w.D[L] = scale * w.error;
    else
      w.D[L].noalias() = scale * w.error * Sxx;
    return 0.5 * w.error.cwiseProduct(w.D[L]).sum() + scale * floor;
  }
};

Doc DeepLinear::doc() {
  return {"deep linear network, on a data set or on white inputs with given singular values",
          "L = scale mean |W^L ... W^1 x - y|^2 / 2;\n"
          "aligned modes of two layers: u(t) = s e^(2st)/(e^(2st) - 1 + s/u0)",
          "A. Saxe, J. McClelland and S. Ganguli, Exact solutions to the nonlinear dynamics of "
          "learning in deep linear neural networks, 2014",
          "gradient flow conserves W^(l+1)^T W^(l+1) - W^l W^l^T; start = \"aligned\" is balanced "
          "(these are 0) and along the singular vectors of mean(y x^T), so that modes stay apart "
          "when the inputs are white; target singular vectors are random, from target_seed"};
}

void DeepLinear::fields(Fields& f) {
  f("hidden", hidden, "1", "widths of the hidden layers", at_least(1));
  f("scale", scale, "1", "factor of the loss", positive());
  f("inputs", inputs, "", "white: mean(x x^T) = 1 and a target given by its singular values",
    one_of({"white", "data"}));
  const bool all = !f.reading();
  if (all || inputs == "white") {
    f("singular_values", singular_values, "1",
      "white: of the target; input and output widths are "
      "their number",
      at_least(0.0));
    f("target_seed", target_seed, "1", "white: seed of the target's singular vectors", at_least(0));
    if (!all && singular_values.empty()) f.reject("singular_values", "must not be empty");
  }
  f("start", start, "", "aligned with the target's singular vectors and balanced, or random",
    one_of({"aligned", "random"}));
  if (all || start == "aligned")
    f("strength", strength, "1", "aligned: initial strength u0 of every mode", positive());
  if (all || start == "random") f("init", init, "", "random start");
  if (all || inputs == "data") data.fields(f);
}

void DeepLinear::prepare() {
  auto task = std::make_shared<Task>();
  task->scale = scale;
  task->white = inputs == "white";
  Mat Syx;
  Index d = static_cast<Index>(singular_values.size()), C = d;
  if (task->white) {
    Rng rng(static_cast<std::uint64_t>(target_seed), "deep_linear.target");
    std::sort(singular_values.begin(), singular_values.end(), std::greater<>());
    task->s = Eigen::Map<const Vec>(singular_values.data(), d);
    task->U = random_orthogonal(C, d, rng);
    task->V = random_orthogonal(d, d, rng);
    task->best = task->U * task->s.asDiagonal() * task->V.transpose();
  } else {
    const Samples &X = data.data->X, &Y = data.data->Y;
    const double n = static_cast<double>(X.rows());
    task->data = data.data;
    d = X.cols();
    C = Y.cols();
    task->Sxx = X.transpose() * X / n;
    Syx = Y.transpose() * X / n;
    Svd modes = svd(Syx);
    task->U = std::move(modes.U);
    task->V = std::move(modes.V);
    task->s = std::move(modes.s);
  }
  task->widths.push_back(d);
  task->widths.insert(task->widths.end(), hidden.begin(), hidden.end());
  task->widths.push_back(C);
  task->offsets.push_back(0);
  for (std::size_t l = 1; l < task->widths.size(); ++l)
    task->offsets.push_back(task->offsets.back() + task->widths[l] * task->widths[l - 1]);

  // Eckart and Young in the metric of the inputs: what the narrowest layer cannot represent.
  const Index rank = *std::min_element(task->widths.begin(), task->widths.end());
  Vec strengths = task->s;
  if (!task->white) {
    const SymmetricEigen inputs_modes = symmetric_eigen(task->Sxx);
    const Vec& lambda = inputs_modes.values;
    const Mat& V = inputs_modes.vectors;
    const double noise = static_cast<double>(d) * std::numeric_limits<double>::epsilon() *
                         lambda.cwiseAbs().maxCoeff();
    const Vec inverse_root =
        (lambda.array() > noise).select(lambda.array().max(noise).rsqrt(), 0.0);
    const Mat whitened = Syx * V * inverse_root.asDiagonal();
    task->best = whitened * inverse_root.asDiagonal() * V.transpose();
    const Samples residual = data.data->X * task->best.transpose() - data.data->Y;
    task->floor = 0.5 * residual.squaredNorm() / static_cast<double>(residual.rows());
    strengths = thalweg::singular_values(whitened);
  }
  const Index lost = std::max<Index>(strengths.size() - rank, 0);
  task->minimum = scale * (task->floor + 0.5 * strengths.tail(lost).squaredNorm());

  if (start == "random") init.check(task->layers());
  for (const Index width : hidden)
    if (start == "aligned" && width < task->s.size())
      throw ModelError(
          fmt::format("a hidden width of {} is too small for an aligned start of {} "
                      "modes; widen it or set start = \"random\"",
                      width, task->s.size()));
  task_ = std::move(task);
}

Index DeepLinear::dim() const { return task_->dim(); }

double DeepLinear::value(In q) const {
  auto& w = workspace(task_->layers());
  task_->forward(q, w, true);
  return task_->lose(w);
}

double DeepLinear::value_and_gradient(In q, Out g) const {
  auto& w = workspace(task_->layers());
  task_->forward(q, w, true);
  const double loss = task_->lose(w);
  task_->backward(q, w, true, g);
  return loss;
}

void DeepLinear::hvp(In q, In v, Out Hv) const {
  const auto& task = *task_;
  const std::size_t L = task.layers();
  auto& w = workspace(L);
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
  auto& w = workspace(L);
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
  Workspace work_;
  std::vector<Mat> RB_;
  Samples E_, F_;
  Vec change_;
};

std::unique_ptr<Curvature> DeepLinear::curvature(In q, CurvatureKind kind) const {
  return std::make_unique<CurvatureAt>(task_, q, kind);
}

Index DeepLinear::samples() const { return task_->data ? task_->data->size() : 0; }

double DeepLinear::value_and_gradient(In q, std::span<const Index> batch, Out g) const {
  const auto& task = *task_;
  if (task.white) throw ModelError("white inputs are no samples: set inputs = \"data\"");
  const std::size_t L = task.layers();
  auto& w = workspace(L);
  const Index m = static_cast<Index>(batch.size());
  w.B[0].resize(task.widths.front(), m);
  w.D[L].resize(task.widths.back(), m);
  for (Index j = 0; j < m; ++j) {
    const Index i = batch[static_cast<std::size_t>(j)];
    w.B[0].col(j) = task.data->X.row(i).transpose();
    w.D[L].col(j) = -task.data->Y.row(i).transpose();
  }
  task.forward(q, w, false);
  w.D[L] += w.B[L];
  const double per_sample = task.scale / static_cast<double>(m);
  const double loss = 0.5 * per_sample * w.D[L].squaredNorm();
  w.D[L] *= per_sample;
  task.backward(q, w, false, g);
  return loss;
}

Layout DeepLinear::layout() const {
  Layout blocks;
  for (std::size_t l = 1; l <= task_->layers(); ++l) {
    const std::string number = std::to_string(l);
    blocks.push_back({"W" + number,
                      task_->offsets[l - 1],
                      {task_->widths[l], task_->widths[l - 1]},
                      "1",
                      "layer" + number});
  }
  return blocks;
}

Vec DeepLinear::initial_state(Rng& rng) const {
  const auto& task = *task_;
  Vec theta(task.dim());
  if (start == "random") {
    init(task.widths, false, rng, theta);
    return theta;
  }
  const std::size_t L = task.layers();
  const Index modes = task.s.size();
  const double size = std::pow(strength, 1.0 / static_cast<double>(L));
  Mat right = task.V;
  for (std::size_t l = 1; l <= L; ++l) {
    const Mat left = l == L ? task.U : random_orthogonal(task.widths[l], modes, rng);
    task.W(Out(theta), l) = size * left * right.transpose();
    right = left;
  }
  return theta;
}

bool DeepLinear::exact_flow(In q0, double t, Out q) const {
  const auto& task = *task_;
  if (!task.white || task.layers() != 2) return false;
  const Index modes = task.s.size();
  // Column i of A and of B is what mode i's two weights a, b multiply: A_i = a r_i, B_i = b r_i.
  Mat A = task.W(q0, 1) * task.V, B = task.W(q0, 2).transpose() * task.U;
  Mat R = Mat::Zero(A.rows(), modes);
  for (Index i = 0; i < modes; ++i) {
    const auto& longer = A.col(i).squaredNorm() >= B.col(i).squaredNorm() ? A : B;
    if (longer.col(i).squaredNorm() > 0.0) R.col(i) = longer.col(i).normalized();
  }
  const Vec a = (R.transpose() * A).diagonal(), b = (R.transpose() * B).diagonal();
  // Round-off of a start that was built to be aligned; anything larger is another start.
  const double tolerance = 1e-12 * (1.0 + q0.norm());
  const Mat overlap = R.transpose() * R;
  if ((A - R * a.asDiagonal()).norm() > tolerance || (B - R * b.asDiagonal()).norm() > tolerance ||
      (overlap - Mat(overlap.diagonal().asDiagonal())).norm() > 1e-12)
    return false;
  for (Index i = 0; i < modes; ++i) {
    const auto [at, bt] = two_layer_mode(task.s[i], a[i], b[i], task.scale * t);
    A.col(i) = at * R.col(i);
    B.col(i) = bt * R.col(i);
  }
  task.W(q, 1) = A * task.V.transpose();
  task.W(q, 2) = task.U * B.transpose();
  return true;
}

std::optional<double> DeepLinear::minimum_value() const { return task_->minimum; }

Symmetries DeepLinear::symmetries() const {
  const auto& task = *task_;
  Symmetries all;
  for (std::size_t l = 1; l < task.layers(); ++l) {
    const LayerPair pair{.inputs = task.widths[l - 1],
                         .units = task.widths[l],
                         .outputs = task.widths[l + 1],
                         .in_weights = task.offsets[l - 1],
                         .in_biases = -1,
                         .out_weights = task.offsets[l],
                         .layer = fmt::format("layer{}", l)};
    all.push_back(balance_symmetry(pair));
    if (pair.units > 1) all.push_back(rotation_symmetry(pair));
  }
  return all;
}

Observables DeepLinear::observables() const {
  const auto task = task_;
  const auto product = [task](In q) -> Mat {
    Mat P = task->W(q, 1);
    for (std::size_t l = 2; l <= task->layers(); ++l) P = task->W(q, l) * P;
    return P;
  };
  Observables all;
  if (!task->white) {
    const auto outputs = [=](In q, const Samples& X) -> Samples {
      return X * product(q).transpose();
    };
    const auto samples = task->data;
    all = learning_observables(
        *samples,
        {.accuracy = [=](In q) { return share_correct(outputs(q, samples->X), samples->labels); },
         .test_loss =
             [=](In q) {
               const auto error = (outputs(q, samples->X_test) - samples->Y_test).squaredNorm();
               return task->scale * error / (2.0 * static_cast<double>(samples->X_test.rows()));
             },
         .test_accuracy =
             [=](In q) {
               return share_correct(outputs(q, samples->X_test), samples->labels_test);
             }});
  }
  const Index modes = task->s.size();
  Axis axis{.name = "mode", .size = modes, .long_name = "singular value of the target"};
  axis.values.assign(task->s.data(), task->s.data() + modes);
  all.push_back(
      {{.name = "mode_strength",
        .long_name = "mode strength",
        .comment = "u_i^T W^L ... W^1 v_i for the singular vectors u_i, v_i of mean(y x^T)",
        .axes = {std::move(axis)}},
       [=](In q, double, Out out) {
         out = (task->U.transpose() * product(q) * task->V).diagonal();
       }});
  return all;
}

}  // namespace thalweg
