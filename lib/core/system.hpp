// The motion in continuous time: an ODE x' = f(x, t). Gradient flow, damped momentum, tangent
// space and adjoint are all systems, so every stepper, record and checkpoint works on them.
#pragma once
#include <thalweg/core/charge_law.hpp>
#include <thalweg/core/counts.hpp>
#include <thalweg/core/depth_limit.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/core/layout.hpp>
#include <thalweg/core/mechanics.hpp>
#include <thalweg/core/observable.hpp>
#include <thalweg/core/potential.hpp>
#include <thalweg/core/types.hpp>

#include <concepts>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace thalweg {

/// What a struct must offer to be a system. Required:
///   Index dim() const                            number of unknowns
///   void rhs(In x, Out dxdt, double t) const     dxdt = f(x, t)
/// Optional, each found by name:
///   void jvp(In x, In v, Out Jv, double t) const       Jacobian product, J = df/dx
///   double energy(In x) const                          a quantity to watch
///   double energy_rate(In x, double t) const           dE/dt along the motion, for the balance
///   Mechanics mechanics() const; void force(In q, Out f) const   x = (q, v) moves as mechanics.hpp
///                                                      says: for methods that keep its structure
///   double potential_energy(In q) const                force = -grad of it
///   Layout layout() const; Vec initial_state(Rng&) const; Observables observables() const
///   bool exact(In x0, double t, Out x) const           closed-form solution, false if none
///   const AnyPotential* potential() const              what it is a motion on; the potential's
///                                                      parameters are the first entries of x
///   bool is_gradient_flow() const                      f = -grad L: J symmetric, real spectrum
///   unique_ptr<Linearisation> linearise(In x, double t) const   Jacobian products at a fixed point
///   shared_ptr<const ChargeLaw> charge_law() const     what it does to the charges of symmetries
///   DepthLimit depth_limit() const    when time is a depth that ends
///   bool may_wait() const    whether other motions may go on on the same thread while it waits for
///                            a gradient: it keeps nothing thread_local across that call (Scratch)
///   std::vector<double> breaks() const   times where f, or a derivative of it by t, jumps: steps
///                                      of the run end there
template <class M>
concept System = requires(const M& m, In x, Out dxdt, double t) {
  { m.dim() } -> std::convertible_to<Index>;
  m.rhs(x, dxdt, t);
};

/// The Jacobian J = df/dx at a fixed point (x, t). What all products share is computed once, when
/// the point is set.
class Linearisation {
 public:
  virtual ~Linearisation() = default;
  /// Moves to another point.
  virtual void move_to(In x, double t) = 0;
  /// JV = J(x, t) V, shapes (dim, k).
  virtual void jvp(MatIn V, MatOut JV) = 0;
};

class AnySystem {
 public:
  AnySystem() = default;
  template <class M>
  requires(System<M> && !std::same_as<M, AnySystem>) explicit AnySystem(M m)
      : model_(std::make_shared<const Model<M>>(std::move(m))),
        counters_(std::make_shared<Counters>()) {}

  [[nodiscard]] explicit operator bool() const { return model_ != nullptr; }
  [[nodiscard]] Index dim() const { return model_->dim(); }
  void rhs(In x, Out dxdt, double t) const {
    counters_->rhs.add();
    model_->rhs(x, dxdt, t);
  }
  [[nodiscard]] bool has_jvp() const { return model_->has_jvp(); }
  void jvp(In x, In v, Out Jv, double t) const {
    counters_->jvp.add();
    model_->jvp(x, v, Jv, t);
  }
  /// Jacobian products at a fixed point, counted here as they are made. A system without
  /// linearise(x, t) repeats its jvp(x, v, Jv, t) at a copy of the point: nothing is shared then.
  /// @throws ModelError when the system has no Jacobian products.
  [[nodiscard]] std::unique_ptr<Linearisation> linearise(In x, double t) const;
  [[nodiscard]] std::optional<double> energy(In x) const { return model_->energy(x); }
  [[nodiscard]] bool has_energy() const { return model_->has_energy(); }
  [[nodiscard]] bool has_energy_rate() const { return model_->has_energy_rate(); }
  /// dE/dt at (x, t). @throws ModelError when the system does not offer it.
  [[nodiscard]] double energy_rate(In x, double t) const { return model_->energy_rate(x, t); }
  /// Mass and friction of a second-order motion; nothing when it is not one.
  [[nodiscard]] std::optional<Mechanics> mechanics() const { return model_->mechanics(); }
  /// The force of a second-order motion, counted as a right-hand side.
  void force(In q, Out f) const {
    counters_->rhs.add();
    model_->force(q, f);
  }
  [[nodiscard]] bool has_potential_energy() const { return model_->has_potential_energy(); }
  [[nodiscard]] double potential_energy(In q) const { return model_->potential_energy(q); }
  [[nodiscard]] Layout layout() const { return model_->layout(); }
  [[nodiscard]] std::optional<Vec> initial_state(Rng& rng) const {
    return model_->initial_state(rng);
  }
  [[nodiscard]] Observables observables() const { return model_->observables(); }
  bool exact(In x0, double t, Out x) const { return model_->exact(x0, t, x); }
  [[nodiscard]] const AnyPotential* potential() const { return model_->potential(); }
  /// nullptr when none is known.
  [[nodiscard]] std::shared_ptr<const ChargeLaw> charge_law() const { return model_->charge_law(); }
  /// Nothing for a motion whose time has no end of its own.
  [[nodiscard]] std::optional<DepthLimit> depth_limit() const { return model_->depth_limit(); }
  [[nodiscard]] bool may_wait() const { return model_->may_wait(); }
  [[nodiscard]] std::vector<double> breaks() const { return model_->breaks(); }
  [[nodiscard]] bool is_gradient_flow() const { return model_->is_gradient_flow(); }

