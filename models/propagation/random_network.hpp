#pragma once
#include <thalweg/core/depth_limit.hpp>
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/layout.hpp>
#include <thalweg/core/observable.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/models/propagation/phase_diagram.hpp>
#include <thalweg/models/propagation/signal_history.hpp>

#include <memory>
#include <string>
#include <vector>

namespace thalweg {

/// Signals in an ensemble of random networks, depth as time: one step of the map is one layer.
struct RandomNetwork {
  std::string activation = "tanh", weights = "gaussian", unit = "1";
  std::vector<double> sigma_w{1.0};
  double sigma_b = 0.0, q0 = 1.0, c0 = 0.5;
  Index width = 300, depth = 100, nets = 20, inputs = 2, jacobian_nets = 4, seed = 0;
  PhaseGrid phase{};

  static Doc doc();
  void fields(Fields& f);
  void prepare();
  [[nodiscard]] Index dim() const { return history_->layers().dim(); }
  void apply(In x, Out next, Index n) const;
  void tangent(In x, MatIn V, MatOut DFV, Index n) const;
  [[nodiscard]] Layout layout() const;
  [[nodiscard]] Vec initial_state(Rng&) const { return history_->start(); }
  [[nodiscard]] Observables observables() const;
  [[nodiscard]] DepthLimit depth_limit() const { return {"depth", static_cast<double>(depth)}; }

  [[nodiscard]] const std::shared_ptr<const SignalHistory>& history() const { return history_; }

 private:
  std::shared_ptr<const SignalHistory> history_;
};

}  // namespace thalweg
