// Learning with a reversible residual net (residual_pass.hpp) as a potential over all K_t, b_t and
// the read-out. Its gradient obeys a wave equation of variable speed in depth.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/potential.hpp>
#include <thalweg/models/datasets/data_part.hpp>
#include <thalweg/models/networks/loss_options.hpp>
#include <thalweg/models/waves/residual_pass.hpp>

#include <memory>
#include <span>
#include <string>

namespace thalweg {

struct HyperbolicOptions {
  std::string kind = "hyperbolic", activation = "tanh", loss = "auto";
  Index layers = 20, width = 4, units = 0;
  double step = 0.4, gain = 0.6;
  bool unstable = false;
  LossOptions factors{};
  DataPart data{.name = "two_moons"};

  void fields(Fields& f);
};

class HyperbolicNetwork : public HyperbolicOptions {
 public:
  HyperbolicNetwork() = default;
  /// @throws ModelError when widths or the loss do not fit the data.
  explicit HyperbolicNetwork(HyperbolicOptions options) : HyperbolicOptions(std::move(options)) {
    prepare();
  }

  static Doc doc();
  void prepare();

  [[nodiscard]] Index dim() const { return shape_.dim(); }
  [[nodiscard]] double value(In q) const;
  void gradient(In q, Out g) const { value_and_gradient(q, g); }
  double value_and_gradient(In q, Out g) const;
  double value_and_gradient(In q, std::span<const Index> batch, Out g) const;
  void hvp(In q, In v, Out Hv) const;
  [[nodiscard]] Index samples() const { return data.data->size(); }
  [[nodiscard]] Layout layout() const;
  /// K_t normal of variance gain^2 / width, W of variance 1 / width, no biases.
  /// @throws ModelError when the start is not stable.
  [[nodiscard]] Vec initial_state(Rng& rng) const;
  [[nodiscard]] Observables observables() const;
  [[nodiscard]] Facts facts() const;

  /// The largest over t of h^2 |K_t|^2 max phi' / 4, or h |K_t|^2 max phi' / 2: stable up to 1.
  [[nodiscard]] double stability(In q) const;
  /// max |x_0 - what reversing the whole net finds for it|, over all samples; 0 when parabolic.
  [[nodiscard]] double reversal_error(In q) const;
  /// sqrt(sum over the samples |dL/dx_t|^2), t = 0..T.
  [[nodiscard]] Vec gradient_by_layer(In q) const;
  /// f of any inputs, one a row.
  [[nodiscard]] Samples outputs(In q, const Samples& X) const;
  [[nodiscard]] const ResidualShape& shape() const { return shape_; }

 private:
  struct Block;
  void load(Index first, Index count, const Index* batch, double factor, Block& block) const;
  double evaluate(In q, Index n, const Index* batch, const double* v, double* result) const;

  ResidualShape shape_;
};

}  // namespace thalweg
