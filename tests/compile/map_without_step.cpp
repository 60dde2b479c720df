// error: a map needs `Index dim() const` and `void apply(In x, Out next, Index n) const`
#include <thalweg/model.hpp>
using namespace thalweg;

struct Doubling {
  Index dim() const { return 1; }
  void apply(In x, Out next) const { next = 2.0 * x; }
};
THALWEG_MODEL(Doubling, "doubling", "a map without its step number")
