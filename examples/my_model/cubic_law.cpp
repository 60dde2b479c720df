// A law of motion with unknown numbers, as the field of a neural ODE: x' = A x^3, entry by entry.
// Only the value is given, for any scalar type S; what the adjoints need comes by automatic
// differentiation.
#include <thalweg/model.hpp>
using namespace thalweg;

struct CubicLaw {
  Index width() const { return 2; }
  Index n_parameters(Index) const { return 4; }
  Layout layout(Index) const { return {{"A", 0, {2, 2}}}; }
  Vec initial_parameters(Rng&) const { return Vec{{-0.3, 1.0, -1.0, -0.3}}; }
  template <class S>
  void rhs(const VectorOf<S>& x, double, const VectorOf<S>& A, RefOf<S> dxdz) const {
    const S u = x[0] * x[0] * x[0], v = x[1] * x[1] * x[1];
    dxdz[0] = A[0] * u + A[1] * v;
    dxdz[1] = A[2] * u + A[3] * v;
  }
};
THALWEG_VECTOR_FIELD(CubicLaw, "cubic_law", "a cubic law of motion of two entries",
                     "x' = A x^3, entry by entry");
