// The objective: a scalar function L(q) with its gradient, and, where the model offers it, exact
// Hessian products. The same potential feeds gradient flow, momentum, samplers and Hessian spectra.
//
// A user writes a plain struct; the concepts below find out what it can do; `AnyPotential` erases
// the type once, at the border.
#pragma once
#include <thalweg/core/central_difference.hpp>
#include <thalweg/core/counts.hpp>
#include <thalweg/core/curvature.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/core/joint_gradients.hpp>
#include <thalweg/core/layout.hpp>
#include <thalweg/core/observable.hpp>
#include <thalweg/core/posterior.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/core/symmetry.hpp>
#include <thalweg/core/types.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace thalweg {

/// What a struct must offer to be a potential. Required:
///   Index dim() const                       number of parameters
///   double value(In q) const                L(q)
///   void gradient(In q, Out g) const        g = dL/dq
/// Optional, each found by name:
///   double value_and_gradient(In q, Out g) const      both for the price of one
///   void hvp(In q, In v, Out Hv) const                Hessian product
///   unique_ptr<Curvature> at(In q) const              Hessian products at a fixed point
///   unique_ptr<Curvature> curvature(In q, CurvatureKind) const
///                                             Gauss-Newton and Fisher matrices
///   bool has_curvature(CurvatureKind) const   which of them; all when not given
///   void third(In q, In u, In v, Out Tuv) const       third derivative, T[u,v] = grad (u' H v)
///   void third_block(In q, In u, MatIn V, MatOut TuV) const        the same of many v at once
///   static constexpr bool hessian_by_differences = true            ask for Hessian products by
///                                                     differences of gradients; the output says so
///   Index samples() const, double value_and_gradient(In q, span<const Index> batch, Out g) const
///   Layout layout() const                             names and shapes of the blocks of q
///   Vec initial_state(Rng&) const                     where a run starts
///   bool exact_flow(In q0, double t, Out q) const     closed form of q' = -grad L, false if none
///   optional<double> minimum_value() const            min L where it is known
///   Observables observables() const                   model-specific quantities
///   vector<Exhibit> exhibits(In q) const              data to show at the end of a run
///   Facts facts() const                               what the output must name: data, scaling,
///                                                     conventions, approximations
///   Symmetries symmetries() const                     what leaves L unchanged, with its charges
///   function<double(In)> with_steps_of(In at) const   L with the steps of a solver inside it that
///                                                     were accepted at `at`
///   optional<JointShape> joint_shape() const          what its gradients can be computed together
///                                                     with
/// A potential that is minus a log posterior, U = -ln p(D, q), may offer also
///   double prior(In q, Out g) const                    -ln p(q) with its gradient g
///   void draw_prior(Rng&, Out q) const                 an exact draw from the prior
///   vector<DrawQuantity> draw_quantities() const       what to store of each draw besides q
///   vector<Exhibit> observed_data() const              the data, for the draws' file
///   shared_ptr<const LinearPredictors> linear_predictors() const
template <class P>
concept Potential = requires(const P& p, In q, Out g) {
  { p.dim() } -> std::convertible_to<Index>;
  { p.value(q) } -> std::convertible_to<double>;
  p.gradient(q, g);
};

/// How a potential's derivatives are obtained; named in `describe` and in every output file.
enum class Derivatives { analytic, automatic, hessian_by_differences };

inline const char* to_text(Derivatives derivatives) {
  switch (derivatives) {
    case Derivatives::analytic:
      return "analytic";
    case Derivatives::automatic:
      return "automatic: gradient and Hessian product by differentiating the value";
    case Derivatives::hessian_by_differences:
      return "gradient analytic; Hessian products approximate, by fourth-order differences of "
             "gradients";
  }
  return "";
}

class AnyPotential {
 public:
  AnyPotential() = default;
  template <class P>
  requires(Potential<P> && !std::same_as<P, AnyPotential>) explicit AnyPotential(
      P p)  // NOLINT: explicit, the struct is named at the call
      : model_(std::make_shared<const Model<P>>(std::move(p))),
        counters_(std::make_shared<Counters>()) {}

  [[nodiscard]] explicit operator bool() const { return model_ != nullptr; }
  [[nodiscard]] Index dim() const { return model_->dim(); }

