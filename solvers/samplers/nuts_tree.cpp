#include <thalweg/solvers/samplers/nuts_tree.hpp>

#include <algorithm>
#include <cmath>
#include <thalweg/solvers/samplers/lanes.hpp>
#include <utility>

namespace thalweg {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// ln(exp(a) + exp(b))
double log_add(double a, double b) {
  const double high = std::max(a, b);
  return high == -infinity ? high : high + std::log1p(std::exp(std::min(a, b) - high));
}

// x + y, less a part of the ends' momenta, along the velocity of each end.
template <InverseMetric::Kind kind>
struct TurnTest {
  const double *x, *y, *p0, *p1, *v0, *v1, *diagonal;
  LaneSum<2> along0{}, along1{};

  template <int W>
  void add(Index i, double part) {
    using Values = Eigen::Array<double, W, 1>;
    const Values a = lanes<W>(p0, i), b = lanes<W>(p1, i);
    Values way = lanes<W>(x, i) + lanes<W>(y, i);
    if (part > 0.0) way -= part * (a + b);
    if constexpr (kind == InverseMetric::Kind::dense) {
      along0.add<W>(lanes<W>(v0, i), way);
      along1.add<W>(lanes<W>(v1, i), way);
    } else {
      if constexpr (kind == InverseMetric::Kind::diagonal) way *= lanes<W>(diagonal, i);
      along0.add<W>(a, way);
      along1.add<W>(b, way);
    }
  }
  [[nodiscard]] bool passed() const { return along0.total() > 0.0 && along1.total() > 0.0; }
};

}  // namespace

template <class T>
void NutsTree::Pool<T>::refill() {
  free.clear();
  for (int i = static_cast<int>(items.size()) - 1; i >= 0; --i) free.push_back(i);
}

template <class T>
int NutsTree::Pool<T>::take() {
  const int i = free.back();
  free.pop_back();
  (*this)[i].holders = 1;
  return i;
}

NutsTree::NutsTree(Index dim, Index max_depth) : max_depth_(max_depth) {
  // A path under construction holds two edges and one draw on each level, the whole as many, and
  // each end of it one of both.
  const auto levels = static_cast<std::size_t>(max_depth);
  edges_.items.resize(2 * levels + 8);
  draws_.items.resize(levels + 5);
  edges_.free.reserve(edges_.items.size());
  draws_.free.reserve(draws_.items.size());
  momenta_.resize(levels);
  // Not set to zero: pages that no tree reaches stay out of memory.
  for (auto& e : edges_.items) {
    e.p.resize(dim);
    e.v.resize(dim);
  }
  for (auto& d : draws_.items) {
    d.q.resize(dim);
    d.g.resize(dim);
  }
  for (auto& m : momenta_) {
    m[0].resize(dim);
    m[1].resize(dim);
  }
  for (auto& z : ends_) z.resize(dim);
  all_momenta_ = Vec::Zero(dim);
}

SampleInfo NutsTree::grow(const Hamiltonian& h, PhasePoint& z, Vec& divergence, Rng& rng) {
  h_ = &h;
  rng_ = &rng;
  divergence_ = &divergence;
  done_ = {};
  done_.acceptance_rate = acceptance_ = 0.0;
  reach_ = walked_ = {};
  edges_.refill();
  draws_.refill();
  if (h.metric.kind() == InverseMetric::Kind::dense) ends_[0].w = ends_[1].w = z.w;
  start_energy_ = z.energy();

  // The whole path seen from either end: its own edge is `end`, the far one `begin`.
  const int edge = edges_.take(), start = draws_.take();
  edges_[edge].p = z.p;
  edges_[edge].v = z.v;
  auto& first = draws_[start];
  first.q = z.q;
  first.g = z.g;
  first.u = z.u;
  first.energy = start_energy_;
  first.index = 0;
  last_edge_ = {edges_.hold(edge), edges_.hold(edge)};
  last_draw_ = {draws_.hold(start), draws_.hold(start)};
  all_momenta_ = z.p;
  Stretch path{.begin = edge, .end = edge, .draw = start, .momenta = &all_momenta_};
  std::size_t end_of_path = 1;

  bool turned = false;
  for (; done_.tree_depth < max_depth_ && !turned; ++done_.tree_depth) {
    direction_ = rng.uniform() > 0.5 ? 1 : 0;
    if (direction_ != end_of_path) std::swap(path.begin, path.end);
    end_of_path = direction_;
    walked_ = reach_;
    Stretch more;
    if (!build(done_.tree_depth, 0, more)) break;
    reach_ = walked_;
    turned = !goes_on(path, more, all_momenta_);
    const double chance = std::exp(std::min(0.0, more.log_weight - path.log_weight));
    join(path, more, chance);
  }
  done_.reached_max_treedepth = done_.tree_depth == max_depth_ && !turned;

  const auto& draw = draws_[path.draw];
  z.q = draw.q;
  z.g = draw.g;
  z.u = draw.u;
  index_of_draw_ = draw.index;
  done_.energy = draw.energy;
  done_.energy_error = draw.energy - start_energy_;
  done_.acceptance_rate = acceptance_ / static_cast<double>(done_.n_steps);
  done_.int_time = h.step * static_cast<double>(done_.n_steps);
  return done_;
}

