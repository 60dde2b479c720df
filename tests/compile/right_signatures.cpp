// The control: what the other snippets nearly are compiles.
#include <thalweg/model.hpp>
using namespace thalweg;

struct Flow {
  Index dim() const { return 1; }
  void rhs(In x, Out dxdt, double) const { dxdt = -x; }
  void jvp(In, In v, Out Jv, double) const { Jv = -v; }
  double energy(In x) const { return 0.5 * x[0] * x[0]; }
  Vec initial_state(Rng&) const { return Vec::Ones(1); }
};
THALWEG_MODEL(Flow, "flow", "a system")

struct Bowl {
  Index dim() const { return 1; }
  template <class S>
  S value(const VectorOf<S>& q) const {
    return q[0] * q[0];
  }
  double minimum_value() const { return 0.0; }
};
THALWEG_MODEL(Bowl, "bowl", "a potential with automatic derivatives")
