#include <thalweg/models/potentials/rosenbrock.hpp>

namespace thalweg {

Doc Rosenbrock::doc() {
  return {.summary = "Rosenbrock's curved valley in any dimension",
          .equation = "L(x) = sum_{i=1}^{n-1} (a - x_i)^2 + b (x_{i+1} - x_i^2)^2",
          .source =
              "Rosenbrock, An automatic method for finding the greatest or least value of a "
              "function, 1960",
          .notes =
              "for four and more parameters there is a second, local minimum near "
              "x_1 = -1; the start is (-1.2, 1, -1.2, 1, ...)"};
}

double Rosenbrock::value(In x) const {
  double L = 0.0;
  for (Index i = 0; i + 1 < n; ++i) {
    const double d = a - x[i], r = x[i + 1] - x[i] * x[i];
    L += d * d + b * r * r;
  }
  return L;
}

void Rosenbrock::gradient(In x, Out g) const {
  g.setZero();
  for (Index i = 0; i + 1 < n; ++i) {
    const double r = x[i + 1] - x[i] * x[i];
    g[i] += -2.0 * (a - x[i]) - 4.0 * b * x[i] * r;
    g[i + 1] += 2.0 * b * r;
  }
}

void Rosenbrock::hvp(In x, In v, Out Hv) const {
  Hv.setZero();
  for (Index i = 0; i + 1 < n; ++i) {
    Hv[i] += (2.0 + b * (12.0 * x[i] * x[i] - 4.0 * x[i + 1])) * v[i] - 4.0 * b * x[i] * v[i + 1];
    Hv[i + 1] += 2.0 * b * v[i + 1] - 4.0 * b * x[i] * v[i];
  }
}

void Rosenbrock::third(In x, In u, In v, Out Tuv) const {
  Tuv.setZero();
  for (Index i = 0; i + 1 < n; ++i) {
    Tuv[i] += b * (24.0 * x[i] * u[i] * v[i] - 4.0 * (u[i] * v[i + 1] + u[i + 1] * v[i]));
    Tuv[i + 1] -= 4.0 * b * u[i] * v[i];
  }
}

Vec Rosenbrock::initial_state(Rng&) const {
  Vec x = Vec::Ones(n);
  for (Index i = 0; i < n; i += 2) x[i] = -1.2;
  return x;
}

std::optional<double> Rosenbrock::minimum_value() const {
  if (n == 2 || a == 1.0 || a == 0.0) return 0.0;
  return std::nullopt;
}

}  // namespace thalweg
