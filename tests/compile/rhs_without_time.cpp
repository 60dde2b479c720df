// error: a system needs `Index dim() const` and `void rhs(In x, Out dxdt, double t) const`
#include <thalweg/model.hpp>
using namespace thalweg;

struct Flow {
  Index dim() const { return 1; }
  void rhs(In x, Out dxdt) const { dxdt = -x; }
};
THALWEG_MODEL(Flow, "flow", "rhs without t")
