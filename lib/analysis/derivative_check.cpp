#include <thalweg/analysis/derivative_check.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <thalweg/analysis/check_mechanics.hpp>
#include <thalweg/analysis/check_rows.hpp>
#include <thalweg/analysis/check_symmetries.hpp>
#include <thalweg/core/reduce.hpp>

namespace thalweg {

using detail::CheckRows;
using detail::Worst;

namespace {

// A random unit vector has components of about 1/sqrt(dim): the size of a directional derivative.
double typical(double length, Index dim) { return length / std::sqrt(static_cast<double>(dim)); }

void check_gradient(CheckRows& rows, const AnyPotential& p, const std::vector<Vec>& points) {
  const Index n = p.dim();
  rows.require("finite value and gradient", [&]() -> std::string {
    Vec g(n);
    for (const auto& q : points) {
      g.setConstant(std::nan(""));
      if (!std::isfinite(p.value_and_gradient(q, g))) return "the value is not finite";
      if (!all_finite(g)) return "the gradient is not finite, or not all of its entries are set";
    }
    return {};
  });
  rows.measure("value alone against value with gradient", "relative; rounding", [&](Worst& w) {
    Vec g(n);
    for (const auto& q : points) {
      const double L = p.value(q), both = p.value_and_gradient(q, g);
      w.take(std::abs(L - both) / std::max(std::abs(L), 1e-300), rows.rounding());
    }
  });
  rows.measure("gradient against differences", detail::difference_reason, [&](Worst& w) {
    Vec g(n), along(1), moved(n);
    for (const auto& q : points) {
      p.gradient(q, g);
      for (Index k = 0; k < rows.options().directions; ++k) {
        const Vec u = rows.direction(n, k);
        along[0] = dot(g, u);
        rows.compare(w, along, typical(norm(g), n), q, [&](double s, Out out) {
          moved = q + s * u;
          out[0] = p.value(moved);
        });
      }
    }
  });
}

void check_hessian(CheckRows& rows, const AnyPotential& p, const std::vector<Vec>& points) {
  const Index n = p.dim(), k = rows.options().directions;
  if (!p.has_hvp()) return rows.not_offered("Hessian product", "add hvp(q, v, Hv)");
  rows.measure("Hessian product against differences of gradients", detail::difference_reason,
               [&](Worst& w) {
                 Vec Hv(n), moved(n);
                 for (const auto& q : points)
                   for (Index j = 0; j < k; ++j) {
                     const Vec v = rows.direction(n, j);
                     p.hvp(q, v, Hv);
                     rows.compare(w, Hv, norm(Hv), q, [&](double s, Out out) {
                       moved = q + s * v;
                       p.gradient(moved, out);
                     });
                   }
               });
  rows.measure("symmetry u'Hv = v'Hu", "relative to |Hu| + |Hv|; rounding", [&](Worst& w) {
    Vec Hu(n), Hv(n);
    for (const auto& q : points) {
      const Vec u = rows.direction(n, 0), v = rows.direction(n, k);
      p.hvp(q, u, Hu);
      p.hvp(q, v, Hv);
      const double size = norm(Hu) + norm(Hv);
      w.take(std::abs(dot(u, Hv) - dot(v, Hu)) / std::max(size, 1e-300), rows.rounding());
    }
  });
  rows.measure("block of Hessian products against single ones", "relative; rounding",
               [&](Worst& w) {
                 Mat V(n, k), HV(n, k);
                 Vec Hv(n);
                 for (Index j = 0; j < k; ++j) V.col(j) = rows.direction(n, j);
                 for (const auto& q : points) {
                   p.at(q)->hvp(V, HV);
                   for (Index j = 0; j < k; ++j) {
                     p.hvp(q, V.col(j), Hv);
                     w.take(distance(Hv, HV.col(j)) / std::max(norm(Hv), 1e-300), rows.rounding());
                   }
                 }
               });
  for (const auto kind :
       {CurvatureKind::gauss_newton, CurvatureKind::fisher, CurvatureKind::empirical_fisher}) {
    if (!p.has_curvature(kind)) continue;
    rows.measure(std::string(curvature_title(kind)) + " is symmetric and not negative",
                 "relative to |Cu| + |Cv|; rounding", [&](Worst& w) {
                   Mat V(n, 2), CV(n, 2);
                   V.col(0) = rows.direction(n, 0);
                   V.col(1) = rows.direction(n, k);
                   for (const auto& q : points) {
                     p.at(q, kind)->hvp(V, CV);
                     const double size = std::max(norm(CV.col(0)) + norm(CV.col(1)), 1e-300);
                     w.take(std::abs(dot(V.col(0), CV.col(1)) - dot(V.col(1), CV.col(0))) / size,
                            rows.rounding());
                     w.take(std::max(0.0, -dot(V.col(0), CV.col(0))) / size, rows.rounding());
                   }
                 });
  }
  if (!p.has_third()) return rows.not_offered("third derivative", "add third(q, u, v, Tuv)");
  rows.measure("third derivative against differences of Hessian products",
               detail::difference_reason, [&](Worst& w) {
                 Vec T(n), moved(n);
                 for (const auto& q : points) {
                   const Vec u = rows.direction(n, 0), v = rows.direction(n, k);
                   p.third(q, u, v, T);
                   rows.compare(w, T, norm(T), q, [&](double s, Out out) {
                     moved = q + s * u;
                     p.hvp(moved, v, out);
                   });
                 }
               });
}

void check_batches(CheckRows& rows, const AnyPotential& p, In q) {
  const Index samples = p.samples();
  if (samples == 0)
    return rows.not_offered("gradient on a batch", "this potential is not a sum over samples");
  rows.measure("batch gradients average to the full gradient", "relative; rounding", [&](Worst& w) {
    Vec full(p.dim()), part(p.dim()), sum = Vec::Zero(p.dim());
    const double L = p.value_and_gradient(q, full);
    double L_sum = 0.0;
    const Index size = (samples + 6) / 7;  // the last batch is smaller
    std::vector<Index> batch;
    for (Index first = 0; first < samples; first += size) {
      batch.resize(static_cast<std::size_t>(std::min(size, samples - first)));
      std::iota(batch.begin(), batch.end(), first);
      const double weight = static_cast<double>(batch.size()) / static_cast<double>(samples);
      L_sum += weight * p.value_and_gradient(q, batch, part);
      sum += weight * part;
    }
    w.take(distance(sum, full) / std::max(norm(full), 1e-300), rows.rounding());
    w.take(std::abs(L_sum - L) / std::max(std::abs(L), 1e-300), rows.rounding());
  });
}

// A closed form must start at its start and move with the right-hand side.
using ClosedForm = std::function<bool(In x0, double t, Out x)>;
void check_closed_form(CheckRows& rows, const ClosedForm& exact, const std::vector<Vec>& points,
                       const std::function<void(In x, double t, Out dxdt)>& rhs) {
  Vec x(points[0].size());
  if (!exact(points[0], 0.5, x))
    return rows.not_offered("closed form of the motion", "none is known for this model");
  rows.measure("closed form starts at the start", "relative; rounding", [&](Worst& w) {
    for (const auto& x0 : points)
      if (exact(x0, 0.0, x)) w.take(distance(x, x0) / std::max(norm(x0), 1.0), rows.rounding());
  });
  rows.measure("closed form obeys the equation", detail::difference_reason, [&](Worst& w) {
    Vec dxdt(x.size());
    for (const auto& x0 : points)
      for (const double part : {0.3, 1.0}) {
        // At times on which the motion has moved but not died out, or rounding is all there is.
        rhs(x0, 0.0, dxdt);
        const double unit = std::min(1.0, std::max(norm(x0), 1.0) / norm(dxdt)), t = part * unit;
        if (!exact(x0, t, x)) continue;
        rhs(x, t, dxdt);
        dxdt *= unit;
        rows.compare(w, dxdt, norm(dxdt), Vec::Zero(1),
                     [&](double s, Out out) { exact(x0, t + s * unit, out); });
      }
  });
}

}  // namespace

bool ModelCheck::passed() const {
  return std::none_of(rows.begin(), rows.end(),
                      [](const CheckRow& r) { return r.verdict == Verdict::failed; });
}

namespace {

// A model that solves something to a relative tolerance inside says so by the fact "solved_to"; its
// numbers keep no more than that. A tenth: few of its errors add up.
CheckOptions as_solved(CheckOptions options, const AnyPotential& p) {
  for (const auto& [name, text] : p.facts())
    if (name == "solved_to")
      options.unit_roundoff = std::max(options.unit_roundoff, 0.1 * std::stod(text));
  return options;
}

}  // namespace

ModelCheck check_model(const AnyPotential& p, const CheckOptions& options) {
  CheckRows rows("potential", as_solved(options, p));
  const Index n = p.dim();
  Rng rng(options.seed, "initial_state");
  const auto start = p.initial_state(rng);
  const auto points = rows.points(n, start);
  rows.check_layout(p.layout(), n);
  rows.check_start(start, n);
  check_gradient(rows, p, points);
  check_hessian(rows, p, points);
  check_batches(rows, p, points.back());
  detail::check_symmetries(rows, p, points);
  check_closed_form(
      rows, [&](In q0, double t, Out q) { return p.exact_flow(q0, t, q); }, points,
      [&](In q, double, Out dqdt) {
        p.gradient(q, dqdt);
        dqdt = -dqdt;
      });
  if (const auto minimum = p.minimum_value()) {
    rows.measure("no value is below the minimum", "relative; rounding", [&](Worst& w) {
      for (const auto& q : points)
        w.take(std::max(0.0, *minimum - p.value(q)) / std::max(std::abs(*minimum), 1.0),
               rows.rounding());
    });
  } else {
    rows.not_offered("minimum value", "add minimum_value() where it is known");
  }
  rows.check_observables(p.observables(), points);
  rows.check_purity(static_cast<Index>(points.size()), n,
                    [&](Index i, Out g) { p.gradient(points[static_cast<std::size_t>(i)], g); });
  return rows.take();
}

ModelCheck check_model(const AnySystem& s, const CheckOptions& options) {
  CheckRows rows("system", options);
  const Index n = s.dim(), k = options.directions;
  Rng rng(options.seed, "initial_state");
  const auto start = s.initial_state(rng);
  const auto points = rows.points(n, start);
  // Not t = 0, where a right-hand side may have a limit for the start alone.
  const auto time = [](std::size_t i) { return 0.7 * static_cast<double>(i + 1); };
  rows.check_layout(s.layout(), n);
  rows.check_start(start, n);
  rows.require("finite right-hand side", [&]() -> std::string {
    Vec f(n);
    for (std::size_t i = 0; i < points.size(); ++i) {
      f.setConstant(std::nan(""));
      s.rhs(points[i], f, time(i));
      if (!all_finite(f)) return "it is not finite, or not all of its entries are set";
    }
    return {};
  });
  if (s.has_jvp()) {
    rows.measure("Jacobian product against differences", detail::difference_reason, [&](Worst& w) {
      Vec Jv(n), moved(n);
      for (std::size_t i = 0; i < points.size(); ++i)
        for (Index j = 0; j < k; ++j) {
          const Vec v = rows.direction(n, j);
          s.jvp(points[i], v, Jv, time(i));
          rows.compare(w, Jv, norm(Jv), points[i], [&](double h, Out out) {
            moved = points[i] + h * v;
            s.rhs(moved, out, time(i));
          });
        }
    });
    if (s.is_gradient_flow())
      rows.measure("symmetry u'Jv = v'Ju", "relative to |Ju| + |Jv|; rounding", [&](Worst& w) {
        Vec Ju(n), Jv(n);
        const Vec u = rows.direction(n, 0), v = rows.direction(n, k);
        for (const auto& x : points) {
          s.jvp(x, u, Ju, 0.0);
          s.jvp(x, v, Jv, 0.0);
          w.take(std::abs(dot(u, Jv) - dot(v, Ju)) / std::max(norm(Ju) + norm(Jv), 1e-300),
                 rows.rounding());
        }
      });
  } else {
    rows.not_offered("Jacobian product", "add jvp(x, v, Jv, t)");
  }
  if (s.has_energy()) {
    rows.require("finite energy", [&]() -> std::string {
      for (const auto& x : points)
        if (!std::isfinite(s.energy(x).value())) return "it is not finite";
      return {};
    });
    if (s.is_gradient_flow())
      rows.measure("energy falls at the rate |x'|^2", detail::difference_reason, [&](Worst& w) {
        Vec f(n), along(1), moved(n);
        for (const auto& x : points) {
          s.rhs(x, f, 0.0);
          const double speed = norm(f);
          along[0] = -speed;  // along the unit vector f/|f|
          if (speed > 0.0)
            rows.compare(w, along, speed, x, [&](double h, Out out) {
              moved = x + (h / speed) * f;
              out[0] = s.energy(moved).value();
            });
        }
      });
    detail::check_energy_rate(rows, s, points, time(0));
  } else {
    rows.not_offered("energy", "add energy(x)");
  }
  detail::check_mechanics(rows, s, points, time(0));
  check_closed_form(
      rows, [&](In x0, double t, Out x) { return s.exact(x0, t, x); }, points,
      [&](In x, double t, Out dxdt) { s.rhs(x, dxdt, t); });
  rows.check_observables(s.observables(), points, s.depth_limit());
  rows.check_purity(static_cast<Index>(points.size()), n, [&](Index i, Out f) {
    s.rhs(points[static_cast<std::size_t>(i)], f, time(static_cast<std::size_t>(i)));
  });
  return rows.take();
}

ModelCheck check_model(const AnyMap& m, const CheckOptions& options) {
  CheckRows rows("map", options);
  const Index n = m.dim(), k = options.directions;
  Rng rng(options.seed, "initial_state");
  const auto start = m.initial_state(rng);
  auto points = rows.points(n, start);
  const auto step = [](std::size_t i) { return static_cast<Index>(7 * i); };
  // What follows the parameters (velocity, moments) is not free: it comes from the start and from
  // stepping, as in a run.
  if (m.potential() && start && start->size() == n) {
    const Index rest = n - m.potential()->dim();
    Vec next(n);
    for (std::size_t i = 0; i < points.size(); ++i) {
      points[i].tail(rest) = start->tail(rest);
      for (std::size_t step_number = 0; step_number < i; ++step_number) {
        m.apply(points[i], next, static_cast<Index>(step_number));
        points[i] = next;
      }
    }
  }
  rows.check_layout(m.layout(), n);
  rows.check_start(start, n);
  rows.require("positive time step", [&] {
    return m.time_step() > 0.0 ? std::string{} : fmt::format("it is {}", m.time_step());
  });
  rows.require("finite image", [&]() -> std::string {
    Vec next(n);
    for (std::size_t i = 0; i < points.size(); ++i) {
      next.setConstant(std::nan(""));
      m.apply(points[i], next, step(i));
      if (!all_finite(next)) return "it is not finite, or not all of its entries are set";
    }
    return {};
  });
  if (m.has_tangent()) {
    rows.measure("tangent against differences", detail::difference_reason, [&](Worst& w) {
      Mat V(n, k), DFV(n, k);
      Vec moved(n);
      for (Index j = 0; j < k; ++j) V.col(j) = rows.direction(n, j);
      for (std::size_t i = 0; i < points.size(); ++i) {
        m.tangent(points[i], V, DFV, step(i));
        for (Index j = 0; j < k; ++j)
          rows.compare(w, DFV.col(j), norm(DFV.col(j)), points[i], [&](double h, Out out) {
            moved = points[i] + h * V.col(j);
            m.apply(moved, out, step(i));
          });
      }
    });
  } else {
    rows.not_offered("tangent", "add tangent(x, V, DFV, n)");
  }
  rows.check_observables(m.observables(), points, m.depth_limit());
  rows.check_purity(static_cast<Index>(points.size()), n, [&](Index i, Out next) {
    m.apply(points[static_cast<std::size_t>(i)], next, step(static_cast<std::size_t>(i)));
  });
  return rows.take();
}

ModelCheck check_model(const Motion& motion, const CheckOptions& options) {
  return motion.system() ? check_model(*motion.system(), options)
                         : check_model(*motion.map(), options);
}

ModelCheck check_model(const AnyModel& model, const CheckOptions& options) {
  if (model.potential()) return check_model(*model.potential(), options);
  if (model.system()) return check_model(*model.system(), options);
  return check_model(*model.map(), options);
}

}  // namespace thalweg
