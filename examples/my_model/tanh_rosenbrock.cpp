// Rosenbrock's valley with tanh terms. Only the value is given, for any scalar type S; gradient and
// Hessian products come by automatic differentiation.
#include <thalweg/model.hpp>
using namespace thalweg;

struct TanhRosenbrock {
  Index n = 50;
  double a = 1.0, b = 100.0, c = 1.0;

  void fields(auto& f) {
    f("dim", n, "1", "number of parameters", between(2, 1000));
    f("a", a, "1", "position of the minimum along the valley");
    f("b", b, "1", "steepness of the walls", positive());
    f("c", c, "1", "size of the tanh terms");
  }
  Index dim() const { return n; }
  Vec initial_state(Rng&) const { return Vec::Constant(n, 0.5); }
  template <class S>
  S value(const VectorOf<S>& x) const {
    using std::tanh;
    S L = 0.0;
    for (Index i = 0; i + 1 < n; ++i)
      L += pow(a - x[i], 2) + b * pow(x[i + 1] - x[i] * x[i], 2) + c * tanh(x[i] * x[i + 1]);
    return L;
  }
};
THALWEG_MODEL(TanhRosenbrock, "tanh_rosenbrock", "Rosenbrock's valley with tanh terms")
