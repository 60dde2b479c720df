// error: a potential needs `Index dim() const`
#include <thalweg/model.hpp>
using namespace thalweg;

struct Bowl {
  double value(In q) const { return 0.5 * q[0] * q[0]; }
  void gradient(In q, Out g) const { g = q; }
};
THALWEG_MODEL(Bowl, "bowl", "a potential without dim")