bool NutsTree::leaf(Stretch& out) {
  auto& z = ends_[direction_];
  const double sign = direction_ == 1 ? 1.0 : -1.0;
  auto &last_edge = last_edge_[direction_], &last_draw = last_draw_[direction_];
  const bool finite = advance(
      h_->splitting, h_->target, h_->metric, sign * h_->step,
      {draws_[last_draw].q, edges_[last_edge].p, edges_[last_edge].v, draws_[last_draw].g}, z);
  ++done_.n_steps;
  ++walked_[direction_];
  double energy = z.energy();
  if (!finite || std::isnan(energy)) energy = infinity;
  const double error = energy - start_energy_;
  if (std::abs(error) > std::abs(done_.max_energy_error)) done_.max_energy_error = error;
  acceptance_ += error > 0.0 ? std::exp(-error) : 1.0;
  if (error > h_->max_energy_error) {
    done_.diverging = true;
    *divergence_ = z.q;
    return false;
  }
  edges_.give_back(last_edge);
  draws_.give_back(last_draw);
  const int edge = edges_.take(), number = draws_.take();
  last_edge = edges_.hold(edge);
  last_draw = draws_.hold(number);
  edges_[edge].p.swap(z.p);
  edges_[edge].v.swap(z.v);
  auto& draw = draws_[number];
  draw.q.swap(z.q);
  draw.g.swap(z.g);
  draw.u = z.u;
  draw.energy = energy;
  draw.index = direction_ == 1 ? walked_[1] : -walked_[0];
  out = {
      .begin = edge, .end = edge, .draw = number, .momenta = &edges_[edge].p, .log_weight = -error};
  return true;
}

bool NutsTree::build(Index level, std::size_t child, Stretch& out) {
  if (level == 0) return leaf(out);
  Stretch b;
  if (!build(level - 1, 0, out) || !build(level - 1, 1, b)) return false;
  auto& sum = momenta_[static_cast<std::size_t>(level)][child];
  const bool good = goes_on(out, b, sum);
  const double total = log_add(out.log_weight, b.log_weight);
  join(out, b, std::exp(b.log_weight - total));
  out.momenta = &sum;
  return good;
}

// The path turns back where an end's velocity points against the sum of the momenta. With steps of
// several stages, which are large, the ends count half, as in the trapezoidal rule: the sum is then
// the way from end to end. With leapfrog they count whole, as in Stan.
bool NutsTree::goes_on(const Stretch& a, const Stretch& b, Vec& sum) {
  const auto &a0 = edges_[a.begin], &a1 = edges_[a.end], &b0 = edges_[b.begin], &b1 = edges_[b.end];
  const double *A = a.momenta->data(), *B = b.momenta->data();
  double* total = sum.data();
  const double less = h_->splitting.drifts.size() > 1 ? 0.5 : 0.0;
  const double* diagonal = h_->metric.inverse().diagonal.data();
  return for_kind(h_->metric, [&]<InverseMetric::Kind kind>() {
    const auto test = [=](const double* x, const double* y, const Edge& begin, const Edge& end) {
      return TurnTest<kind>{x,       y, begin.p.data(), end.p.data(), begin.v.data(), end.v.data(),
                            diagonal};
    };
    auto whole = test(A, B, a0, b1), first = test(A, b0.p.data(), a0, b0),
         second = test(B, a1.p.data(), a1, b1);
    const auto add_up = [=]<int W>(Index i) {
      lanes<W>(total, i) = lanes<W>(A, i) + lanes<W>(B, i);
    };
    // Of two single points the three unions are the same.
    if (a.begin == a.end && b.begin == b.end) {
      by_lanes<2>(sum.size(), [=, &whole]<int W>(Index i) {
        whole.template add<W>(i, less);
        add_up.template operator()<W>(i);
      });
      return whole.passed();
    }
    by_lanes<2>(sum.size(), [=, &whole, &first, &second]<int W>(Index i) {
      whole.template add<W>(i, less);
      first.template add<W>(i, less);
      second.template add<W>(i, less);
      add_up.template operator()<W>(i);
    });
    return whole.passed() && first.passed() && second.passed();
  });
}

void NutsTree::join(Stretch& a, const Stretch& b, double chance_of_b) {
  // Exactly one uniform per join, whatever the chance.
  const bool takes_b = rng_->uniform() < chance_of_b;
  draws_.give_back(takes_b ? a.draw : b.draw);
  if (takes_b) a.draw = b.draw;
  a.log_weight = log_add(a.log_weight, b.log_weight);
  if (a.end != a.begin) edges_.give_back(a.end);
  if (b.begin != b.end) edges_.give_back(b.begin);
  a.end = b.end;
}

}  // namespace thalweg
