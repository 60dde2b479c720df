// Gradients of several potentials of one shape at once: a small network alone leaves most of a
// processor's vectors empty, many of them fill one another's.
#pragma once
#include <thalweg/core/types.hpp>

#include <functional>
#include <memory>
#include <span>
#include <string>

namespace thalweg {

class AnyPotential;

/// Answers a potential's gradient calls in its place, with the same bits.
class GradientSource {
 public:
  virtual ~GradientSource() = default;
  /// From now on the gradients are those of `potential`.
  virtual void serve(const AnyPotential& potential) = 0;
  /// L(q), and g = grad L(q). May return only after other motions have gone on on this thread.
  virtual double value_and_gradient(In q, Out g) = 0;
};

/// A place for each of several potentials of one shape.
class JointGradients {
 public:
  struct Call {
    const double* q = nullptr;  ///< null: nothing is asked at this place
    double* g = nullptr;
    double value = 0.0;
  };

  virtual ~JointGradients() = default;
  [[nodiscard]] virtual Index places() const = 0;
  /// Value and gradient of the potential at each place, to the last bit those that it gives alone.
  virtual void evaluate(std::span<Call> calls) = 0;
};

/// What a potential has to say of it: those with the same words can be put into one JointGradients.
struct JointShape {
  std::string words;
  std::function<std::unique_ptr<JointGradients>()> make;
  std::function<void(JointGradients& joint, Index place)> put;  ///< the potential itself
};

}  // namespace thalweg
