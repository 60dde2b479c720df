// A vector field in depth of which only the value is given gets the derivatives that solvers,
// adjoints and Hessian products need by forward automatic differentiation:
//
//   struct Decay {                                     // da/dz = -theta a, entry by entry
//     Index n_parameters(Index width) const { return width; }
//     template <class S>
//     void rhs(const VectorOf<S>& a, double z, const VectorOf<S>& theta, RefOf<S> dadz) const {
//       for (Index i = 0; i < a.size(); ++i) dadz[i] = -theta[i] * a[i];
//     }
//   };
//
// Exact to rounding. A product backwards costs (width + parameters)/8 evaluations a sample, so this
// is for laws of a few parameters; a network writes its VectorField by hand.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/vector_field.hpp>
#include <thalweg/models/automatic_derivatives.hpp>
#include <thalweg/numerics/dual.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace thalweg {

/// Entries of any scalar to write to. RefOf<double> is Out.
template <class S>
using RefOf = Eigen::Ref<Eigen::Matrix<S, Eigen::Dynamic, 1>>;

/// What such a struct must offer. Optional: `fields`, `prepare`, as models have them, and
///   Index width() const                     entries of a, when the law is for that many only
///   Layout layout(Index width) const        names and shapes of theta; one block "theta" without
///   Vec initial_parameters(Rng&) const      normal numbers of deviation 0.1 without
///   std::vector<double> breaks() const      depths where f, or a derivative by z, jumps: steps end
///                                           there
template <class L>
concept FieldLaw = requires(const L& law, const VectorOf<double>& v, RefOf<double> out) {
  { law.n_parameters(Index{1}) } -> std::convertible_to<Index>;
  law.template rhs<double>(v, 0.0, v, out);
};

namespace detail {

template <class L>
class LawEvaluation final : public FieldEvaluation {
 public:
  LawEvaluation(const L& law, Index width, Index n_theta)
      : law_(law), width_(width), n_theta_(n_theta), f_(width), first_(*this), second_(*this) {}

  void evaluate(MatIn A, double z, In theta, MatOut F) override {
    A_ = A;
    z_ = z;
    theta_ = theta;
    for (Index s = 0; s < A.cols(); ++s) {
      law_.template rhs<double>(A_.col(s), z_, theta_, f_);
      F.col(s) = f_;
    }
  }

  void vjp(MatIn Delta, MatOut A_bar, Out theta_bar) override {
    const Index wanted = theta_bar.size() > 0 ? width_ + n_theta_ : width_;
    for (Index s = 0; s < A_.cols(); ++s) {
      first_.set(A_.col(s), theta_);
      chunks(wanted, [&](Index from, Index to) {
        for (Index i = from; i < to; ++i) first_[i].slope[place(i, from)] = 1.0;
        first_.evaluate(law_, z_);
        for (Index i = from; i < to; ++i) {
          double sum = 0.0;
          for (Index o = 0; o < width_; ++o) sum += Delta(o, s) * first_.f[o].slope[place(i, from)];
          put(i, s, sum, A_bar, theta_bar);
          first_[i].slope[place(i, from)] = 0.0;
        }
      });
    }
  }

  void jvp(MatIn dA, In dtheta, MatOut dF) override {
    dA_ = dA;
    dtheta_ = dtheta;
    for (Index s = 0; s < A_.cols(); ++s) {
      first_.set(A_.col(s), theta_);
      for (Index i = 0; i < width_ + n_theta_; ++i) first_[i].slope[0] = direction(i, s);
      first_.evaluate(law_, z_);
      for (Index o = 0; o < width_; ++o) dF(o, s) = first_.f[o].slope[0];
    }
  }

  void vjp_tangent(MatIn Delta, MatIn dDelta, MatOut A_bar_dot, Out theta_bar_dot) override {
    const Index wanted = theta_bar_dot.size() > 0 ? width_ + n_theta_ : width_;
    for (Index s = 0; s < A_.cols(); ++s) {
      second_.set(A_.col(s), theta_);
      for (Index i = 0; i < width_ + n_theta_; ++i) second_[i].slope[0].value = direction(i, s);
      chunks(wanted, [&](Index from, Index to) {
        for (Index i = from; i < to; ++i) second_[i].value.slope[place(i, from)] = 1.0;
        second_.evaluate(law_, z_);
        for (Index i = from; i < to; ++i) {
          double sum = 0.0;
          for (Index o = 0; o < width_; ++o)
            sum += Delta(o, s) * second_.f[o].slope[0].slope[place(i, from)] +
                   dDelta(o, s) * second_.f[o].value.slope[place(i, from)];
          put(i, s, sum, A_bar_dot, theta_bar_dot);
          second_[i].value.slope[place(i, from)] = 0.0;
        }
      });
    }
  }

