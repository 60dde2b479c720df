// What a potential may tell about its symmetries, for the laws that charges then follow (Noether).
//
// A one-parameter group q -> exp(eps A) q (a translation: q -> q + eps a) that leaves L unchanged
// makes <grad L, A q> = 0 at every q. What that means for a motion is told by its law
// (charge_law.hpp): gradient flow conserves <q, A q> of a symmetric A, a frictionless particle
// m <v, A q> of an antisymmetric A. Source: D. Kunin et al., Neural mechanics, ICLR 2021.
#pragma once
#include <thalweg/core/types.hpp>
#include <thalweg/core/variable.hpp>

#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace thalweg {

/// A family of generators A_j of one kind that act on the same parameters: one for each neuron,
/// say.
struct Symmetry {
  enum class Kind {
    rescale,      ///< A' = A: parameters on two sides grow and shrink against each other
    scale,        ///< A' = A: a factor that L does not see
    rotation,     ///< A' = -A
    translation,  ///< "A q" is a constant vector a
  };

  std::string name{};       ///< "rescale_layer1": letters, digits and _
  std::string long_name{};  ///< the charge in words or as a formula
  Kind kind = Kind::rescale;
  Axis members{};                                ///< one entry for each generator, with labels
  std::vector<std::pair<Index, Index>> moved{};  ///< offset and size of the parameters it moves
  /// out = A_j q, shape (dim).
  std::function<void(Index j, In q, Out Aq)> generator{};
  /// out_j = <u, A_j q>, shape (members), in one sweep over the parameters.
  std::function<void(In u, In q, Out p)> pairing{};
  /// The sum of the charges that stands for the family: weights of the members.
  Vec total{};
  /// L = (what the symmetry leaves unchanged) + decay / 2 |q|^2, so that <grad L, A q> = decay
  /// <q, A q>.
  double decay = 0.0;
  /// Rounding of the gradient.
  double precision = 2.220446049250313e-16;

  [[nodiscard]] Index size() const { return members.size; }
  /// Norm of the part of u that the symmetry moves.
  [[nodiscard]] double moved_norm(In u) const {
    double sum = 0.0;
    for (const auto& [offset, n] : moved) sum += u.segment(offset, n).squaredNorm();
    return std::sqrt(sum);
  }
};

using Symmetries = std::vector<Symmetry>;

[[nodiscard]] inline const char* to_text(Symmetry::Kind kind) {
  switch (kind) {
    case Symmetry::Kind::rescale:
      return "rescale";
    case Symmetry::Kind::scale:
      return "scale";
    case Symmetry::Kind::rotation:
      return "rotation";
    case Symmetry::Kind::translation:
      return "translation";
  }
  return "";
}

}  // namespace thalweg