  template <class M>
  [[nodiscard]] const M* target() const {
    const auto* m = dynamic_cast<const Model<M>*>(model_.get());
    return m ? &m->m : nullptr;
  }
  /// The same system with counters of its own (those of the potential inside stay shared).
  [[nodiscard]] AnySystem with_own_counts() const {
    AnySystem copy = *this;
    copy.counters_ = std::make_shared<Counters>();
    return copy;
  }
  /// Calls made through this handle, with those of the potential inside.
  [[nodiscard]] CallCounts counts() const {
    CallCounts c = potential() ? potential()->counts() : CallCounts{};
    c.rhs = counters_->rhs.get();
    c.jvp = counters_->jvp.get();
    return c;
  }
  void set_counts(const CallCounts& c) const {
    if (potential()) potential()->set_counts(c);
    counters_->rhs.set(c.rhs);
    counters_->jvp.set(c.jvp);
  }

 private:
  struct Counters {
    Counter rhs, jvp;
  };
  struct Interface {
    virtual ~Interface() = default;
    virtual Index dim() const = 0;
    virtual void rhs(In x, Out dxdt, double t) const = 0;
    virtual bool has_jvp() const = 0;
    virtual void jvp(In x, In v, Out Jv, double t) const = 0;
    virtual std::unique_ptr<Linearisation> linearise(In x, double t) const = 0;
    virtual bool has_energy() const = 0;
    virtual std::optional<double> energy(In x) const = 0;
    virtual bool has_energy_rate() const = 0;
    virtual double energy_rate(In x, double t) const = 0;
    virtual std::optional<Mechanics> mechanics() const = 0;
    virtual void force(In q, Out f) const = 0;
    virtual bool has_potential_energy() const = 0;
    virtual double potential_energy(In q) const = 0;
    virtual Layout layout() const = 0;
    virtual std::optional<Vec> initial_state(Rng&) const = 0;
    virtual Observables observables() const = 0;
    virtual bool exact(In x0, double t, Out x) const = 0;
    virtual const AnyPotential* potential() const = 0;
    virtual std::shared_ptr<const ChargeLaw> charge_law() const = 0;
    virtual std::optional<DepthLimit> depth_limit() const = 0;
    virtual bool may_wait() const = 0;
    virtual std::vector<double> breaks() const = 0;
    virtual bool is_gradient_flow() const = 0;
  };
  template <class M>
  struct Model final : Interface {
    explicit Model(M given) : m(std::move(given)) {}
    Index dim() const override { return m.dim(); }
    void rhs(In x, Out dxdt, double t) const override { m.rhs(x, dxdt, t); }
    static constexpr bool offers_jvp = requires(const M& s, In x, In v, Out o, double t) {
      s.jvp(x, v, o, t);
    };
    bool has_jvp() const override {
      if constexpr (requires { m.has_jvp(); })
        return m.has_jvp();  // an adaptor whose potential may lack Hessian products
      else
        return offers_jvp;
    }
    void jvp([[maybe_unused]] In x, [[maybe_unused]] In v, [[maybe_unused]] Out Jv,
             [[maybe_unused]] double t) const override {
      if constexpr (offers_jvp)
        m.jvp(x, v, Jv, t);
      else
        throw ModelError("this system has no Jacobian product: add jvp(x, v, Jv, t)");
    }
    std::unique_ptr<Linearisation> linearise(In x, double t) const override;
    static constexpr bool offers_energy = requires(const M& s, In x) { s.energy(x); };
    bool has_energy() const override { return offers_energy; }
    std::optional<double> energy([[maybe_unused]] In x) const override {
      if constexpr (offers_energy) return m.energy(x);
      return std::nullopt;
    }
    static constexpr bool offers_rate = requires(const M& s, In x, double t) {
      s.energy_rate(x, t);
    };
    bool has_energy_rate() const override { return offers_energy && offers_rate; }
    double energy_rate([[maybe_unused]] In x, [[maybe_unused]] double t) const override {
      if constexpr (offers_rate) return m.energy_rate(x, t);
      throw ModelError("this system has no energy rate: add energy_rate(x, t)");
    }
    static constexpr bool offers_mechanics = requires(const M& s, In q, Out f) {
      { s.mechanics() } -> std::convertible_to<Mechanics>;
      s.force(q, f);
    };
    std::optional<Mechanics> mechanics() const override {
      if constexpr (offers_mechanics) return m.mechanics();
      return std::nullopt;
    }
    void force([[maybe_unused]] In q, [[maybe_unused]] Out f) const override {
      if constexpr (offers_mechanics)
        m.force(q, f);
      else
        throw ModelError("this system has no force: add mechanics() and force(q, f)");
    }
    static constexpr bool offers_potential_energy = requires(const M& s, In q) {
      s.potential_energy(q);
    };
    bool has_potential_energy() const override { return offers_potential_energy; }
    double potential_energy([[maybe_unused]] In q) const override {
      if constexpr (offers_potential_energy) return m.potential_energy(q);
      throw ModelError("this system has no potential energy: add potential_energy(q)");
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
    bool exact([[maybe_unused]] In x0, [[maybe_unused]] double t,
               [[maybe_unused]] Out x) const override {
      if constexpr (requires { m.exact(x0, t, x); }) return m.exact(x0, t, x);
      return false;
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
    std::vector<double> breaks() const override {
      if constexpr (requires { m.breaks(); }) return m.breaks();
      return {};
    }
    bool is_gradient_flow() const override {
      if constexpr (requires { m.is_gradient_flow(); }) return m.is_gradient_flow();
      return false;
    }
    M m;
  };

  std::shared_ptr<const Interface> model_;
  std::shared_ptr<Counters> counters_;
};

namespace detail {

/// Linearisation of a struct that only has jvp(x, v, Jv, t): column by column, nothing shared.
template <class M>
class ColumnLinearisation final : public Linearisation {
 public:
  ColumnLinearisation(const M& m, In x, double t) : m_(m), x_(x), t_(t) {}
  void move_to(In x, double t) override {
    x_ = x;
    t_ = t;
  }
  void jvp(MatIn V, MatOut JV) override {
    for (Index j = 0; j < V.cols(); ++j) m_.jvp(x_, V.col(j), JV.col(j), t_);
  }

