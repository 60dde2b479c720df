// error: wrong signature, it must be `void hvp(In q, In v, Out Hv) const`
#include <thalweg/model.hpp>
using namespace thalweg;

struct Bowl {
  Index dim() const { return 1; }
  double value(In q) const { return 0.5 * q[0] * q[0]; }
  void gradient(In q, Out g) const { g = q; }
  void hvp(In v, Out Hv) const { Hv = v; }
};
THALWEG_MODEL(Bowl, "bowl", "a Hessian product that would silently not be used")