  [[nodiscard]] double value(In q) const {
    counters_->values.add();
    return model_->value(q);
  }
  double value_and_gradient(In q, Out g) const {
    counters_->gradients.add();
    return source_ ? source_->value_and_gradient(q, g) : model_->value_and_gradient(q, g);
  }
  void gradient(In q, Out g) const { value_and_gradient(q, g); }

  [[nodiscard]] bool has_hvp() const { return model_->has_hvp(); }
  /// Hv = H(q) v. @throws ModelError when the model has no Hessian product.
  void hvp(In q, In v, Out Hv) const {
    counters_->hessian_products.add();
    model_->hvp(q, v, Hv);
  }
  [[nodiscard]] bool has_curvature(CurvatureKind kind) const {
    return kind == CurvatureKind::hessian ? has_hvp() : model_->has_curvature(kind);
  }
  /// Products of the Hessian, or of another matrix, at a fixed q; counted as Hessian products as
  /// they are made. @throws ModelError when the model does not offer it.
  [[nodiscard]] std::unique_ptr<Curvature> at(In q,
                                              CurvatureKind kind = CurvatureKind::hessian) const;

  [[nodiscard]] bool has_third() const { return model_->has_third(); }
  /// Tuv = grad_q (u' H(q) v), counted as two Hessian products, which it costs about (14 products
  /// of a layer's weights against 6). @throws ModelError when not offered.
  void third(In q, In u, In v, Out Tuv) const {
    counters_->hessian_products.add(2);
    model_->third(q, u, v, Tuv);
  }
  /// TuV.col(j) = T[u, V.col(j)], sharing what depends on q and u alone.
  void third_block(In q, In u, MatIn V, MatOut TuV) const {
    counters_->hessian_products.add(2 * V.cols());
    model_->third_block(q, u, V, TuV);
  }

  /// Samples that the potential averages or sums over, 0 when it is not of that form.
  [[nodiscard]] Index samples() const { return model_->samples(); }
  /// The same average over a batch of samples: an unbiased estimate of value and gradient when the
  /// batch is drawn uniformly.
  double value_and_gradient(In q, std::span<const Index> batch, Out g) const {
    counters_->gradients.add();
    return model_->value_and_gradient(q, batch, g);
  }

  [[nodiscard]] Layout layout() const { return model_->layout(); }
  [[nodiscard]] std::optional<Vec> initial_state(Rng& rng) const {
    return model_->initial_state(rng);
  }
  bool exact_flow(In q0, double t, Out q) const { return model_->exact_flow(q0, t, q); }
  [[nodiscard]] std::optional<double> minimum_value() const { return model_->minimum_value(); }
  [[nodiscard]] Observables observables() const { return model_->observables(); }
  [[nodiscard]] std::vector<Exhibit> exhibits(In q) const { return model_->exhibits(q); }
  [[nodiscard]] Facts facts() const { return model_->facts(); }
  [[nodiscard]] Symmetries symmetries() const { return model_->symmetries(); }

  /// L with the steps frozen that a solver inside it accepts at `at`: what an adjoint of accepted
  /// steps differentiates. Empty when L has no solver, or none whose steps are constants.
  [[nodiscard]] std::function<double(In)> with_steps_of(In at) const {
    return model_->with_steps_of(at);
  }

  /// Nothing when its gradients are computed one by one.
  [[nodiscard]] std::optional<JointShape> joint_shape() const { return model_->joint_shape(); }
  /// The same potential, whose gradients are those that `source` gives.
  [[nodiscard]] AnyPotential with_gradients_from(std::shared_ptr<GradientSource> source) const {
    AnyPotential copy = *this;
    copy.source_ = std::move(source);
    return copy;
  }

  /// Whether U = likelihood + prior is known as two parts.
  [[nodiscard]] bool has_prior() const { return model_->has_prior(); }
  /// -ln p(q), g its gradient. @throws ModelError when the model does not tell its prior.
  double prior(In q, Out g) const { return model_->prior(q, g); }
  [[nodiscard]] bool can_draw_prior() const { return model_->can_draw_prior(); }
  /// @throws ModelError when the model cannot draw from its prior.
  void draw_prior(Rng& rng, Out q) const { model_->draw_prior(rng, q); }
  [[nodiscard]] std::vector<DrawQuantity> draw_quantities() const {
    return model_->draw_quantities();
  }
  [[nodiscard]] std::vector<Exhibit> observed_data() const { return model_->observed_data(); }
  /// nullptr when U is not a sum over linear predictors.
  [[nodiscard]] std::shared_ptr<const LinearPredictors> linear_predictors() const {
    return model_->linear_predictors();
  }
  [[nodiscard]] Derivatives derivatives() const { return model_->derivatives(); }

