// SUNDIALS' CVODE as a peer: BDF with GMRES(30) or, for gradient flows, CG(50) on exact Jacobian
// products where the system has them.
#pragma once
#include <cvode/cvode.h>
#include <nvector/nvector_serial.h>
#include <sunlinsol/sunlinsol_pcg.h>
#include <sunlinsol/sunlinsol_spgmr.h>
#include <thalweg/core/system.hpp>

#include <stdexcept>

namespace thalweg::test {

namespace detail {

inline Eigen::Map<Vec> view(N_Vector x) {
  return {N_VGetArrayPointer(x), static_cast<Index>(N_VGetLength_Serial(x))};
}
inline int cvode_rhs(realtype t, N_Vector x, N_Vector f, void* system) {
  auto out = view(f);
  static_cast<const AnySystem*>(system)->rhs(view(x), out, t);
  return 0;
}
inline int cvode_jvp(N_Vector v, N_Vector Jv, realtype t, N_Vector x, N_Vector, void* system,
                     N_Vector) {
  auto out = view(Jv);
  static_cast<const AnySystem*>(system)->jvp(view(x), view(v), out, t);
  return 0;
}

}  // namespace detail

enum class Krylov { gmres, cg };

/// The state at t_end with rtol = atol = tolerance; calls are counted by `system`.
inline Vec cvode_solution(AnySystem system, const Vec& start, double t_end, double tolerance,
                          Krylov krylov = Krylov::gmres) {
  const auto check = [](bool ok) {
    if (!ok) throw std::runtime_error("CVODE failed");
  };
  SUNContext context = nullptr;
  check(SUNContext_Create(nullptr, &context) == 0);
  N_Vector x = N_VNew_Serial(start.size(), context);
  detail::view(x) = start;
  void* cvode = CVodeCreate(CV_BDF, context);
  check(CVodeInit(cvode, detail::cvode_rhs, 0.0, x) == CV_SUCCESS);
  check(CVodeSStolerances(cvode, tolerance, tolerance) == CV_SUCCESS);
  check(CVodeSetUserData(cvode, &system) == CV_SUCCESS);
  // The default Krylov space of 5 fails to converge on most steps of ill-conditioned quadratics.
  SUNLinearSolver linear = krylov == Krylov::cg ? SUNLinSol_PCG(x, SUN_PREC_NONE, 50, context)
                                                : SUNLinSol_SPGMR(x, SUN_PREC_NONE, 30, context);
  check(CVodeSetLinearSolver(cvode, linear, nullptr) == CV_SUCCESS);
  if (system.has_jvp()) check(CVodeSetJacTimes(cvode, nullptr, detail::cvode_jvp) == CV_SUCCESS);
  check(CVodeSetMaxNumSteps(cvode, 1'000'000) == CV_SUCCESS);
  check(CVodeSetStopTime(cvode, t_end) == CV_SUCCESS);
  realtype t = 0.0;
  check(CVode(cvode, t_end, x, &t, CV_NORMAL) >= 0);
  const Vec result = detail::view(x);
  SUNLinSolFree(linear);
  CVodeFree(&cvode);
  N_VDestroy(x);
  SUNContext_Free(&context);
  return result;
}

}  // namespace thalweg::test
