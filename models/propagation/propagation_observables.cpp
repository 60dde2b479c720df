#include <thalweg/models/propagation/propagation_observables.hpp>

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <optional>
#include <thalweg/core/error.hpp>
#include <thalweg/models/propagation/ensemble_theory.hpp>
#include <thalweg/models/propagation/singular_value_law.hpp>

namespace thalweg {

namespace {

using mlp_kernel::Activation;
using History = std::shared_ptr<const SignalHistory>;

class Maker {
 public:
  Maker(History history, Index jacobian_nets, double q0, double c0)
      : history_(std::move(history)),
        theory_(std::make_shared<EnsembleTheory>(history_, q0, c0)),
        jacobian_(std::make_shared<JacobianProduct>(history_, jacobian_nets)) {
    const auto& layers = history_->layers();
    if (layers.n_regimes() == 1) return;
    regime_.emplace(
        Axis{.name = "regime", .size = layers.n_regimes(), .long_name = "standard deviation"});
    for (const auto& r : layers.regimes)
      regime_->labels.push_back(fmt::format("sigma_w = {:.4g}", r.sigma_w));
  }

  Observables make() {
    signals();
    if (history_->layers().weights.kind() == LayerWeights::Kind::gaussian) chi_squares();
    gradients();
    if (history_->layers().regimes.front().sigma_b == 0.0) activity();
    jacobians();
    for (const auto& entry : fixed_point_numbers())
      number(entry.variable, [number = entry.number](EnsembleTheory& t, In, Index, Index regime) {
        return t.fixed(regime).*number;
      });
    return std::move(all_);
  }

 private:
  /// f(theory, x, layer, regime) is one number per regime.
  template <class F>
  void number(Variable v, F f) {
    if (regime_) v.axes = {*regime_};
    all_.push_back(
        {std::move(v), [history = history_, theory = theory_, f](In x, double t, Out out) {
           const Index layer = layer_of(*history, t);
           for (Index r = 0; r < out.size(); ++r) out[r] = f(*theory, x, layer, r);
         }});
  }
  /// The same for what belongs to the whole history: x must be the signal that it has.
  template <class F>
  void history_number(Variable v, F f) {
    number(std::move(v),
           [history = history_, f](EnsembleTheory& t, In x, Index layer, Index regime) {
             own(*history, x, layer);
             return f(t, *history, layer, regime);
           });
  }

  static Index layer_of(const SignalHistory& history, double t) {
    const double layer = std::round(t);
    if (std::abs(t - layer) > 1e-6 || layer < 0.0 || layer > static_cast<double>(history.depth()))
      throw ModelError(fmt::format(
          "random networks are recorded at layers 0 to {} (model.depth), not at t = {:g}",
          history.depth(), t));
    return static_cast<Index>(layer);
  }
  static void own(const SignalHistory& history, In x, Index layer) {
    (void)history.signal(layer);
    if (!history.knows(x, layer))
      throw ModelError(
          "gradients, Jacobians and chi^2 are those of the model's own inputs; leave out [start] "
          "and choose q0, c0 and seed of the model");
  }

  void signals() {
    number({.name = "q",
            .long_name = "length q = |h|^2 / N, mean over nets",
            .comment = "model time counts layers"},
           [h = history_](EnsembleTheory&, In x, Index, Index r) {
             return measured(lengths(h->layers(), x, r)).mean;
           });
    number({.name = "q_error", .long_name = "standard error of q"},
           [h = history_](EnsembleTheory&, In x, Index, Index r) {
             return measured(lengths(h->layers(), x, r)).error;
           });
    number({.name = "q_theory", .long_name = "length q by the length map"},
           [](EnsembleTheory& t, In, Index layer, Index r) {
             return t.signals(r).q[static_cast<std::size_t>(layer)];
           });
    if (history_->layers().inputs < 2) return;
    number({.name = "c", .long_name = "correlation c of two inputs, mean over nets"},
           [h = history_](EnsembleTheory&, In x, Index, Index r) {
             return measured(correlations(h->layers(), x, r)).mean;
           });
    number({.name = "c_error", .long_name = "standard error of c"},
           [h = history_](EnsembleTheory&, In x, Index, Index r) {
             return measured(correlations(h->layers(), x, r)).error;
           });
    number({.name = "c_theory", .long_name = "correlation c by the correlation map"},
           [](EnsembleTheory& t, In, Index layer, Index r) {
             return 1.0 - t.signals(r).gap[static_cast<std::size_t>(layer)];
           });
  }

