// The only includer of Boost.Odeint's core, private to solvers/odeint. Order matters: the Eigen
// adaptor must come after an algebra header of odeint and before the steppers. It puts operators
// into namespace Eigen, one more reason to keep it out of every other header.
#pragma once
#include <boost/numeric/odeint/algebra/algebra_dispatcher.hpp>
#include <boost/numeric/odeint/algebra/vector_space_algebra.hpp>
// after the algebra
#include <boost/numeric/odeint/external/eigen/eigen.hpp>
// after the adaptor
#include <thalweg/core/system.hpp>
#include <thalweg/core/types.hpp>

namespace thalweg {

/// A system as odeint calls it; a pointer, because odeint copies what it is given.
class OdeintRhs {
 public:
  explicit OdeintRhs(const AnySystem& system) : system_(&system) {}
  void operator()(const Vec& x, Vec& dxdt, double t) const { system_->rhs(x, dxdt, t); }

 private:
  const AnySystem* system_;
};

}  // namespace thalweg
