// error: a potential needs `Index dim() const`, `double value(In q) const` and `void gradient(In
#include <thalweg/model.hpp>
using namespace thalweg;

struct Bowl {
  Index dim() const { return 1; }
  double value(In q) const { return 0.5 * q[0] * q[0]; }
  Vec gradient(In q) const { return q; }
};
THALWEG_MODEL(Bowl, "bowl", "a gradient that is returned")
