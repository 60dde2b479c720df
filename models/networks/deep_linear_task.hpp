// What a deep linear network computes with: its layers in the flat vector, its data in closed form,
// and the passes that loss, gradient and all curvature share.
#pragma once
#include <thalweg/models/networks/deep_linear.hpp>

#include <memory>
#include <vector>

namespace thalweg {

struct DeepLinear::Task {
  using ConstBlock = Eigen::Map<const Samples>;
  using MutableBlock = Eigen::Map<Samples>;

  // Matrices of one evaluation, kept between calls: B[l] = W^l ... W^1 (times the batch),
  // D[l] = dL/d(W^l ... W^1), and their tangents.
  struct Workspace {
    std::vector<Mat> B, D, RB, RD;
    Mat error;
  };
  [[nodiscard]] Workspace& workspace() const {
    thread_local Workspace w;
    for (auto* list : {&w.B, &w.D, &w.RB, &w.RD})
      if (list->size() < layers() + 1) list->resize(layers() + 1);
    return w;
  }

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

}  // namespace thalweg