  /// The struct inside, or nullptr when it is of another type.
  template <class P>
  [[nodiscard]] const P* target() const {
    const auto* m = dynamic_cast<const Model<P>*>(model_.get());
    return m ? &m->p : nullptr;
  }

  /// The same potential with counters of its own, so that the cost of recording and the cost of
  /// solving are told apart.
  [[nodiscard]] AnyPotential with_own_counts() const {
    AnyPotential copy = *this;
    copy.counters_ = std::make_shared<Counters>();
    return copy;
  }
  [[nodiscard]] CallCounts counts() const {
    return {.values = counters_->values.get(),
            .gradients = counters_->gradients.get(),
            .hessian_products = counters_->hessian_products.get()};
  }
  /// Continue counting from a checkpoint.
  void set_counts(const CallCounts& c) const {
    counters_->values.set(c.values);
    counters_->gradients.set(c.gradients);
    counters_->hessian_products.set(c.hessian_products);
  }

 private:
  struct Counters {
    Counter values, gradients, hessian_products;
  };

  struct Interface {
    virtual ~Interface() = default;
    virtual Index dim() const = 0;
    virtual double value(In q) const = 0;
    virtual double value_and_gradient(In q, Out g) const = 0;
    virtual bool has_hvp() const = 0;
    virtual void hvp(In q, In v, Out Hv) const = 0;
    virtual std::unique_ptr<Curvature> at(In q) const = 0;
    virtual bool has_curvature(CurvatureKind) const = 0;
    virtual std::unique_ptr<Curvature> curvature(In q, CurvatureKind) const = 0;
    virtual bool has_third() const = 0;
    virtual void third(In q, In u, In v, Out Tuv) const = 0;
    virtual void third_block(In q, In u, MatIn V, MatOut TuV) const = 0;
    virtual Index samples() const = 0;
    virtual double value_and_gradient(In q, std::span<const Index>, Out g) const = 0;
    virtual Layout layout() const = 0;
    virtual std::optional<Vec> initial_state(Rng&) const = 0;
    virtual bool exact_flow(In q0, double t, Out q) const = 0;
    virtual std::optional<double> minimum_value() const = 0;
    virtual Observables observables() const = 0;
    virtual std::vector<Exhibit> exhibits(In q) const = 0;
    virtual Facts facts() const = 0;
    virtual Symmetries symmetries() const = 0;
    virtual std::function<double(In)> with_steps_of(In at) const = 0;
    virtual std::optional<JointShape> joint_shape() const = 0;
    virtual bool has_prior() const = 0;
    virtual double prior(In q, Out g) const = 0;
    virtual bool can_draw_prior() const = 0;
    virtual void draw_prior(Rng&, Out q) const = 0;
    virtual std::vector<DrawQuantity> draw_quantities() const = 0;
    virtual std::vector<Exhibit> observed_data() const = 0;
    virtual std::shared_ptr<const LinearPredictors> linear_predictors() const = 0;
    virtual Derivatives derivatives() const = 0;
  };

