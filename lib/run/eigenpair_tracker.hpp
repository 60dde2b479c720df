// The ends of a Hessian's spectrum from row to row of a run: each search starts from the
// eigenvectors of the one before.
#pragma once
#include <optional>
#include <string>
#include <thalweg/numerics/branch_tracker.hpp>
#include <thalweg/numerics/warm_start.hpp>
#include <thalweg/run/curvature_product.hpp>

namespace thalweg {

class EigenpairTracker final : public Accumulator {
 public:
  /// Every `cold_every` searches one begins at a random vector and then spends `options.probe`: a
  /// direction that has risen unseen is found then. A search that takes many products for each pair
  /// makes most of them by differences of gradients. `key` names its streams and what it saves.
  /// `spectra`: every search begins anew and is made by that library.
  /// `follow`: the pairs get branches, for which their vectors are remembered from row to row.
  EigenpairTracker(std::string key, const CurvatureProduct& matrix, const LanczosOptions& options,
                   Index cold_every, bool follow = false, bool spectra = false)
      : key_(std::move(key)),
        matrix_(matrix),
        options_(options),
        cold_every_(cold_every),
        spectra_(spectra) {
    if (follow) branches_.emplace(options.largest);
  }

  /// Of the curvature of `potential` at q; asked again at the same point it answers from memory.
  const EigenPairs& at(const AnyPotential& potential, In q);
  /// How the pairs continue those of the point before; only when they are followed.
  [[nodiscard]] const BranchTracker& branches() const { return branches_.value(); }

  void start(double, In) override;
  void on_step(Stepper&, double, double) override {}
  void save(Archive& archive) const override;
  void load(const Archive& archive) override;

 private:
  /// How differences of gradients are made: with the step of double precision, of single precision,
  /// or not, once both have proved not to be symmetric.
  enum class Draft { fine, coarse, none };

  [[nodiscard]] bool draft_pays(bool cold) const;
  EigenPairs drafted(const SymmetricProduct& product, const AnyPotential& potential, In q,
                     Mat start, const LanczosOptions& options, Rng& rng);

  std::string key_;
  CurvatureProduct matrix_;
  LanczosOptions options_;
  Index cold_every_;
  bool spectra_;
  std::optional<BranchTracker> branches_;
  EigenPairs pairs_;
  Vec q_;  // where pairs_ belong, empty: nowhere
  WarmStart warm_;
  Index searches_ = 0;
  Index last_products_ = 0;  // of the last search that did not start anew, drafts among them
  Draft draft_ = Draft::fine;
};

}  // namespace thalweg
