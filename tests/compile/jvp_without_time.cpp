// error: wrong signature, it must be `void jvp(In x, In v, Out Jv, double t) const`
#include <thalweg/model.hpp>
using namespace thalweg;

struct Flow {
  Index dim() const { return 1; }
  void rhs(In x, Out dxdt, double) const { dxdt = -x; }
  void jvp(In, In v, Out Jv) const { Jv = -v; }
};
THALWEG_MODEL(Flow, "flow", "a Jacobian product without t")