  template <class P>
  struct Model final : Interface {
    explicit Model(P given) : p(std::move(given)) {}
    Index dim() const override { return p.dim(); }
    double value(In q) const override { return p.value(q); }
    double value_and_gradient(In q, Out g) const override {
      if constexpr (requires { p.value_and_gradient(q, g); }) {
        return p.value_and_gradient(q, g);
      } else {
        p.gradient(q, g);
        return p.value(q);
      }
    }
    static constexpr bool offers_hvp = requires(const P& x, In q, In v, Out o) { x.hvp(q, v, o); };
    static constexpr bool offers_at = requires(const P& x, In q) {
      { x.at(q) } -> std::convertible_to<std::unique_ptr<Curvature>>;
    };
    static constexpr bool differences = requires { requires P::hessian_by_differences; };
    static_assert(!(differences && (offers_hvp || offers_at)),
                  "thalweg: hessian_by_differences is for a potential without hvp(q, v, Hv)");
    bool has_hvp() const override { return offers_hvp || offers_at || differences; }
    void hvp([[maybe_unused]] In q, [[maybe_unused]] In v, [[maybe_unused]] Out Hv) const override {
      if constexpr (offers_hvp)
        p.hvp(q, v, Hv);
      else if constexpr (offers_at)
        p.at(q)->hvp(v, Hv);
      else if constexpr (differences)
        central_difference([this](In x, Out g) { p.gradient(x, g); }, q, v, Hv);
      else
        throw ModelError("this potential has no Hessian product: add hvp(q, v, Hv)");
    }
    std::unique_ptr<Curvature> at(In q) const override;
    static constexpr bool offers_curvature = requires(const P& x, In q, CurvatureKind kind) {
      { x.curvature(q, kind) } -> std::convertible_to<std::unique_ptr<Curvature>>;
    };
    bool has_curvature([[maybe_unused]] CurvatureKind kind) const override {
      if constexpr (requires { p.has_curvature(kind); })
        return p.has_curvature(kind);
      else
        return offers_curvature;
    }
    std::unique_ptr<Curvature> curvature([[maybe_unused]] In q, CurvatureKind kind) const override {
      if constexpr (offers_curvature)
        if (has_curvature(kind)) return p.curvature(q, kind);
      throw ModelError(std::string("this potential has no ") + curvature_title(kind) +
                       ": add curvature(q, kind)");
    }
    static constexpr bool offers_third = requires(const P& x, In q, In u, In v, Out o) {
      x.third(q, u, v, o);
    };
    bool has_third() const override { return offers_third; }
    void third([[maybe_unused]] In q, [[maybe_unused]] In u, [[maybe_unused]] In v,
               [[maybe_unused]] Out Tuv) const override {
      if constexpr (offers_third)
        p.third(q, u, v, Tuv);
      else
        throw ModelError("this potential has no third derivative: add third(q, u, v, Tuv)");
    }
    void third_block(In q, In u, MatIn V, MatOut TuV) const override {
      if constexpr (requires { p.third_block(q, u, V, TuV); })
        p.third_block(q, u, V, TuV);
      else
        for (Index j = 0; j < V.cols(); ++j) third(q, u, V.col(j), TuV.col(j));
    }
    Index samples() const override {
      if constexpr (requires { p.samples(); }) return p.samples();
      return 0;
    }
    double value_and_gradient([[maybe_unused]] In q, [[maybe_unused]] std::span<const Index> batch,
                              [[maybe_unused]] Out g) const override {
      if constexpr (requires { p.value_and_gradient(q, batch, g); })
        return p.value_and_gradient(q, batch, g);
      else
        throw ModelError("this potential has no samples: it cannot be evaluated on a batch");
    }
    Layout layout() const override {
      if constexpr (requires { p.layout(); }) return p.layout();
      return plain_layout(p.dim(), "q");
    }
    std::optional<Vec> initial_state([[maybe_unused]] Rng& rng) const override {
      if constexpr (requires { p.initial_state(rng); }) return p.initial_state(rng);
      return std::nullopt;
    }
    bool exact_flow([[maybe_unused]] In q0, [[maybe_unused]] double t,
                    [[maybe_unused]] Out q) const override {
      if constexpr (requires { p.exact_flow(q0, t, q); }) return p.exact_flow(q0, t, q);
      return false;
    }
    std::optional<double> minimum_value() const override {
      if constexpr (requires { p.minimum_value(); }) return p.minimum_value();
      return std::nullopt;
    }
    Observables observables() const override {
      if constexpr (requires { p.observables(); }) return p.observables();
      return {};
    }
    std::vector<Exhibit> exhibits([[maybe_unused]] In q) const override {
      if constexpr (requires { p.exhibits(q); }) return p.exhibits(q);
      return {};
    }
    Facts facts() const override {
      if constexpr (requires { p.facts(); }) return p.facts();
      return {};
    }
    Symmetries symmetries() const override {
      if constexpr (requires { p.symmetries(); }) return p.symmetries();
      return {};
    }
    std::function<double(In)> with_steps_of([[maybe_unused]] In at) const override {
      if constexpr (requires { p.with_steps_of(at); }) return p.with_steps_of(at);
      return {};
    }
    std::optional<JointShape> joint_shape() const override {
      if constexpr (requires { p.joint_shape(); }) return p.joint_shape();
      return std::nullopt;
    }
    static constexpr bool offers_prior = requires(const P& x, In q, Out g) {
      { x.prior(q, g) } -> std::convertible_to<double>;
    };
    bool has_prior() const override { return offers_prior; }
    double prior([[maybe_unused]] In q, [[maybe_unused]] Out g) const override {
      if constexpr (offers_prior)
        return p.prior(q, g);
      else
        throw ModelError("this potential does not tell its prior: add double prior(q, g)");
    }
    static constexpr bool offers_draw_prior = requires(const P& x, Rng& r, Out q) {
      x.draw_prior(r, q);
    };
    bool can_draw_prior() const override { return offers_draw_prior; }
    void draw_prior([[maybe_unused]] Rng& rng, [[maybe_unused]] Out q) const override {
      if constexpr (offers_draw_prior)
        p.draw_prior(rng, q);
      else
        throw ModelError("this potential cannot draw from its prior: add draw_prior(rng, q)");
    }
    std::vector<DrawQuantity> draw_quantities() const override {
      if constexpr (requires { p.draw_quantities(); }) return p.draw_quantities();
      return {};
    }
    std::vector<Exhibit> observed_data() const override {
      if constexpr (requires { p.observed_data(); }) return p.observed_data();
      return {};
    }
    std::shared_ptr<const LinearPredictors> linear_predictors() const override {
      if constexpr (requires { p.linear_predictors(); }) return p.linear_predictors();
      return nullptr;
    }
    Derivatives derivatives() const override {
      if constexpr (requires { P::derivatives; }) return P::derivatives;
      if constexpr (differences) return Derivatives::hessian_by_differences;
      return Derivatives::analytic;
    }
    P p;
  };

