#include <thalweg/analysis/check_rows.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <exception>
#include <limits>
#include <set>
#include <thalweg/core/error.hpp>
#include <thalweg/core/reduce.hpp>
#include <thread>

namespace thalweg::detail {

const char* const difference_reason =
    "relative; 10 times the own error of the differences, at least 1e-7";

void Worst::take(double number, double tolerance) {
  double used = number == 0.0 ? 0.0 : number / tolerance;
  if (std::isnan(used)) used = std::numeric_limits<double>::infinity();
  if (used < used_) return;
  number_ = number;
  tolerance_ = tolerance;
  used_ = used;
}

void CheckRows::measure(const std::string& what, const std::string& reason,
                        const std::function<void(Worst&)>& measure) {
  Worst worst;
  try {
    measure(worst);
    check_.rows.push_back({what, worst.number(), worst.tolerance(),
                           worst.within() ? Verdict::passed : Verdict::failed, reason});
  } catch (const std::exception& e) {
    check_.rows.push_back({what, std::nan(""), 0.0, Verdict::failed, e.what()});
  }
}

void CheckRows::require(const std::string& what, const std::function<std::string()>& find_fault) {
  std::string fault;
  try {
    fault = find_fault();
  } catch (const std::exception& e) {
    fault = e.what();
  }
  check_.rows.push_back({what, fault.empty() ? 0.0 : 1.0, 0.0,
                         fault.empty() ? Verdict::passed : Verdict::failed, fault});
}

void CheckRows::not_offered(const std::string& what, const std::string& hint) {
  check_.rows.push_back({what, std::nan(""), 0.0, Verdict::not_offered, hint});
}

std::vector<Vec> CheckRows::points(Index dim, const std::optional<Vec>& start) const {
  Rng rng(options_.seed, "check points");
  std::vector<Vec> all;
  Vec noise(dim);
  rng.fill_normal(noise);
  const bool usable = start && start->size() == dim && all_finite(*start);
  all.push_back(usable ? *start : noise);
  const double size = norm(all[0]) / std::sqrt(static_cast<double>(std::max<Index>(dim, 1)));
  for (Index i = 1; i < options_.points; ++i) {
    rng.fill_normal(noise);
    all.push_back(all[0] + 0.3 * std::max(0.1, size) * noise);
  }
  return all;
}

Vec CheckRows::direction(Index dim, Index number) const {
  Rng rng(options_.seed, fmt::format("check direction {}", number));
  Vec u(dim);
  rng.fill_normal(u);
  return u / norm(u);
}

void CheckRows::compare(Worst& worst, In exact, double scale, In x,
                        const std::function<void(double, Out)>& f) const {
  const double length = std::max(1.0, x.lpNorm<Eigen::Infinity>());
  double off = 0.0, tolerance = 0.0;
  // Smaller steps only when the larger ones disagree: a kink nearby (ReLU) spoils those.
  for (const double h : {1e-1, 1e-3, 1e-5}) {
    const Difference d = difference(f, exact.size(), h * length);
    const double noise = std::isfinite(d.error) ? 10.0 * d.error : 0.0;
    off = distance(exact, d.value);
    if (scale == 0.0) {  // nothing to be relative to
      tolerance = noise;
    } else {
      off /= scale;
      // Differences that are off by more than 1e-3 decide nothing.
      tolerance = std::min(1e-3, std::max(1e-7, 0.1 * rounding()) + noise / scale);
    }
    if (off <= tolerance) break;
  }
  worst.take(off, tolerance);
}

void CheckRows::check_layout(const Layout& layout, Index dim) {
  require("layout covers the state", [&]() -> std::string {
    std::set<std::string> names;
    Index next = 0;
    for (const auto& b : layout) {
      if (b.offset != next)
        return fmt::format("block \"{}\" starts at {} and the one before it ends at {}", b.name,
                           b.offset, next);
      if (!names.insert(b.name).second) return fmt::format("two blocks are called \"{}\"", b.name);
      next += b.size();
    }
    if (next != dim)
      return fmt::format("the blocks have {} entries and the state has {}", next, dim);
    return {};
  });
}

void CheckRows::check_start(const std::optional<Vec>& start, Index dim) {
  if (!start) return not_offered("initial state", "add initial_state(rng)");
  require("initial state", [&]() -> std::string {
    if (start->size() != dim)
      return fmt::format("it has {} entries and the model has {}", start->size(), dim);
    return all_finite(*start) ? "" : "it is not finite";
  });
}

void CheckRows::check_observables(const Observables& observables, const std::vector<Vec>& points,
                                  const std::optional<DepthLimit>& depth) {
  for (const auto& o : observables)
    require("quantity " + o.variable.name, [&]() -> std::string {
      Vec out(o.variable.size()), last(out.size());
      for (const auto& x : points) {
        out.setConstant(std::nan(""));
        try {
          o.compute(x, 0.0, out);
        } catch (const ModelError&) {
          if (&x == &points.front()) throw;
          continue;  // what belongs to the model's own start may refuse other points
        }
        if (depth && !all_finite(out)) {
          last.setConstant(std::nan(""));
          o.compute(x, depth->end, last);
          for (Index i = 0; i < out.size(); ++i)
            if (!std::isfinite(out[i])) out[i] = last[i];
        }
        if (!all_finite(out)) return "it is not finite, or not all of its entries are set";
      }
      return {};
    });
}

void CheckRows::check_purity(Index cases, Index size, const std::function<void(Index, Out)>& f) {
  const auto same = [&](const Vec& a, const Vec& b) {
    return std::memcmp(a.data(), b.data(), sizeof(double) * static_cast<std::size_t>(size)) == 0;
  };
  std::vector<Vec> first(static_cast<std::size_t>(cases), Vec(size));
  require("same bits when called again", [&]() -> std::string {
    Vec again(size);
    for (Index i = 0; i < cases; ++i) f(i, first[static_cast<std::size_t>(i)]);
    for (Index i = cases; i-- > 0;) {
      again.setConstant(std::nan(""));  // what is not written must show
      f(i, again);
      if (!same(again, first[static_cast<std::size_t>(i)]))
        return "the second call differs: a const function must not remember";
    }
    return {};
  });
  require("same bits on two threads at once", [&]() -> std::string {
    std::atomic<bool> differs{false}, threw{false};
    const auto work = [&](Index shift) {
      try {
        Vec again(size);
        for (Index k = 0; k < 10 * cases && !differs; ++k) {
          const Index i = (k + shift) % cases;
          f(i, again);
          if (!same(again, first[static_cast<std::size_t>(i)])) differs = true;
        }
      } catch (...) {
        threw = true;
      }
    };
    std::thread one(work, 0), two(work, 1);
    one.join();
    two.join();
    if (threw) return "an exception was thrown";
    return differs ? "a call beside another one gives other bits: share no work space" : "";
  });
}

}  // namespace thalweg::detail