 private:
  const M& m_;
  Vec x_;
  double t_;
};

class CountedLinearisation final : public Linearisation {
 public:
  CountedLinearisation(std::unique_ptr<Linearisation> inner, std::shared_ptr<void> owner,
                       Counter& counter)
      : inner_(std::move(inner)), owner_(std::move(owner)), counter_(counter) {}
  void move_to(In x, double t) override { inner_->move_to(x, t); }
  void jvp(MatIn V, MatOut JV) override {
    counter_.add(V.cols());
    inner_->jvp(V, JV);
  }

 private:
  std::unique_ptr<Linearisation> inner_;
  std::shared_ptr<void> owner_;  // keeps the model and the counter alive
  Counter& counter_;
};

}  // namespace detail

template <class M>
std::unique_ptr<Linearisation> AnySystem::Model<M>::linearise([[maybe_unused]] In x,
                                                              [[maybe_unused]] double t) const {
  if constexpr (requires {
                  { m.linearise(x, t) } -> std::convertible_to<std::unique_ptr<Linearisation>>;
                })
    return m.linearise(x, t);
  else if constexpr (offers_jvp)
    return std::make_unique<detail::ColumnLinearisation<M>>(m, x, t);
  else
    throw ModelError("this system has no Jacobian product: add jvp(x, v, Jv, t)");
}

inline std::unique_ptr<Linearisation> AnySystem::linearise(In x, double t) const {
  auto owner =
      std::make_shared<std::pair<std::shared_ptr<const Interface>, std::shared_ptr<Counters>>>(
          model_, counters_);
  return std::make_unique<detail::CountedLinearisation>(model_->linearise(x, t), owner,
                                                        counters_->jvp);
}

}  // namespace thalweg
