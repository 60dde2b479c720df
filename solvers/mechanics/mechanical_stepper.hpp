// What the methods for second-order motions share: the halves of the state x = (q, v), forces that
// are computed once at each node, and dense output by cubic Hermite interpolation of q and v from
// both ends, with error O(h^4), which is no worse than any of the methods.
#pragma once
#include <thalweg/solvers/odeint/fixed_step.hpp>

namespace thalweg {

/// @throws ModelError that names `method` and what to use when the system is not mechanical, or has
/// friction that the method has no place for.
Mechanics require_mechanics(const AnySystem& system, const std::string& method, bool with_friction);

class MechanicalStepper : public FixedStepper {
 public:
  MechanicalStepper(AnySystem system, StepperInfo info, double dt, Mechanics mechanics);

 protected:
  /// Force at the present node.
  const Vec& force();
  /// For a method that ends with the force at the new node: where to put it.
  Vec& force_at_new_node() {
    new_force_.known = true;
    return new_force_.f;
  }

  Index d_;  // coordinates; the state has twice as many entries
  double mass_, friction_;

 private:
  struct NodeForce {
    Vec f;
    bool known = false;
  };
  void interpolate_inside(double t, Out x) override;
  void on_reset() override;
  void on_accept() override;
  void save_more(Archive& archive, const std::string& prefix) const override;
  void load_more(const Archive& archive, const std::string& prefix) override;
  void know(NodeForce& force, const Vec& x) const;
  void rate(const NodeForce& force, const Vec& x, Vec& dxdt) const;

  NodeForce previous_force_, force_, new_force_;
  Vec rate_previous_, rate_;  // of the interpolation
};

}  // namespace thalweg
