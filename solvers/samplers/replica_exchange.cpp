#include <thalweg/solvers/samplers/replica_exchange.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thalweg/core/error.hpp>

namespace thalweg {

namespace {

using Numbers = Eigen::Matrix<std::int64_t, Eigen::Dynamic, 1>;

class ReplicaExchangeSampler final : public Sampler {
 public:
  ReplicaExchangeSampler(const AnyPotential& potential, double temperature,
                         const ReplicaExchange& options) {
    const Index n = options.replicas;
    for (Index k = 0; k < n; ++k) {
      const double ratio =
          std::pow(options.hottest, static_cast<double>(k) / static_cast<double>(n - 1));
      Nuts at_this_rung = options;
      if (options.step_size) at_this_rung.step_size = *options.step_size * std::sqrt(ratio);
      rungs_.push_back(at_this_rung.make(potential, temperature * ratio));
    }
    info_ = rungs_.front()->info();
    info_.description =
        fmt::format("replica exchange at {} temperatures from {:g} to {:g}, moved by {}", n,
                    temperature, temperature * options.hottest, info_.description);
    info_.name = "replica_exchange";
    info_.statistics.emplace_back("replica");
    for (const auto& r : rungs_) info_.temperatures.push_back(r->temperature());
    tries_ = swaps_ = Numbers::Zero(n - 1);
    forget_way();
  }

  const SamplerInfo& info() const override { return info_; }

  void start(In q, std::int64_t warmup, Rng& rng) override {
    for (auto& r : rungs_) r->start(q, warmup, rng);
    forget_way();
    tries_.setZero();
    swaps_.setZero();
    round_trips_ = transitions_ = 0;
  }

  // First the exchange, so that what is told of the trajectory belongs to the draw.
  SampleInfo transition(Rng& rng) override {
    const bool counts = !warming_up();
    if (transitions_ > 0) exchange(counts, rng);
    ++transitions_;
    std::int64_t gradients = 0;
    SampleInfo done;
    for (std::size_t k = 0; k < rungs_.size(); ++k) {
      const auto here = rungs_[k]->transition(rng);
      gradients += here.n_gradients;
      if (k == 0) done = here;
    }
    done.n_gradients = gradients;
    done.replica = walker_[0];
    return done;
  }

  const Vec& position() const override { return coldest().position(); }
  bool warming_up() const override { return coldest().warming_up(); }
  const Vec& divergence_position() const override { return coldest().divergence_position(); }
  double step_size() const override { return coldest().step_size(); }
  InverseMetric inverse_metric() const override { return coldest().inverse_metric(); }

  /// The scales of exp(-U/T) grow as sqrt(T).
  void set_tuning(double step_size, const InverseMetric& metric) override {
    for (auto& r : rungs_)
      r->set_tuning(step_size * std::sqrt(r->temperature() / coldest().temperature()), metric);
  }

  Vec swap_rates() const override {
    return swaps_.cast<double>().array() / tries_.cast<double>().array();
  }
  std::int64_t round_trips() const override { return round_trips_; }

  void save(Archive& a, const std::string& prefix) const override {
    for (std::size_t k = 0; k < rungs_.size(); ++k)
      rungs_[k]->save(a, fmt::format("{}replica.{}.", prefix, k));
    a.put(prefix + "transitions", transitions_);
    a.put(prefix + "round_trips", round_trips_);
    const auto put = [&](const char* key, const Numbers& x) {
      a.put(prefix + key, Vec(x.cast<double>()));
    };
    put("tries", tries_);
    put("swaps", swaps_);
    put("walker", walker_);
    put("way", way_);
  }
  void load(const Archive& a, const std::string& prefix) override {
    for (std::size_t k = 0; k < rungs_.size(); ++k)
      rungs_[k]->load(a, fmt::format("{}replica.{}.", prefix, k));
    transitions_ = a.integer(prefix + "transitions");
    round_trips_ = a.integer(prefix + "round_trips");
    const auto get = [&](const char* key, Numbers& x) {
      const Vec stored = a.vector(prefix + key);
      if (stored.size() != x.size())
        throw IoError(fmt::format("the checkpoint has {} entries of {}, the sampler {}",
                                  stored.size(), key, x.size()));
      x = stored.cast<std::int64_t>();
    };
    get("tries", tries_);
    get("swaps", swaps_);
    get("walker", walker_);
    get("way", way_);
  }

