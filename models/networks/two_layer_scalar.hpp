// The smallest deep network, f = a b x fitted to s x: L = (s - a b)^2 / 2. A valley of minima
// a b = s, a saddle at the origin, and a conserved imbalance a^2 - b^2.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/potential.hpp>
#include <thalweg/models/networks/two_layer_mode.hpp>

namespace thalweg {

struct TwoLayerScalar {
  double target = 3.0, a = 0.03162277660168379, b = 0.03162277660168379;

  static Doc doc() {
    return {"two scalar layers, f = a b x, the smallest deep network",
            "L = (s - a b)^2/2; gradient flow: a' = b (s - a b), b' = a (s - a b)",
            "A. Saxe, J. McClelland and S. Ganguli, Exact solutions to the nonlinear dynamics of "
            "learning in deep linear neural networks, 2014",
            "the flow is known in closed form for every start; a^2 - b^2 is conserved; the default "
            "start is balanced with a b = 1e-3"};
  }
  void fields(Fields& f) {
    f("target", target, "1", "s, the product to learn");
    f("a", a, "1", "initial a");
    f("b", b, "1", "initial b");
  }

  [[nodiscard]] Index dim() const { return 2; }
  [[nodiscard]] double value(In q) const {
    const double miss = target - q[0] * q[1];
    return 0.5 * miss * miss;
  }
  void gradient(In q, Out g) const {
    const double miss = target - q[0] * q[1], ga = -miss * q[1], gb = -miss * q[0];
    g[0] = ga;
    g[1] = gb;
  }
  void hvp(In q, In v, Out Hv) const {
    const double mixed = 2.0 * q[0] * q[1] - target, v0 = v[0], v1 = v[1];
    Hv[0] = q[1] * q[1] * v0 + mixed * v1;
    Hv[1] = mixed * v0 + q[0] * q[0] * v1;
  }
  void third(In q, In u, In v, Out Tuv) const {
    const double mixed = u[0] * v[1] + u[1] * v[0];
    const double ta = 2.0 * (q[1] * mixed + q[0] * u[1] * v[1]);
    const double tb = 2.0 * (q[0] * mixed + q[1] * u[0] * v[0]);
    Tuv[0] = ta;
    Tuv[1] = tb;
  }
  /// One sample, so each is an outer product of J = (b, a).
  [[nodiscard]] std::unique_ptr<Curvature> curvature(In q, CurvatureKind kind) const {
    const double miss = target - q[0] * q[1];
    return std::make_unique<OuterProduct>(
        Vec{{q[1], q[0]}}, kind == CurvatureKind::empirical_fisher ? miss * miss : 1.0);
  }
  [[nodiscard]] Layout layout() const {
    return {{"a", 0, {}, "1", "layer1"}, {"b", 1, {}, "1", "layer2"}};
  }
  [[nodiscard]] Vec initial_state(Rng&) const { return Vec{{a, b}}; }
  bool exact_flow(In q0, double t, Out q) const {
    const auto [at, bt] = two_layer_mode(target, q0[0], q0[1], t);
    q[0] = at;
    q[1] = bt;
    return true;
  }
  [[nodiscard]] std::optional<double> minimum_value() const { return 0.0; }
  [[nodiscard]] Observables observables() const {
    return {
        {{.name = "product", .long_name = "mode strength a b"},
         [](In q, double, Out out) { out[0] = q[0] * q[1]; }},
        {{.name = "imbalance", .long_name = "a^2 - b^2", .comment = "conserved by gradient flow"},
         [](In q, double, Out out) { out[0] = (q[0] - q[1]) * (q[0] + q[1]); }}};
  }

 private:
  class OuterProduct final : public Curvature {
   public:
    OuterProduct(Vec J, double weight) : J_(std::move(J)), weight_(weight) {}
    void hvp(MatIn V, MatOut HV) override { HV = weight_ * J_ * (J_.transpose() * V); }

   private:
    Vec J_;
    double weight_;
  };
};

}  // namespace thalweg