  std::shared_ptr<const Interface> model_;
  std::shared_ptr<Counters> counters_;
  std::shared_ptr<GradientSource> source_;
};

namespace detail {

/// Curvature of a struct that only has hvp(q, v, Hv): column by column, nothing shared.
template <class P>
class ColumnCurvature final : public Curvature {
 public:
  ColumnCurvature(const P& p, In q) : p_(p), q_(q) {}
  void hvp(MatIn V, MatOut HV) override {
    for (Index j = 0; j < V.cols(); ++j)
      if constexpr (requires { p_.hvp(q_, V.col(j), HV.col(j)); })
        p_.hvp(q_, V.col(j), HV.col(j));
      else
        central_difference([this](In x, Out g) { p_.gradient(x, g); }, q_, V.col(j), HV.col(j));
  }

 private:
  const P& p_;
  Vec q_;
};

class CountedCurvature final : public Curvature {
 public:
  CountedCurvature(std::unique_ptr<Curvature> inner, std::shared_ptr<void> owner, Counter& counter)
      : inner_(std::move(inner)), owner_(std::move(owner)), counter_(counter) {}
  void hvp(MatIn V, MatOut HV) override {
    counter_.add(V.cols());
    inner_->hvp(V, HV);
  }

 private:
  std::unique_ptr<Curvature> inner_;
  std::shared_ptr<void> owner_;  // keeps the model and the counter alive
  Counter& counter_;
};

}  // namespace detail

template <class P>
std::unique_ptr<Curvature> AnyPotential::Model<P>::at(In q) const {
  if constexpr (offers_at)
    return p.at(q);
  else if constexpr (offers_hvp || differences)
    return std::make_unique<detail::ColumnCurvature<P>>(p, q);
  else
    throw ModelError("this potential has no Hessian product: add hvp(q, v, Hv)");
}

inline std::unique_ptr<Curvature> AnyPotential::at(In q, CurvatureKind kind) const {
  auto owner =
      std::make_shared<std::pair<std::shared_ptr<const Interface>, std::shared_ptr<Counters>>>(
          model_, counters_);
  return std::make_unique<detail::CountedCurvature>(
      kind == CurvatureKind::hessian ? model_->at(q) : model_->curvature(q, kind), owner,
      counters_->hessian_products);
}

}  // namespace thalweg