  void chi_squares() {
    const auto add = [&](const std::string& prefix, const char* what, bool pairs) {
      history_number({.name = prefix + "_chi_square",
                      .long_name = fmt::format("chi^2 of {}, over the layers so far", what),
                      .comment = "each layer against what theory expects given the one before"},
                     [pairs](EnsembleTheory& t, const SignalHistory&, Index layer, Index r) {
                       return t.chi_square(r, pairs).value[static_cast<std::size_t>(layer)];
                     });
      history_number({.name = prefix + "_freedom",
                      .long_name = fmt::format("degrees of freedom of {}_chi_square", prefix)},
                     [pairs](EnsembleTheory& t, const SignalHistory&, Index layer, Index r) {
                       return t.chi_square(r, pairs).freedom[static_cast<std::size_t>(layer)];
                     });
      history_number(
          {.name = prefix + "_chi_square_theory",
           .long_name = fmt::format("mean of {}_chi_square, its degrees of freedom", prefix)},
          [pairs](EnsembleTheory& t, const SignalHistory&, Index layer, Index r) {
            return t.chi_square(r, pairs).freedom[static_cast<std::size_t>(layer)];
          });
      history_number({.name = prefix + "_p_value",
                      .long_name = fmt::format("probability of a larger {}_chi_square", prefix)},
                     [pairs](EnsembleTheory& t, const SignalHistory&, Index layer, Index r) {
                       return t.chi_square(r, pairs).p_value(layer);
                     });
    };
    add("q", "lengths", false);
    if (history_->layers().inputs >= 2) add("c", "inner products of two inputs", true);
  }

  void gradients() {
    const auto logs = [](const SignalHistory& h, Index layer, Index r) -> Vec {
      return h.log_gradient(layer).col(r);
    };
    history_number({.name = "gradient",
                    .long_name = "gradient |delta|^2, mean over nets",
                    .comment = "delta = dloss/dh of input 0, |delta| = 1 at the last layer"},
                   [logs](EnsembleTheory&, const SignalHistory& h, Index layer, Index r) {
                     return measured(logs(h, layer, r).array().exp()).mean;
                   });
    history_number({.name = "gradient_error", .long_name = "standard error of |delta|^2"},
                   [logs](EnsembleTheory&, const SignalHistory& h, Index layer, Index r) {
                     return measured(logs(h, layer, r).array().exp()).error;
                   });
    history_number({.name = "gradient_theory",
                    .long_name = "gradient |delta|^2 by the product of chi(q)",
                    .comment = "weights of the way back taken as independent of those of the way "
                               "forth"},
                   [](EnsembleTheory& t, const SignalHistory& h, Index layer, Index r) {
                     return std::exp(t.signals(r).log_chi_sum(layer, h.depth()));
                   });
    history_number({.name = "log_gradient",
                    .long_name = "ln |delta|^2, mean over nets",
                    .comment = "model time counts layers; delta = dloss/dh of input 0"},
                   [logs](EnsembleTheory&, const SignalHistory& h, Index layer, Index r) {
                     return measured(logs(h, layer, r)).mean;
                   });
    history_number({.name = "log_gradient_median", .long_name = "ln |delta|^2, median of nets"},
                   [logs](EnsembleTheory&, const SignalHistory& h, Index layer, Index r) {
                     return median(logs(h, layer, r));
                   });
    history_number({.name = "log_gradient_variance", .long_name = "variance of ln |delta|^2"},
                   [logs](EnsembleTheory&, const SignalHistory& h, Index layer, Index r) {
                     return variance(logs(h, layer, r));
                   });
    const bool exact = history_->layers().phi.kind == Activation::identity;
    const std::string how =
        exact ? "exact at this width: psi(N/2) + ln(2 sigma_w^2 / N) and psi'(N/2) a layer "
                "(orthogonal: no fluctuation)"
        : history_->layers().weights.kind() == LayerWeights::Kind::orthogonal
            ? "log-normal, variance 3 (mu_2/mu_1^2 - 1)/N a layer, lengths as at infinite width"
            : "log-normal to first order in 1/N: (3 mu_2/mu_1^2 - 1)/N a layer and what the walk "
              "of "
              "the lengths adds";
    for (const char* name : {"log_gradient_theory", "log_gradient_median_theory"}) {
      if (exact && std::string(name).find("median") != std::string::npos) continue;
      history_number({.name = name,
                      .long_name = "ln |delta|^2 by theory",
                      .comment = how,
                      .approximate = !exact},
                     [](EnsembleTheory& t, const SignalHistory& h, Index layer, Index r) {
                       return t.signals(r).log_chi_sum(layer, h.depth()) + t.log_shift(layer, r);
                     });
    }
    history_number({.name = "log_gradient_variance_theory",
                    .long_name = "variance of ln |delta|^2 by theory",
                    .comment = how,
                    .approximate = !exact},
                   [](EnsembleTheory& t, const SignalHistory&, Index layer, Index r) {
                     return t.log_variance(layer, r);
                   });
  }

