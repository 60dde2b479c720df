// The theory beside an ensemble of random networks, all its regimes, each part made when it is
// first asked for.
#pragma once
#include <thalweg/core/parallel.hpp>
#include <thalweg/models/propagation/gradient_fluctuations.hpp>
#include <thalweg/models/propagation/mean_field_map.hpp>
#include <thalweg/models/propagation/signal_statistics.hpp>

#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

namespace thalweg {

class EnsembleTheory {
 public:
  EnsembleTheory(std::shared_ptr<const SignalHistory> history, double q0, double c0)
      : history_(std::move(history)), q0_(q0), c0_(c0) {}

  [[nodiscard]] const SignalTheory& signals(Index regime) {
    if (signals_.empty()) {
      signals_.resize(static_cast<std::size_t>(history_->layers().n_regimes()));
      parallel_for(history_->layers().n_regimes(), [&](std::ptrdiff_t r, int) {
        signals_[static_cast<std::size_t>(r)] = {field(r), history_->depth(), q0_, c0_};
      });
    }
    return signals_[static_cast<std::size_t>(regime)];
  }
  /// Variance of ln |delta^layer|^2, and its mean less the sum of ln chi.
  [[nodiscard]] double log_variance(Index layer, Index regime) {
    if (is_orthogonal())
      return is_linear() ? 0.0
                         : signals(regime).ratio_sum(layer, history_->depth(), 3.0, -3.0) / width();
    if (is_linear()) return behind(layer) * boost::math::trigamma(0.5 * width());
    return fluctuations(regime).variance[static_cast<std::size_t>(layer)] / width();
  }
  [[nodiscard]] double log_shift(Index layer, Index regime) {
    if (is_orthogonal()) return -0.5 * log_variance(layer, regime);
    if (is_linear())
      return behind(layer) * (boost::math::digamma(0.5 * width()) + std::log(2.0 / width()));
    return fluctuations(regime).shift[static_cast<std::size_t>(layer)] / width();
  }
  [[nodiscard]] MeanField field(Index regime) const {
    const auto& layers = history_->layers();
    const auto& r = layers.regimes[static_cast<std::size_t>(regime)];
    return {layers.phi.kind, r.sigma_w, r.sigma_b};
  }
  [[nodiscard]] const ChiSquare& chi_square(Index regime, bool pairs) {
    auto& all = pairs ? of_pairs_ : of_lengths_;
    if (all.empty()) {
      all.resize(static_cast<std::size_t>(history_->layers().n_regimes()));
      parallel_for(history_->layers().n_regimes(), [&](std::ptrdiff_t r, int) {
        all[static_cast<std::size_t>(r)] = pairs ? chi_square_of_pairs(*history_, field(r), r)
                                                 : chi_square_of_lengths(*history_, field(r), r);
      });
    }
    return all[static_cast<std::size_t>(regime)];
  }
  [[nodiscard]] const FixedPoint& fixed(Index regime) {
    if (fixed_.empty())
      for (Index r = 0; r < history_->layers().n_regimes(); ++r) fixed_.emplace_back(field(r));
    return fixed_[static_cast<std::size_t>(regime)];
  }

 private:
  [[nodiscard]] bool is_orthogonal() const {
    return history_->layers().weights.kind() == LayerWeights::Kind::orthogonal;
  }
  [[nodiscard]] bool is_linear() const {
    return history_->layers().phi.kind == mlp_kernel::Activation::identity;
  }
  [[nodiscard]] double width() const { return static_cast<double>(history_->layers().width()); }
  [[nodiscard]] double behind(Index layer) const {
    return static_cast<double>(history_->depth() - layer);
  }
  /// Of Gaussian weights.
  const GradientFluctuations& fluctuations(Index regime) {
    if (fluctuations_.empty()) {
      (void)signals(regime);
      fluctuations_.resize(signals_.size());
      parallel_for(history_->layers().n_regimes(), [&](std::ptrdiff_t r, int) {
        fluctuations_[static_cast<std::size_t>(r)] = gradient_fluctuations(
            field(r), history_->layers().phi, signals_[static_cast<std::size_t>(r)]);
      });
    }
    return fluctuations_[static_cast<std::size_t>(regime)];
  }

  std::shared_ptr<const SignalHistory> history_;
  double q0_, c0_;
  std::vector<SignalTheory> signals_;
  std::vector<GradientFluctuations> fluctuations_;
  std::vector<ChiSquare> of_lengths_, of_pairs_;
  std::vector<FixedPoint> fixed_;
};

}  // namespace thalweg
