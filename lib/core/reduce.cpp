#include <thalweg/core/reduce.hpp>

#include <cmath>

namespace thalweg {

namespace {

constexpr Index block = 1024;

// Sum of f over [begin, end) by halves down to blocks that Eigen sums with SIMD.
template <class F>
double pairwise(Index begin, Index end, const F& f) {
  if (end - begin <= block) return f(begin, end - begin);
  const Index half = (end - begin + 1) / 2, blocks = (half + block - 1) / block;
  const Index middle = begin + blocks * block;
  return pairwise(begin, middle, f) + pairwise(middle, end, f);
}

}  // namespace

double dot(In a, In b) {
  return pairwise(0, a.size(),
                  [&](Index i, Index n) { return a.segment(i, n).dot(b.segment(i, n)); });
}

double squared_norm(In a) {
  return pairwise(0, a.size(), [&](Index i, Index n) { return a.segment(i, n).squaredNorm(); });
}

double norm(In a) { return std::sqrt(squared_norm(a)); }

double distance(In a, In b) {
  return std::sqrt(pairwise(0, a.size(), [&](Index i, Index n) {
    return (a.segment(i, n) - b.segment(i, n)).squaredNorm();
  }));
}

bool all_finite(In a) {
  // x * 0 is 0 for finite x and NaN otherwise; a sum keeps the NaN and vectorises.
  return pairwise(0, a.size(), [&](Index i, Index n) { return (a.segment(i, n) * 0.0).sum(); }) ==
         0.0;
}

}  // namespace thalweg
