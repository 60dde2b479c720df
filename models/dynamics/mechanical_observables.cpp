#include <thalweg/models/dynamics/mechanical_observables.hpp>

#include <thalweg/core/reduce.hpp>
#include <thalweg/core/scratch.hpp>
#include <thalweg/models/dynamics/state_blocks.hpp>

namespace thalweg {

Observables mechanical_observables(const AnyPotential& potential, double mass) {
  const Index d = potential.dim();
  auto all = of_parameters(potential.observables(), d);
  const auto add = [&](const char* name, const char* long_name, auto number) {
    all.push_back({Variable{.name = name, .long_name = long_name},
                   [number](In x, double, Out out) { out[0] = number(x); }});
  };
  const auto p = potential.with_own_counts();
  const auto kinetic = [d, mass](In x) { return 0.5 * mass * squared_norm(x.tail(d)); };
  add("kinetic_energy", "kinetic energy m |v|^2 / 2", kinetic);
  add("potential_energy", "potential energy L", [p, d](In x) { return p.value(x.head(d)); });
  add("total_energy", "energy m |v|^2 / 2 + L",
      [p, d, kinetic](In x) { return kinetic(x) + p.value(x.head(d)); });
  add("power", "power of the force, -grad L . v", [p, d](In x) {
    const Scratch g(d);
    p.gradient(x.head(d), *g);
    return -dot(*g, x.tail(d));
  });
  add("momentum_norm", "size of the momentum |m v|",
      [d, mass](In x) { return mass * norm(x.tail(d)); });
  Variable momentum{.name = "momentum", .long_name = "momentum m v"};
  momentum.axes = {Axis{.name = "coordinate",
                        .size = d,
                        .long_name = "position among the parameters; /layout names their blocks"}};
  all.push_back(
      {std::move(momentum), [d, mass](In x, double, Out out) { out = mass * x.tail(d); }});
  return all;
}

}  // namespace thalweg
