#include <thalweg/models/propagation/signal_statistics.hpp>

#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>

namespace thalweg {

namespace {

template <class F>
Vec of_nets(const RandomLayers& layers, F number) {
  Vec all(layers.nets);
  for (Index net = 0; net < layers.nets; ++net) all[net] = number(net);
  return all;
}

double activity_product(const RandomLayers& layers, In x, Index net, Index regime, Index i,
                        Index j) {
  const auto a = layers.input(x, net, regime, i), b = layers.input(x, net, regime, j);
  double sum = 0.0;
  for (Index k = 0; k < a.size(); ++k) sum += layers.phi.value(a[k]) * layers.phi.value(b[k]);
  return sum / static_cast<double>(a.size());
}

double product(const RandomLayers& layers, In x, Index net, Index regime, Index i, Index j) {
  return layers.input(x, net, regime, i).dot(layers.input(x, net, regime, j)) /
         static_cast<double>(layers.width());
}

// d' S^-1 d and its degrees of freedom; of two quantities that are one the first is kept.
struct TwoByTwo {
  double a, b, c;  // variances a, b and the covariance c
  void add(double d1, double d2, double samples, double& chi2, double& freedom) const {
    const double det = a * b - c * c;
    if (det <= 1e-9 * a * b) {
      chi2 += samples * d1 * d1 / a;
      freedom += 1.0;
      return;
    }
    chi2 += samples * (b * d1 * d1 - 2.0 * c * d1 * d2 + a * d2 * d2) / det;
    freedom += 2.0;
  }
};

}  // namespace

Measured measured(const Vec& all) {
  return {all.mean(), std::sqrt(variance(all) / static_cast<double>(all.size()))};
}

double variance(const Vec& all) {
  if (all.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  return (all.array() - all.mean()).square().sum() / static_cast<double>(all.size() - 1);
}

double median(Vec all) {
  std::sort(all.begin(), all.end());
  const Index n = all.size();
  return 0.5 * (all[(n - 1) / 2] + all[n / 2]);
}

Vec lengths(const RandomLayers& layers, In x, Index regime) {
  return of_nets(layers, [&](Index net) {
    double sum = 0.0;
    for (Index i = 0; i < layers.inputs; ++i) sum += product(layers, x, net, regime, i, i);
    return sum / static_cast<double>(layers.inputs);
  });
}

Vec correlations(const RandomLayers& layers, In x, Index regime) {
  return of_nets(layers, [&](Index net) {
    return product(layers, x, net, regime, 0, 1) /
           std::sqrt(product(layers, x, net, regime, 0, 0) * product(layers, x, net, regime, 1, 1));
  });
}

Vec activities(const RandomLayers& layers, In x, Index regime) {
  return of_nets(layers, [&](Index net) { return activity_product(layers, x, net, regime, 0, 0); });
}

SignalTheory::SignalTheory(const MeanField& field, Index depth, double q0, double c0) {
  const auto same = [](double a, double b) { return std::abs(a - b) <= 1e-15 * std::abs(b); };
  double length = q0, g = 1.0 - c0;
  for (Index l = 0; l <= depth; ++l) {
    const bool settled = l > 0 && same(length, q.back());
    const bool gap_settled = settled && same(g, gap.back());
    q.push_back(length);
    gap.push_back(g);
    if (settled) {
      log_chi.push_back(log_chi.back());
      slope_ratio.push_back(slope_ratio.back());
    } else {
      const double mu = field.slope_moment(length, 1);
      log_chi.push_back(std::log(field.weight_variance() * mu));
      slope_ratio.push_back(field.slope_moment(length, 2) / (mu * mu));
    }
    if (!gap_settled) g = field.next_gap(length, g);
    if (!settled) length = field.length(length);
  }
}

double SignalTheory::log_chi_sum(Index from, Index to) const {
  double sum = 0.0;
  for (Index l = from; l < to; ++l) sum += log_chi[static_cast<std::size_t>(l)];
  return sum;
}

double SignalTheory::ratio_sum(Index from, Index to, double factor, double constant) const {
  double sum = 0.0;
  for (Index l = from; l < to; ++l)
    sum += factor * slope_ratio[static_cast<std::size_t>(l)] + constant;
  return sum;
}

double ChiSquare::p_value(Index layer) const {
  const auto l = static_cast<std::size_t>(layer);
  return freedom[l] > 0.0 ? boost::math::gamma_q(0.5 * freedom[l], 0.5 * value[l]) : 1.0;
}

ChiSquare chi_square_of_lengths(const SignalHistory& history, const MeanField& field,
                                Index regime) {
  const auto& layers = history.layers();
  const double w = field.weight_variance(), b = field.bias_variance();
  const double samples = static_cast<double>(layers.width() * layers.nets);
  ChiSquare all{{0.0}, {0.0}};
  const auto variances = [&](Index l) -> Vec {
    return w * activities(layers, history.signal(l), regime).array() + b;
  };
  Vec K = variances(0);
  for (Index l = 1; l <= history.depth(); ++l) {
    const Vec next = variances(l);
    double d1 = 0.0, d2 = 0.0;
    for (Index net = 0; net < layers.nets; ++net) {
      d1 += product(layers, history.signal(l), net, regime, 0, 0) / K[net] - 1.0;
      d2 += next[net] / field.length(K[net]) - 1.0;
    }
    const double mean = K.mean(), V = field.length(mean);
    const auto m = field.moments(mean);
    const TwoByTwo covariance{2.0, w * w * (m.fourth - m.square * m.square) / (V * V),
                              w * (m.with_u - mean * m.square) / (mean * V)};
    double chi2 = all.value.back(), freedom = all.freedom.back();
    const auto nets = static_cast<double>(layers.nets);
    covariance.add(d1 / nets, d2 / nets, samples, chi2, freedom);
    all.value.push_back(chi2);
    all.freedom.push_back(freedom);
    K = next;
  }
  return all;
}

ChiSquare chi_square_of_pairs(const SignalHistory& history, const MeanField& field, Index regime) {
  const auto& layers = history.layers();
  const double w = field.weight_variance(), b = field.bias_variance();
  const double samples = static_cast<double>(layers.width() * layers.nets);
  struct Gram {
    double first, second, both;
    [[nodiscard]] double size() const { return std::sqrt(first * second); }
    [[nodiscard]] double gap() const { return std::max(0.0, 1.0 - both / size()); }
  };
  const auto grams = [&](Index l) {
    std::vector<Gram> all;
    const Vec& h = history.signal(l);
    for (Index net = 0; net < layers.nets; ++net)
      all.push_back({w * activity_product(layers, h, net, regime, 0, 0) + b,
                     w * activity_product(layers, h, net, regime, 1, 1) + b,
                     w * activity_product(layers, h, net, regime, 0, 1) + b});
    return all;
  };
  ChiSquare all{{0.0}, {0.0}};
  auto K = grams(0);
  for (Index l = 1; l <= history.depth(); ++l) {
    const auto next = grams(l);
    double q = 0.0, both = 0.0;
    for (const auto& k : K) {
      q += 0.5 * (k.first + k.second) / static_cast<double>(layers.nets);
      both += k.both / static_cast<double>(layers.nets);
    }
    const double gap = std::max(0.0, 1.0 - both / q);
    const auto m = field.pair_moments(q, q, gap);
    // Of phi with a scale the nets stay near their mean: its first order is enough there.
    const auto slope = field.is_homogeneous() ? MeanField::PairSlopes{} : field.pair_slopes(q, gap);
    const auto expected = [&](const Gram& k) {
      if (field.is_homogeneous())
        return w * field.pair_moments(k.first, k.second, k.gap()).square + b;
      return w * (m.square + slope.by_product * (k.both - both) +
                  slope.by_length * (k.first + k.second - 2.0 * q)) +
             b;
    };
    double d1 = 0.0, d2 = 0.0;
    for (std::size_t net = 0; net < K.size(); ++net) {
      d1 += (product(layers, history.signal(l), static_cast<Index>(net), regime, 0, 1) -
             K[net].both) /
            K[net].size();
      d2 += (next[net].both - expected(K[net])) / K[net].size();
    }
    const TwoByTwo covariance{1.0 + both * both / (q * q),
                              w * w * (m.fourth - m.square * m.square) / (q * q),
                              w * (m.with_u - both * m.square) / (q * q)};
    double chi2 = all.value.back(), freedom = all.freedom.back();
    const auto nets = static_cast<double>(layers.nets);
    covariance.add(d1 / nets, d2 / nets, samples, chi2, freedom);
    all.value.push_back(chi2);
    all.freedom.push_back(freedom);
    K = next;
  }
  return all;
}

}  // namespace thalweg