 private:
  static constexpr Index chunk = 8;
  using First = Dual<double, static_cast<int>(chunk)>;
  using Second = Dual<First, 1>;

  // (a, theta) and f as numbers of one kind.
  template <class S>
  struct Numbers {
    explicit Numbers(const LawEvaluation& e) : a(e.width_), theta(e.n_theta_), f(e.width_) {}
    void set(In a_now, In theta_now) {
      for (Index i = 0; i < a.size(); ++i) a[i] = S(a_now[i]);
      for (Index i = 0; i < theta.size(); ++i) theta[i] = S(theta_now[i]);
    }
    void evaluate(const L& law, double z) { law.template rhs<S>(a, z, theta, f); }
    S& operator[](Index i) { return i < a.size() ? a[i] : theta[i - a.size()]; }
    Eigen::Matrix<S, Eigen::Dynamic, 1> a, theta, f;
  };

  static std::size_t place(Index i, Index from) { return static_cast<std::size_t>(i - from); }
  template <class F>
  static void chunks(Index n, const F& f) {
    for (Index from = 0; from < n; from += chunk) f(from, std::min(from + chunk, n));
  }
  [[nodiscard]] double direction(Index i, Index s) const {
    return i < width_ ? dA_(i, s) : dtheta_[i - width_];
  }
  void put(Index i, Index s, double x, MatOut& A_bar, Out& theta_bar) const {
    if (i < width_)
      A_bar(i, s) = x;
    else
      theta_bar[i - width_] += x;
  }

  const L& law_;
  Index width_, n_theta_;
  Mat A_, dA_;
  Vec theta_, dtheta_, f_;
  double z_ = 0.0;
  Numbers<First> first_;
  Numbers<Second> second_;
};

template <class L>
class LawField final : public VectorField {
 public:
  LawField(L law, Index width) : law_(std::move(law)), width_(width) {
    if constexpr (requires { law_.width(); })
      if (law_.width() != width)
        throw ModelError("this field has " + std::to_string(law_.width()) +
                         " entries, but the task and augment give it " + std::to_string(width));
    if (law_.n_parameters(width) + width > max_size)
      throw ModelError("this field gives only its value; automatic differentiation takes at most " +
                       std::to_string(max_size) +
                       " parameters and entries: write a VectorField with its derivatives");
  }
  [[nodiscard]] Index width() const override { return width_; }
  [[nodiscard]] Index n_parameters() const override { return law_.n_parameters(width_); }
  [[nodiscard]] std::unique_ptr<FieldEvaluation> evaluation(Index) const override {
    return std::make_unique<LawEvaluation<L>>(law_, width_, n_parameters());
  }
  [[nodiscard]] Layout layout() const override {
    if constexpr (requires { law_.layout(width_); }) return law_.layout(width_);
    return {{"theta", 0, {n_parameters()}, "1", "theta"}};
  }
  [[nodiscard]] Vec initial_parameters(Rng& rng) const override {
    Vec theta(n_parameters());
    if constexpr (requires { law_.initial_parameters(rng); }) {
      theta = law_.initial_parameters(rng);
    } else {
      rng.fill_normal(theta);
      theta *= 0.1;
    }
    return theta;
  }
  [[nodiscard]] std::vector<double> breaks() const override {
    if constexpr (requires { law_.breaks(); }) return law_.breaks();
    return {};
  }

 private:
  static constexpr Index max_size = 1000;
  L law_;
  Index width_;
};

}  // namespace detail

/// The recipe made from such a struct.
template <FieldLaw L>
class AutomaticField {
 public:
  void fields(Fields& f) {
    if constexpr (requires { law_.fields(f); }) law_.fields(f);
  }
  void prepare() {
    if constexpr (requires { law_.prepare(); }) law_.prepare();
  }
  [[nodiscard]] std::shared_ptr<const VectorField> operator()(Index width) const {
    return std::make_shared<detail::LawField<L>>(law_, width);
  }

 private:
  L law_{};
};

/// The recipe made of a user's struct: itself, or with automatic derivatives.
template <class F>
struct FieldOf {
  static_assert(std::convertible_to<F, FieldRecipe>,
                "thalweg: this struct is not a vector field. It needs `Index n_parameters(Index "
                "width) const` and `template <class S> void rhs(const VectorOf<S>& a, double z, "
                "const VectorOf<S>& theta, RefOf<S> dadz) const`, or `std::shared_ptr<const "
                "VectorField> operator()(Index width) const`");
  using type = F;
};
template <FieldLaw L>
struct FieldOf<L> {
  using type = AutomaticField<L>;
};

/// `describe` says where the derivatives come from.
template <class F>
Doc field_doc(Doc doc) {
  if constexpr (FieldLaw<F>) {
    if (!doc.notes.empty()) doc.notes += "; ";
    doc.notes += "derivatives by automatic differentiation of the value";
  }
  return doc;
}

}  // namespace thalweg