 private:
  [[nodiscard]] const HamiltonianSampler& coldest() const { return *rungs_.front(); }

  // Even and odd pairs in turn: a walker that was exchanged goes on in its direction, where pairs
  // drawn at random would let it diffuse.
  void exchange(bool counts, Rng& rng) {
    const auto last = static_cast<Index>(rungs_.size()) - 1;
    for (Index k = last > 1 ? transitions_ % 2 : 0; k < last; k += 2) {
      auto &cold = *rungs_[static_cast<std::size_t>(k)],
           &hot = *rungs_[static_cast<std::size_t>(k + 1)];
      const double log_ratio = (1.0 / cold.temperature() - 1.0 / hot.temperature()) *
                               (cold.potential_energy() - hot.potential_energy());
      const bool swaps = rng.uniform() < std::exp(std::min(0.0, log_ratio));
      if (counts) ++tries_[k];
      if (!swaps) continue;
      if (counts) ++swaps_[k];
      cold.exchange_position(hot);
      std::swap(walker_[k], walker_[k + 1]);
    }
    auto &bottom = way_[walker_[0]], &top = way_[walker_[last]];
    if (bottom == down && counts) ++round_trips_;
    bottom = up;
    if (top == up) top = down;
  }

  static constexpr std::int64_t nowhere = 0, up = 1, down = 2;

  void forget_way() {
    walker_ = Numbers::LinSpaced(static_cast<Index>(rungs_.size()), 0,
                                 static_cast<std::int64_t>(rungs_.size()) - 1);
    way_ = Numbers::Constant(walker_.size(), nowhere);
  }

  std::vector<std::unique_ptr<HamiltonianSampler>> rungs_;  // the coldest first
  SamplerInfo info_;
  Numbers tries_, swaps_;  // of each pair of neighbours, after the warm-up
  Numbers walker_;         // which of the walkers stands on each rung
  Numbers way_;            // of each walker: to where since it was at an end
  std::int64_t round_trips_ = 0, transitions_ = 0;
};

}  // namespace

Doc ReplicaExchange::doc() {
  return {
      .summary = "parallel tempering: replicas at a ladder of temperatures exchange positions",
      .equation =
          "replica k draws from exp(-U/T_k) by nuts, T_k = T hottest^(k/(replicas - 1));\n"
          "before each transition neighbours i, j exchange positions with probability\n"
          "min(1, exp((1/T_i - 1/T_j) (U_i - U_j))), even and odd pairs in turn",
      .source =
          "Swendsen, Wang, Phys. Rev. Lett. 57 (1986) 2607-2609; Geyer, Comput. Sci. Stat. 23 "
          "(1991) 156-163; even and odd pairs: Syed et al., J. R. Stat. Soc. B 84 (2022) 321-350",
      .notes =
          "For separate modes, between which one chain does not pass. Exact: the draws are those "
          "of "
          "replica 0, at T = draws.temperature, with their right weights as soon as walkers travel "
          "the ladder; the run tells the rate of swaps of each pair of neighbours and how many "
          "round trips the walkers made. Each replica learns its own step and metric; a step_size "
          "that is given is multiplied by sqrt(T_k/T). A draw costs the gradients of all "
          "replicas. Swaps of about a half are good: near-Gaussian densities of d parameters take "
          "about 1 + 2 sqrt(d/(2 pi)) ln(hottest) replicas. exp(-U/T_k) must have a finite "
          "integral "
          "at the highest temperature too, whose barriers should be a few T."};
}

void ReplicaExchange::fields(Fields& f) {
  f("replicas", replicas, "1", "temperatures of the ladder", between(2.0, 1000.0));
  f("hottest", hottest, "1", "the highest temperature over that of the draws, > 1",
    {.low = 1.0, .high = 1e12, .low_open = true});
  Nuts::fields(f);
}

std::unique_ptr<Sampler> ReplicaExchange::operator()(const AnyPotential& potential,
                                                     double temperature) const {
  return std::make_unique<ReplicaExchangeSampler>(potential, temperature, *this);
}

}  // namespace thalweg