  /// |a^l|^2 / |a^0|^2, a = phi(h), of input 0.
  void activity() {
    const auto ratio = [](const SignalHistory& h, Index layer, Index r, int power) -> Vec {
      return (activities(h.layers(), h.signal(layer), r).array() /
              activities(h.layers(), h.signal(0), r).array())
          .pow(power);
    };
    for (const int power : {1, 2}) {
      const std::string name = power == 1 ? "activity" : "activity_square";
      const std::string what = power == 1 ? "|a|^2 / |a^0|^2" : "(|a|^2 / |a^0|^2)^2";
      history_number({.name = name, .long_name = what + ", a = phi(h), mean over nets"},
                     [ratio, power](EnsembleTheory&, const SignalHistory& h, Index layer, Index r) {
                       return measured(ratio(h, layer, r, power)).mean;
                     });
      history_number({.name = name + "_error", .long_name = "standard error of " + what},
                     [ratio, power](EnsembleTheory&, const SignalHistory& h, Index layer, Index r) {
                       return measured(ratio(h, layer, r, power)).error;
                     });
      // r = |a'|^2 / |a|^2 has E r = chi, E r^2 = chi^2 (1 + fluctuation / N), layers independent.
      const auto& layers = history_->layers();
      const auto kind = layers.phi.kind;
      if ((kind != Activation::relu && kind != Activation::identity) ||
          layers.weights.kind() != LayerWeights::Kind::gaussian)
        continue;
      const double fluctuation = kind == Activation::relu ? 5.0 : 2.0;
      history_number(
          {.name = name + "_theory",
           .long_name = what + " by theory",
           .comment = fmt::format("exact at any width: chi^l, and with (1 + {}/N)^l of "
                                  "the squares",
                                  fluctuation)},
          [power, fluctuation](EnsembleTheory& t, const SignalHistory& h, Index layer, Index r) {
            const double N = static_cast<double>(h.layers().width());
            const double square = power == 2 ? std::log1p(fluctuation / N) : 0.0;
            return std::exp(power * t.signals(r).log_chi_sum(0, layer) +
                            square * static_cast<double>(layer));
          });
    }
  }

  /// Mean over nets of f(squared singular values of J^l).
  template <class F>
  void jacobian_number(Variable v, F f, bool middle = false) {
    history_number(std::move(v), [jacobian = jacobian_, f, middle](
                                     EnsembleTheory&, const SignalHistory&, Index layer, Index r) {
      const Mat& s = jacobian->singular_values(layer);
      Vec all(jacobian->nets());
      for (Index net = 0; net < all.size(); ++net)
        all[net] = f(Vec(s.col(net + all.size() * r).array().square()));
      return middle ? median(all) : all.mean();
    });
  }

  /// The matrices themselves, where a row of them fits.
  void matrices(const char* name, const char* what, bool alone) {
    constexpr double most_bytes = 1e9;  // a row
    Variable v{.name = name, .long_name = what, .comment = "of input 0, entry (out, in)"};
    if (regime_) v.axes = {*regime_};
    const Index N = history_->layers().width();
    v.axes.push_back({.name = "net", .size = jacobian_->nets(), .long_name = "network"});
    v.axes.push_back({.name = "out", .size = N, .long_name = "unit of h^l"});
    v.axes.push_back(
        {.name = "in", .size = N, .long_name = alone ? "unit of the layer before" : "unit of h^0"});
    const Index size = v.size();
    all_.push_back({std::move(v), [history = history_, jacobian = jacobian_, alone, N, size,
                                   name = std::string(name)](In x, double t, Out out) {
                      if (const double bytes = 8.0 * static_cast<double>(size); bytes > most_bytes)
                        throw ModelError(fmt::format(
                            "{} takes {:.3g} GB a row ({} matrices of {} x {}), at most {:g} are "
                            "allowed; lower width or jacobian_nets, or record singular_value",
                            name, 1e-9 * bytes, size / (N * N), N, N, 1e-9 * most_bytes));
                      const Index layer = layer_of(*history, t);
                      own(*history, x, layer);
                      for (Index i = 0; i < out.size() / (N * N); ++i) {
                        const Mat J = alone ? jacobian->layer_jacobian(i, layer)
                                            : jacobian->product(i, layer);
                        out.segment(i * N * N, N * N) = J.reshaped<Eigen::RowMajor>();
                      }
                    }});
  }

