#include <thalweg/models/networks/deep_linear.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thalweg/core/error.hpp>
#include <thalweg/models/networks/deep_linear_task.hpp>
#include <thalweg/models/networks/layer_symmetries.hpp>
#include <thalweg/models/networks/learning_observables.hpp>
#include <thalweg/models/networks/two_layer_mode.hpp>
#include <thalweg/numerics/dense.hpp>
#include <utility>

namespace thalweg {

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
  auto& w = task_->workspace();
  task_->forward(q, w, true);
  return task_->lose(w);
}

double DeepLinear::value_and_gradient(In q, Out g) const {
  auto& w = task_->workspace();
  task_->forward(q, w, true);
  const double loss = task_->lose(w);
  task_->backward(q, w, true, g);
  return loss;
}

Index DeepLinear::samples() const { return task_->data ? task_->data->size() : 0; }

double DeepLinear::value_and_gradient(In q, std::span<const Index> batch, Out g) const {
  const auto& task = *task_;
  if (task.white) throw ModelError("white inputs are no samples: set inputs = \"data\"");
  const std::size_t L = task.layers();
  auto& w = task.workspace();
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
