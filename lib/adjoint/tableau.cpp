// Sources: Hairer, Norsett, Wanner, Solving ODEs I, II.1 (classical methods), II.5 and II.6 (dopri5
// and its dense output, Shampine 1986).
#include <thalweg/adjoint/tableau.hpp>

#include <array>
#include <initializer_list>
#include <thalweg/core/error.hpp>
#include <thalweg/core/names.hpp>

namespace thalweg {

namespace {

using Rows = std::initializer_list<std::initializer_list<double>>;

// The rows of a_ij for i = 1 .. s; the last one is b.
Tableau from_rows(std::string name, int order, const Rows& rows) {
  Tableau t{.name = std::move(name), .order = order, .stages = static_cast<Index>(rows.size())};
  t.A = Mat::Zero(t.stages + 1, t.stages);
  Index i = 0;
  for (const auto& row : rows) {
    ++i;
    Index j = 0;
    for (const double a : row) t.A(i, j++) = a;
  }
  t.c = t.A.rowwise().sum();
  t.c[t.stages] = 1.0;
  return t;
}

// With r = 1 - sigma: y r^2 (1 + 2 sigma) + y_new sigma^2 (1 + 2 r) + h sigma r^2 k_0 - h sigma^2 r
// k_s, with y_new written out.
Tableau with_hermite(Tableau t) {
  const Index s = t.stages;
  t.dense = Mat::Zero(s + 1, 3);
  for (Index i = 0; i < s; ++i) t.dense.row(i) << 0.0, 3.0 * t.b(i), -2.0 * t.b(i);
  t.dense.row(0) += Eigen::RowVector3d(1.0, -2.0, 1.0);
  t.dense.row(s) += Eigen::RowVector3d(0.0, -1.0, 1.0);
  return t;
}

Tableau make_dopri5() {
  Tableau t = from_rows("dopri5", 5,
                        {{1.0 / 5},
                         {3.0 / 40, 9.0 / 40},
                         {44.0 / 45, -56.0 / 15, 32.0 / 9},
                         {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
                         {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
                         {35.0 / 384, 0.0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84}});
  t.error.resize(7);
  t.error << 71.0 / 57600, 0.0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525,
      -1.0 / 40;
  // y + sigma (dy + r (p + sigma (q + r d))) with dy = y_new - y, p = h k_0 - dy, q = dy - h k_6 -
  // p and d = h sum_i d_i k_i.
  const std::array<double, 7> d = {-12715105075.0 / 11282082432,  0.0,
                                   87487479700.0 / 32700410799,   -10690763975.0 / 1880347072,
                                   701980252875.0 / 199316789632, -1453857185.0 / 822651844,
                                   69997945.0 / 29380423};
  t.dense = Mat::Zero(7, 4);
  for (Index i = 0; i < 7; ++i) {
    const double dy = i < 6 ? t.b(i) : 0.0, first = i == 0 ? 1.0 : 0.0, last = i == 6 ? 1.0 : 0.0;
    const double p = first - dy, q = dy - last - p, e = d[static_cast<std::size_t>(i)];
    t.dense.row(i) << dy + p, -p + q + e, -q - 2.0 * e, e;
  }
  return t;
}

const std::vector<Tableau>& all() {
  static const std::vector<Tableau> tableaus = {
      with_hermite(from_rows("euler", 1, {{1.0}})),
      with_hermite(from_rows("midpoint", 2, {{0.5}, {0.0, 1.0}})),
      with_hermite(from_rows("heun2", 2, {{1.0}, {0.5, 0.5}})),
      with_hermite(from_rows(
          "rk4", 4, {{0.5}, {0.0, 0.5}, {0.0, 0.0, 1.0}, {1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6}})),
      make_dopri5()};
  return tableaus;
}

}  // namespace

double Tableau::weight(Index i, double sigma) const {
  double w = 0.0;
  for (Index p = dense.cols() - 1; p >= 0; --p) w = (w + dense(i, p)) * sigma;
  return w;
}

std::vector<std::string> tableau_names() {
  std::vector<std::string> names;
  for (const auto& t : all()) names.push_back(t.name);
  return names;
}

const Tableau& tableau(const std::string& name) {
  for (const auto& t : all())
    if (t.name == name) return t;
  throw ModelError("unknown Runge-Kutta method \"" + name + "\"" +
                   name_hint(name, tableau_names()));
}

}  // namespace thalweg
