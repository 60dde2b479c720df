#include <thalweg/solvers/catalogue.hpp>

#include <thalweg/solvers/automatic.hpp>
#include <thalweg/solvers/implicit/rosenbrock.hpp>
#include <thalweg/solvers/implicit/sdirk.hpp>
#include <thalweg/solvers/mechanics/methods.hpp>
#include <thalweg/solvers/odeint/methods.hpp>
#include <thalweg/solvers/samplers/hmc.hpp>
#include <thalweg/solvers/samplers/langevin/baoab.hpp>
#include <thalweg/solvers/samplers/langevin/mala.hpp>
#include <thalweg/solvers/samplers/langevin/sgld.hpp>
#include <thalweg/solvers/samplers/langevin/ula.hpp>
#include <thalweg/solvers/samplers/nuts.hpp>
#include <thalweg/solvers/samplers/replica_exchange.hpp>
#include <thalweg/solvers/stabilised/rkc2.hpp>

namespace thalweg {

namespace {

Registry<SolverFactory> make_solvers() {
  Registry<SolverFactory> r("solver");
  r.add<Automatic>(
      "auto",
      {"dopri5; while stability holds its step down, rkc2 or an implicit method",
       "to rkc2 when h rho > 3 in 15 of 20 tries, back when h rho < 1 in 20 steps of rkc2; sdirk "
       "(rosenbrock for at most 200 unknowns without a potential) when it measures less work per "
       "unit of time, by trials at growing intervals",
       "Shampine, ACM Trans. Math. Softw. 3 (1977) 44-53, on switching by stiffness",
       "The switch needs a gradient flow or Jacobian products. Bitwise restart."});
  r.add<Dopri5>(
      "dopri5",
      {"Dormand-Prince, order 5(4), dense output of order 4, the default for smooth motion",
       "x' = f(x, t); 7 stages, the last is the first of the next step",
       "Dormand, Prince, J. Comput. Appl. Math. 6 (1980) 19-26",
       "Explicit: on a stiff problem the step is held to 3.3 / rho. Bitwise restart."});
  r.add<Rkc2>(
      "rkc2",
      {"Runge-Kutta-Chebyshev, order 2, for gradient flows and other mildly stiff problems",
       "s stages are stable for h rho <= 0.65 s^2, s = 1 + sqrt(1 + 1.54 h rho)",
       "Sommeijer, Shampine, Verwer, J. Comput. Appl. Math. 88 (1998) 315-326",
       "The spectrum of the Jacobian must be nearly real and negative. The error at the end "
       "of a long run is 10 to 1000 times the tolerance. Bitwise restart."});
  r.add<Sdirk>(
      "sdirk",
      {"implicit Runge-Kutta, order 5(4), L-stable, Newton-Krylov: for stiff systems of any size",
       "(I - h gamma J) dz = h gamma f(base + z) - z in each of 7 stages; on a gradient flow J = "
       "-H",
       "Kennedy, Carpenter, Appl. Numer. Math. 44 (2003) 139-181, ARK5(4)8L[2]SA, the implicit "
       "part",
       "For tight tolerances or long times, where rkc2 needs many stages. Keeps up to `basis` "
       "pairs "
       "of vectors, also in checkpoints. Without Jacobian products it takes differences of f. "
       "Bitwise restart."});
  r.add<RosenbrockMethod>(
      "rosenbrock",
      {"linearly implicit, order 4(3), L-stable, dense LU: for stiff systems of at most 200 "
       "unknowns",
       "(I/(h gamma) - J) g_i = f(x + sum a_ij g_j, t + c_i h) + sum e_ij g_j / h + h d_i df/dt",
       "Hairer, Wanner, Solving ODEs II, IV.7 and IV.10 (RODAS)",
       "Without Jacobian products J is taken by differences of f, and the output says so. Bitwise "
       "restart."});
  r.add<Fehlberg78>(
      "fehlberg78",
      {"Fehlberg, order 8(7), for tolerances below 1e-8", "x' = f(x, t); 13 stages",
       "Fehlberg, NASA TR R-287 (1968)",
       "The error estimate compares f at the ends of the step only: it is 0 when f depends "
       "on t alone, and misses jumps of f. A value inside a step costs a step of its own. Bitwise "
       "restart."});
  r.add<BulirschStoer>(
      "bulirsch_stoer",
      {"extrapolated midpoint rule of variable order 6 to 16, for reference values",
       "T_{j,l+1} = T_{j,l} + (T_{j,l} - T_{j-1,l}) / ((n_j/n_{j-l-1})^2 - 1)",
       "Gragg, SIAM J. Numer. Anal. 2 (1965) 384-403; Bulirsch, Stoer, Numer. Math. 8 (1966) 1-13",
       "A value inside a step costs a step of its own. Bitwise restart."});
  r.add<CashKarp54>("cash_karp54",
                    {"Cash-Karp, order 5(4)", "x' = f(x, t); 6 stages",
                     "Cash, Karp, ACM Trans. Math. Softw. 16 (1990) 201-222",
                     "A value inside a step costs a step of its own. Bitwise restart."});
  r.add<RungeKutta4>(
      "rk4", {"classical Runge-Kutta, order 4, fixed step", "x' = f(x, t); t_n = t0 + n dt",
              "Kutta, Z. Math. Phys. 46 (1901) 435-453", "No error control. Bitwise restart."});
  r.add<AdamsBashforthMoulton>(
      "adams_bashforth_moulton",
      {"Adams-Bashforth-Moulton, order 4, fixed step, two evaluations a step",
       "predict with f_n..f_{n-3}, correct with f(p), f_n..f_{n-2}; started by rk4",
       "Hairer, Norsett, Wanner, Solving ODEs I, III.1", "No error control. Bitwise restart."});
  r.add<Euler>("euler", {"explicit Euler, order 1, fixed step", "x_{n+1} = x_n + dt f(x_n, t_n)",
                         "E. Hairer, S. P. Norsett and G. Wanner, Solving ODEs I, II.1",
                         "On a gradient flow this is gradient descent with learning rate dt. "
                         "No error control. Bitwise restart."});
  const char* const mechanical = "m q'' + gamma q' = force(q), state (q, v)";
  r.add<VelocityVerlet>(
      "velocity_verlet",
      {"velocity Verlet (leapfrog), order 2, symplectic, fixed step, without friction",
       "v += h f / 2m, q += h v, v += h f / 2m",
       "Verlet, Phys. Rev. 159 (1967) 98-103; Hairer, Lubich, Wanner, Geometric Numerical "
       "Integration, 2006",
       "For second-order motions such as damped_momentum with friction 0. Energy errors stay "
       "bounded; stable while dt omega < 2. One force a step. Bitwise restart."});
  r.add<ConformalVerlet>(
      "conformal_verlet",
      {"velocity Verlet between half steps of exact damping, order 2 for any friction, fixed step",
       "v *= exp(-gamma h / 2m) around kick, drift, kick",
       "Bhatt, Floyd, Moore, J. Sci. Comput. 66 (2016) 1234-1259",
       "For second-order motions such as damped_momentum. A step shrinks volumes by exp(-gamma d h "
       "/ m) exactly, as the motion does. One force a step. Bitwise restart."});
  r.add<McLachlan4>(
      "mclachlan4",
      {"McLachlan's composition SB3A, order 4, symplectic, fixed step, without friction",
       "six drifts and five kicks in a palindrome",
       "McLachlan, SIAM J. Sci. Comput. 16 (1995) 151-168",
       "For second-order motions such as damped_momentum with friction 0. Five forces a step. "
       "Bitwise restart."});
  r.add<ImplicitMidpoint>(
      "implicit_midpoint",
      {"implicit midpoint rule, order 2, fixed step", "k = f(x + h k / 2, t + h / 2), x <- x + h k",
       "Hairer, Lubich, Wanner, Geometric Numerical Integration, 2006, II.1 and VI.4",
       "Symplectic on Hamiltonian systems; conserves quadratic invariants: a flow x' = B x with B "
       "antisymmetric keeps |x|. Second-order motions are stable at any step: where dt^2 lambda / "
       "4m is not small, Newton's iteration needs a potential energy and Jacobian products. Other "
       "systems need dt |df/dx| / 2 < 1. Bitwise restart."});
  r.add<DiscreteGradient>(
      "discrete_gradient",
      {"Gonzalez' discrete gradient, order 2, fixed step: the energy balance is exact", mechanical,
       "Gonzalez, J. Nonlinear Sci. 6 (1996) 449-467",
       "For second-order motions with a potential energy: E1 - E0 = -h gamma |(v0 + v1) / 2|^2 to "
       "rounding. Where dt^2 lambda / 4m is not small, Newton's iteration needs Jacobian products. "
       "Bitwise restart."});
  return r;
}

Registry<SamplerFactory> make_samplers() {
  Registry<SamplerFactory> r("sampler");
  r.add<Nuts>("nuts", Nuts::doc());
  r.add<Hmc>("hmc", Hmc::doc());
  r.add<ReplicaExchange>("replica_exchange", ReplicaExchange::doc());
  r.add<Mala>("mala", Mala::doc());
  r.add<Ula>("ula", Ula::doc());
  r.add<Baoab>("baoab", Baoab::doc());
  r.add<Sgld>("sgld", Sgld::doc());
  return r;
}

}  // namespace

Registry<SolverFactory>& solvers() {
  static Registry<SolverFactory> registry = make_solvers();
  return registry;
}

Registry<SamplerFactory>& samplers() {
  static Registry<SamplerFactory> registry = make_samplers();
  return registry;
}

}  // namespace thalweg
