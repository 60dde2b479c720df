// One trajectory of the no-U-turn sampler with multinomial weights, as Stan builds it: the path is
// doubled forward or backward at random until it turns back, and the draw is chosen along the way.
#pragma once
#include <thalweg/core/rng.hpp>
#include <thalweg/solvers/samplers/hamiltonian_sampler.hpp>

#include <array>
#include <vector>

namespace thalweg {

class NutsTree {
 public:
  NutsTree(Index dim, Index max_depth);

  /// Follows H from z, whose momentum is fresh; z becomes the draw.
  SampleInfo grow(const Hamiltonian& h, PhasePoint& z, Vec& divergence, Rng& rng);

  /// Steps from the start to the draw, backward negative: for tests of symmetry.
  [[nodiscard]] std::int64_t index_of_draw() const { return index_of_draw_; }
  /// The tree that was kept covers the steps first..last around the start.
  [[nodiscard]] std::int64_t first() const { return -reach_[0]; }
  [[nodiscard]] std::int64_t last() const { return reach_[1]; }

 private:
  struct Edge {
    Vec p, v;  // v for a dense metric alone
    int holders = 0;
  };
  struct Draw {
    Vec q, g;
    double u = 0.0, energy = 0.0;
    std::int64_t index = 0;
    int holders = 0;
  };
  // A stretch of the path, from where it was begun to where it ends, by numbers of its edges and
  // its draw in the pools. The sum of its momenta stands in a buffer of its level.
  struct Stretch {
    int begin = 0, end = 0, draw = 0;
    const Vec* momenta = nullptr;
    double log_weight = 0.0;
  };
  // Vectors that are handed out and given back by their last holder, so that building a tree
  // allocates nothing, and copies nothing: in long vectors that would cost as much as arithmetic.
  template <class T>
  struct Pool {
    std::vector<T> items;
    std::vector<int> free;
    void refill();
    int take();
    int hold(int i) {
      ++(*this)[i].holders;
      return i;
    }
    void give_back(int i) {
      if (--(*this)[i].holders == 0) free.push_back(i);
    }
    T& operator[](int i) { return items[static_cast<std::size_t>(i)]; }
  };

  /// A stretch of 2^level steps beyond the end; false when it diverges or turns back inside.
  bool build(Index level, std::size_t child, Stretch& out);
  bool leaf(Stretch& out);
  /// Whether the union of a, then b, and each with the other's nearest point, has not turned back;
  /// `sum` gets the momenta of the union, and may be those of a.
  bool goes_on(const Stretch& a, const Stretch& b, Vec& sum);
  /// Joins b to a: its end, one of the two draws with the probability of b's being `chance_of_b`.
  void join(Stretch& a, const Stretch& b, double chance_of_b);

  Index max_depth_;
  Pool<Edge> edges_;
  Pool<Draw> draws_;
  std::vector<std::array<Vec, 2>> momenta_;  // by level and child
  Vec all_momenta_;
  // Backward, forward: the ends of the path stand in these edges and draws, which they hold. Of the
  // points the products w are kept, and the vectors that the next step is written to.
  std::array<PhasePoint, 2> ends_;
  std::array<int, 2> last_edge_{}, last_draw_{};

  // While a trajectory grows:
  const Hamiltonian* h_ = nullptr;
  Rng* rng_ = nullptr;
  Vec* divergence_ = nullptr;
  std::size_t direction_ = 0;
  double start_energy_ = 0.0, acceptance_ = 0.0;
  std::array<std::int64_t, 2> reach_{}, walked_{};
  std::int64_t index_of_draw_ = 0;
  SampleInfo done_;
};

}  // namespace thalweg
