#include <thalweg/run/analyses/hessian_density.hpp>
#include <thalweg/run/analyses/hessian_eigenvalues.hpp>
#include <thalweg/run/analyses/lyapunov.hpp>
#include <thalweg/run/analyses/symmetry.hpp>

namespace thalweg {

Registry<Analysis>& analyses() {
  static Registry<Analysis> all = [] {
    Registry<Analysis> r("analysis");
    r.add<HessianEigenvalues>("hessian_eigenvalues", HessianEigenvalues::doc());
    r.add<HessianDensity>("hessian_density", HessianDensity::doc());
    r.add<FiniteTimeLyapunov>("lyapunov", FiniteTimeLyapunov::doc());
    r.add<SymmetryAudit>("symmetry", SymmetryAudit::doc());
    return r;
  }();
  return all;
}

}  // namespace thalweg
