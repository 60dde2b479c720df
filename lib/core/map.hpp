// The motion in discrete time: x_{n+1} = F(x_n, n). Gradient descent, heavy ball, Adam, Henon.
#pragma once
#include <thalweg/core/charge_law.hpp>
#include <thalweg/core/counts.hpp>
#include <thalweg/core/depth_limit.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/core/layout.hpp>
#include <thalweg/core/observable.hpp>
#include <thalweg/core/potential.hpp>
#include <thalweg/core/types.hpp>

#include <concepts>
#include <memory>
#include <optional>
#include <utility>

namespace thalweg {

/// What a struct must offer to be a map. Required:
///   Index dim() const                                  number of unknowns
///   void apply(In x, Out next, Index n) const          next = F(x, n), n = 0 for the first step
/// Optional, each found by name:
///   void tangent(In x, MatIn V, MatOut DFV, Index n) const   DF(x) V, columns are directions
///   double time_step() const         model time of one step (gradient descent: the learning rate);
///                                    1 when absent
///   Layout layout() const; Vec initial_state(Rng&) const; Observables observables() const
///   const AnyPotential* potential() const    what it descends; its parameters come first in x
///   shared_ptr<const ChargeLaw> charge_law() const     what it does to the charges of symmetries
///   DepthLimit depth_limit() const    when time is a depth that ends
///   bool may_wait() const    whether other motions may go on on the same thread while it waits for
///                            a gradient: it keeps nothing thread_local across that call (Scratch)
template <class M>
concept Map = requires(const M& m, In x, Out next, Index n) {
  { m.dim() } -> std::convertible_to<Index>;
  m.apply(x, next, n);
};

class AnyMap {
 public:
  AnyMap() = default;
  template <class M>
  requires(Map<M> && !std::same_as<M, AnyMap>) explicit AnyMap(M m)
      : model_(std::make_shared<const Model<M>>(std::move(m))),
        counters_(std::make_shared<Counters>()) {}

  [[nodiscard]] explicit operator bool() const { return model_ != nullptr; }
  [[nodiscard]] Index dim() const { return model_->dim(); }
  void apply(In x, Out next, Index n) const {
    counters_->apply.add();
    model_->apply(x, next, n);
  }
  [[nodiscard]] bool has_tangent() const { return model_->has_tangent(); }
  void tangent(In x, MatIn V, MatOut DFV, Index n) const {
    counters_->tangent.add(V.cols());
    model_->tangent(x, V, DFV, n);
  }
  [[nodiscard]] double time_step() const { return model_->time_step(); }
  [[nodiscard]] Layout layout() const { return model_->layout(); }
  [[nodiscard]] std::optional<Vec> initial_state(Rng& rng) const {
    return model_->initial_state(rng);
  }
  [[nodiscard]] Observables observables() const { return model_->observables(); }
  [[nodiscard]] const AnyPotential* potential() const { return model_->potential(); }
  /// nullptr when none is known.
  [[nodiscard]] std::shared_ptr<const ChargeLaw> charge_law() const { return model_->charge_law(); }
  /// Nothing for a motion whose time has no end of its own.
  [[nodiscard]] std::optional<DepthLimit> depth_limit() const { return model_->depth_limit(); }
  [[nodiscard]] bool may_wait() const { return model_->may_wait(); }

  template <class M>
  [[nodiscard]] const M* target() const {
    const auto* m = dynamic_cast<const Model<M>*>(model_.get());
    return m ? &m->m : nullptr;
  }
  [[nodiscard]] AnyMap with_own_counts() const {
    AnyMap copy = *this;
    copy.counters_ = std::make_shared<Counters>();
    return copy;
  }
  [[nodiscard]] CallCounts counts() const {
    CallCounts c = potential() ? potential()->counts() : CallCounts{};
    c.rhs = counters_->apply.get();
    c.jvp = counters_->tangent.get();
    return c;
  }
  void set_counts(const CallCounts& c) const {
    if (potential()) potential()->set_counts(c);
    counters_->apply.set(c.rhs);
    counters_->tangent.set(c.jvp);
  }

 private:
  struct Counters {
    Counter apply, tangent;
  };
  struct Interface {
    virtual ~Interface() = default;
    virtual Index dim() const = 0;
    virtual void apply(In x, Out next, Index n) const = 0;
    virtual bool has_tangent() const = 0;
    virtual void tangent(In x, MatIn V, MatOut DFV, Index n) const = 0;
    virtual double time_step() const = 0;
    virtual Layout layout() const = 0;
    virtual std::optional<Vec> initial_state(Rng&) const = 0;
    virtual Observables observables() const = 0;
    virtual const AnyPotential* potential() const = 0;
    virtual std::shared_ptr<const ChargeLaw> charge_law() const = 0;
    virtual std::optional<DepthLimit> depth_limit() const = 0;
    virtual bool may_wait() const = 0;
  };
  template <class M>
  struct Model final : Interface {
    explicit Model(M given) : m(std::move(given)) {}
    Index dim() const override { return m.dim(); }
    void apply(In x, Out next, Index n) const override { m.apply(x, next, n); }
    static constexpr bool offers_tangent = requires(const M& s, In x, MatIn V, MatOut W, Index n) {
      s.tangent(x, V, W, n);
    };
    bool has_tangent() const override {
      if constexpr (requires { m.has_tangent(); })
        return m.has_tangent();
      else
        return offers_tangent;
    }
    void tangent([[maybe_unused]] In x, [[maybe_unused]] MatIn V, [[maybe_unused]] MatOut DFV,
                 [[maybe_unused]] Index n) const override {
      if constexpr (offers_tangent)
        m.tangent(x, V, DFV, n);
      else
        throw ModelError("this map has no tangent: add tangent(x, V, DFV, n)");
    }
    double time_step() const override {
      if constexpr (requires { m.time_step(); }) return m.time_step();
      return 1.0;
    }
    Layout layout() const override {
      if constexpr (requires { m.layout(); }) return m.layout();
      return plain_layout(m.dim());
    }
    std::optional<Vec> initial_state([[maybe_unused]] Rng& rng) const override {
      if constexpr (requires {
                      { m.initial_state(rng) } -> std::convertible_to<std::optional<Vec>>;
                    })
        return m.initial_state(rng);
      return std::nullopt;
    }
    Observables observables() const override {
      if constexpr (requires { m.observables(); }) return m.observables();
      return {};
    }
    const AnyPotential* potential() const override {
      if constexpr (requires { m.potential(); }) return m.potential();
      return nullptr;
    }
    std::shared_ptr<const ChargeLaw> charge_law() const override {
      if constexpr (requires { m.charge_law(); }) return m.charge_law();
      return nullptr;
    }
    std::optional<DepthLimit> depth_limit() const override {
      if constexpr (requires { m.depth_limit(); }) return m.depth_limit();
      return std::nullopt;
    }
    bool may_wait() const override {
      if constexpr (requires { m.may_wait(); }) return m.may_wait();
      return false;
    }
    M m;
  };

  std::shared_ptr<const Interface> model_;
  std::shared_ptr<Counters> counters_;
};

}  // namespace thalweg
