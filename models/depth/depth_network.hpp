// Loss of a network of continuous depth over a data set:
//
//   a(0) = (x, 0),  da/dz = f(a, z; theta),  y_m = R a(z_m) + r  or the first entries of a(z_m),
//   L = factor mean_s mean_m loss(y_m, target) + l2/2 |q|^2
//
// A series makes every window of its times a sample, with its first state as x and its states as
// targets; other data have one output, at the last depth. Samples are solved in blocks of at most
// `block`, each with steps of its own, shared by the threads.
#pragma once
#include <thalweg/adjoint/differentiable_flow.hpp>
#include <thalweg/core/curvature.hpp>
#include <thalweg/core/layout.hpp>
#include <thalweg/models/depth/output_loss.hpp>
#include <thalweg/models/networks/loss_options.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace thalweg {

class DepthNetwork {
 public:
  static constexpr Index block = 64;  ///< samples that are solved together, at most
  struct Options {
    std::string loss = "auto", readout = "auto";
    bool series = false;
    Index window = 0;  ///< output times of a sample, the first included; 0: the whole series
    Index augment = 0;
    double depth = 1.0;  ///< where the output is, without a series
    LossOptions factors{};
    FieldRecipe field{};
    FlowRecipe adjoint{};
  };
  /// @throws ModelError when data, field and options do not fit each other.
  DepthNetwork(std::shared_ptr<const Dataset> data, Options options);
  ~DepthNetwork();
  DepthNetwork(const DepthNetwork&) = delete;
  DepthNetwork& operator=(const DepthNetwork&) = delete;

  [[nodiscard]] Index dim() const { return n_theta_ + n_readout_; }
  [[nodiscard]] Index samples() const { return samples_; }
  [[nodiscard]] const Dataset& data() const { return *data_; }
  [[nodiscard]] const Options& options() const { return options_; }
  [[nodiscard]] const OutputLoss& loss() const { return loss_; }
  [[nodiscard]] const VectorField& field() const { return *field_; }
  [[nodiscard]] Index outputs() const { return static_cast<Index>(depths_.size()); }
  [[nodiscard]] const std::vector<double>& depths() const { return depths_; }
  /// Of the adjoint: DifferentiableFlow's.
  [[nodiscard]] bool recovers_states() const { return recovers_states_; }
  [[nodiscard]] double tolerance() const { return tolerance_; }
  [[nodiscard]] bool has_readout() const { return n_readout_ > 0; }
  [[nodiscard]] Layout layout() const;
  [[nodiscard]] Vec initial_state(Rng& rng) const;

  /// @throws SolveError when the flow cannot be solved.
  [[nodiscard]] double value(In q) const;
  double value_and_gradient(In q, Out g) const;
  double value_and_gradient(In q, std::span<const Index> batch, Out g) const;
  void hvp(In q, In v, Out Hv) const;
  /// Hessian products that share the forward solves. This object must outlive it.
  [[nodiscard]] std::unique_ptr<Curvature> at(In q) const {
    return curvature(q, CurvatureKind::hessian);
  }
  /// The same of all the matrices of core/curvature.hpp, by a tangent through the solver and the
  /// adjoint of the outputs it reaches. In the Fisher matrices every output depth of a sample
  /// counts as a sample of its own. This object must outlive it.
  [[nodiscard]] std::unique_ptr<Curvature> curvature(In q, CurvatureKind kind) const;
  /// q -> L(q) with the steps in depth that are accepted at `at`, whatever the tolerance says at q:
  /// the function of which the discrete adjoints give the gradient at `at`. Empty for the
  /// continuous ones. To be used by one thread at a time; this object must outlive it.
  [[nodiscard]] std::function<double(In)> with_steps_of(In at) const;

  struct Score {
    double loss = 0.0, accuracy = 0.0;  ///< without l2
  };
  [[nodiscard]] Score score(In q, bool held_out) const;
  /// Outputs (C, M) of a start (width without augmentation) at all depths of `depths`.
  [[nodiscard]] Mat trajectory(In q, In start, const std::vector<double>& depths) const;
  /// Outputs at the last depth of any inputs X, one per row, written to F, shape (n, C); solved in
  /// blocks as samples are.
  void outputs(In q, const Samples& X, Eigen::Map<Samples> F) const;
  /// Of a gradient: sums over the blocks, the largest of bytes and errors.
  [[nodiscard]] FlowCost cost(In q) const { return cost(q, all_rows_); }
  [[nodiscard]] FlowCost cost(In q, std::span<const Index> batch) const;

 private:
  struct Work;
  struct Lease;
  class CurvatureAt;
  enum class Part { value, gradient };

  [[nodiscard]] Lease lease() const;
  [[nodiscard]] double factor(Index used) const;
  [[nodiscard]] Index chunks_of(std::size_t n) const;
  [[nodiscard]] std::span<const Index> chunk_of(std::span<const Index> rows, Index c) const;
  void start(Work& w, std::span<const Index> rows, bool held_out) const;
  double losses(Work& w, In q, std::span<const Index> rows, bool held_out, double weight) const;
  double solve(Work& w, In q, std::span<const Index> rows, bool held_out, double weight) const;
  void gradient(Work& w, In q, Out g) const;
  void push(Work& w, In q, In v) const;
  void product(Work& w, In q, In v, Out Hv) const;
  void linear_product(Work& w, In q, In v, CurvatureKind kind, Out Hv) const;
  [[nodiscard]] std::vector<Lease> solve_all(In q) const;
  double evaluate(In q, std::span<const Index> rows, Part part, Out g) const;

  std::shared_ptr<const Dataset> data_;
  Options options_;
  OutputLoss loss_;
  std::shared_ptr<const VectorField> field_;
  std::vector<double> depths_{};
  std::vector<Index> all_rows_{};
  bool recovers_states_ = false, freezes_steps_ = false;
  double tolerance_ = 0.0;
  Index samples_ = 0, block_ = 0, n_theta_ = 0, n_readout_ = 0;
  mutable std::mutex mutex_{};
  mutable std::vector<std::unique_ptr<Work>> idle_{};
};

}  // namespace thalweg
