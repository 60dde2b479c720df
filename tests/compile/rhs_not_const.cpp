// error: a system needs `Index dim() const`
#include <thalweg/model.hpp>
using namespace thalweg;

struct Flow {
  Index dim() const { return 1; }
  void rhs(In x, Out dxdt, double) { dxdt = -x; }
};
THALWEG_MODEL(Flow, "flow", "rhs that is not const")