  void jacobians() {
    matrices("jacobian", "Jacobian J = dh/dh^0", false);
    matrices("layer_jacobian", "Jacobian of one layer, dh^l/dh^{l-1}", true);
    const bool orthogonal = history_->layers().weights.kind() == LayerWeights::Kind::orthogonal;
    const Index nets = jacobian_->nets(), N = history_->layers().width();
    const auto values = [&](const char* name, const char* what, bool alone) {
      Variable v{.name = name,
                 .long_name = what,
                 .comment = "descending; below 1e-16 of the largest they are rounding"};
      if (regime_) v.axes = {*regime_};
      v.axes.push_back({.name = "net", .size = nets, .long_name = "network"});
      v.axes.push_back({.name = "mode", .size = N, .long_name = "rank of the singular value"});
      all_.push_back({std::move(v),
                      [history = history_, jacobian = jacobian_, alone](In x, double t, Out out) {
                        const Index layer = layer_of(*history, t);
                        own(*history, x, layer);
                        if (alone && layer == 0)
                          out.setConstant(1.0);  // before the first layer J is 1
                        else
                          out = (alone ? jacobian->layer_singular_values(layer)
                                       : jacobian->singular_values(layer))
                                    .reshaped();
                      }});
    };
    values("singular_value", "singular values of J = dh/dh^0", false);
    values("layer_singular_value", "singular values of one layer's Jacobian", true);
    Variable law{.name = "singular_value_theory",
                 .long_name = "singular values of J by theory, quantiles of their law",
                 .comment =
                     "as N grows, S-transforms multiplied (Pennington, Schoenholz, Ganguli "
                     "2017), good to 1e-3"};
    if (regime_) law.axes = {*regime_};
    law.axes.push_back({.name = "mode", .size = N, .long_name = "rank of the singular value"});
    all_.push_back(
        {std::move(law), [history = history_, theory = theory_, orthogonal](In, double t, Out out) {
           const Index layer = layer_of(*history, t);
           const auto& layers = history->layers();
           const Index width = layers.width();
           for (Index r = 0; r < layers.n_regimes(); ++r) {
             SingularValueLaw of{layers.phi.kind, orthogonal, {}};
             for (Index l = 0; l < layer; ++l)
               of.layers.push_back({layers.regimes[static_cast<std::size_t>(r)].sigma_w,
                                    theory->signals(r).q[static_cast<std::size_t>(l)]});
             out.segment(r * width, width) = of.quantiles(width);
           }
         }});
    if (history_->layers().phi.kind == Activation::identity)
      number({.name = "singular_value_edge",
              .long_name = "largest singular value by theory",
              .comment = "as N grows; of Gaussian weights Fuss and Catalan's law"},
             [orthogonal](EnsembleTheory& t, In, Index layer, Index r) {
               const double edge =
                   layer > 0 && !orthogonal ? fuss_catalan_edge(static_cast<int>(layer)) : 1.0;
               return std::sqrt(edge) * std::exp(0.5 * t.signals(r).log_chi_sum(0, layer));
             });
    jacobian_number({.name = "jacobian_mean", .long_name = "mean of s^2, tr(J J') / N"},
                    [](const Vec& s2) { return s2.mean(); });
    number({.name = "jacobian_mean_theory", .long_name = "mean of s^2 by the product of chi(q)"},
           [](EnsembleTheory& t, In, Index layer, Index r) {
             return std::exp(t.signals(r).log_chi_sum(0, layer));
           });
    jacobian_number({.name = "jacobian_spread", .long_name = "spread of s^2, var / mean^2"},
                    [](const Vec& s2) {
                      const double m = s2.mean();
                      return (s2 / m).squaredNorm() / static_cast<double>(s2.size()) - 1.0;
                    });
    number({.name = "jacobian_spread_theory",
            .long_name = "spread of s^2 by theory, depth (mu_2/mu_1^2 - 1 - s_1)",
            .comment = "J. Pennington, S. Schoenholz, S. Ganguli 2017; the slopes of each layer"},
           [orthogonal](EnsembleTheory& t, In, Index layer, Index r) {
             return t.signals(r).ratio_sum(0, layer, 1.0, orthogonal ? -1.0 : 0.0);
           });
    jacobian_number(
        {.name = "jacobian_condition",
         .long_name = "condition number of J, median of nets",
         .comment = "largest over smallest singular value; cut at 4.5e15, where "
                    "rounding hides the smallest"},
        [](const Vec& s2) {
          constexpr double eps = std::numeric_limits<double>::epsilon();
          return 1.0 / std::max(eps, std::sqrt(s2[s2.size() - 1] / s2[0]));
        },
        true);
    jacobian_number({.name = "participation_ratio",
                     .long_name = "number of directions that J keeps, (sum s^2)^2 / sum s^4"},
                    [](const Vec& s2) {
                      const double sum = (s2 / s2[0]).sum();
                      return sum * sum / (s2 / s2[0]).squaredNorm();
                    });
  }

  History history_;
  std::shared_ptr<EnsembleTheory> theory_;
  std::shared_ptr<JacobianProduct> jacobian_;
  std::optional<Axis> regime_;
  Observables all_;
};

}  // namespace

Observables propagation_observables(const std::shared_ptr<const SignalHistory>& history,
                                    Index jacobian_nets, double q0, double c0) {
  return Maker(history, jacobian_nets, q0, c0).make();
}

}  // namespace thalweg
