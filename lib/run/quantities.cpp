#include <thalweg/run/quantities.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thalweg/core/reduce.hpp>
#include <thalweg/run/energy_balance.hpp>
#include <thalweg/run/sharpness.hpp>

namespace thalweg {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Variable scalar(std::string name, std::string unit, std::string long_name,
                std::string comment = {}) {
  return {.name = std::move(name),
          .unit = std::move(unit),
          .long_name = std::move(long_name),
          .comment = std::move(comment)};
}

void need_potential(const RunContext& c, const char* what) {
  if (!c.motion.potential())
    throw ModelError(
        fmt::format("\"{}\" needs a potential; this model is a system of its own", what));
}

Quantity count(const char* name, const char* long_name, std::function<std::int64_t()> get) {
  Quantity q;
  q.variable = scalar(name, "1", long_name);
  q.variable.type = Variable::Type::integer;
  q.compute = [get = std::move(get)](Probe&, Stepper&, Out out) {
    out[0] = static_cast<double>(get());
  };
  return q;
}

// The blocks of the parameters that are weights: more than one axis; all blocks when there are
// none.
std::vector<Block> weight_blocks(const RunContext& c) {
  std::vector<Block> weights;
  const Layout all = c.motion.layout();
  for (const auto& b : all)
    if (b.shape.size() > 1) weights.push_back(b);
  return weights.empty() ? all : weights;
}

// One number per weight block.
Quantity per_layer(const RunContext& c, Variable variable,
                   std::function<double(Probe&, const Block&)> number) {
  const auto blocks = weight_blocks(c);
  Axis axis{
      .name = "layer", .size = static_cast<Index>(blocks.size()), .long_name = "weight block"};
  for (const auto& b : blocks) axis.labels.push_back(b.name);
  variable.axes = {axis};
  return {std::move(variable), [blocks, number = std::move(number)](Probe& p, Stepper&, Out out) {
            for (std::size_t i = 0; i < blocks.size(); ++i)
              out[static_cast<Index>(i)] = number(p, blocks[i]);
          }};
}

double block_norm(const Vec& v, const Block& b) { return norm(v.segment(b.offset, b.size())); }

Quantity layer_speed(RunContext& c) {
  return per_layer(c, scalar("layer_speed", "1", "speed of each layer, |dW/dt|_F"),
                   [](Probe& p, const Block& b) { return block_norm(p.rate(), b); });
}

Quantity layer_relative_speed(RunContext& c) {
  return per_layer(
      c, scalar("layer_relative_speed", "1", "relative speed of each layer, |dW/dt|_F / |W|_F"),
      [](Probe& p, const Block& b) { return block_norm(p.rate(), b) / block_norm(p.state(), b); });
}

Quantity layer_update(RunContext& c) {
  const auto* map = c.motion.map();
  if (!map) throw ModelError("\"layer_update\" needs a map; of a flow record \"layer_speed\"");
  const double eta = map->time_step();
  return per_layer(c, scalar("layer_update", "1", "update of each layer in one step, |Delta W|_F"),
                   [eta](Probe& p, const Block& b) { return eta * block_norm(p.rate(), b); });
}

Quantity layer_norm(RunContext& c) {
  return per_layer(c, scalar("layer_norm", "1", "size of each layer, |W|_F"),
                   [](Probe& p, const Block& b) { return block_norm(p.state(), b); });
}

Quantity state(RunContext& c) {
  Variable v = scalar("state", "1", "state vector");
  const Layout blocks = c.motion.layout();
  const bool one_unit = std::all_of(blocks.begin(), blocks.end(),
                                    [&](const Block& b) { return b.unit == blocks.front().unit; });
  if (one_unit && !blocks.empty()) v.unit = blocks.front().unit;
  if (!one_unit) v.comment = "the entries have the units of their blocks, /layout/unit";
  v.axes = {Axis{.name = "unknown",
                 .size = c.motion.dim(),
                 .long_name = "position in the flat state; /layout names its blocks"}};
  return {v, [](Probe& p, Stepper&, Out out) { out = p.state(); }};
}

// Two fixed random directions, the same for every run of one dimension, so that runs can be laid
// over each other.
Quantity projection(RunContext& c) {
  const Index n = c.motion.dim();
  Mat directions(n, 2);
  Rng rng(0, "projection");
  for (Index j = 0; j < 2; ++j) {
    rng.fill_normal(directions.col(j));
    if (j == 1) directions.col(1) -= directions.col(0) * dot(directions.col(0), directions.col(1));
    directions.col(j) /= norm(directions.col(j));
  }
  Variable v =
      scalar("projection", "1", "displacement from the start on two fixed random directions",
             "orthonormal directions from normal numbers, stream \"projection\", seed 0");
  v.axes = {Axis{.name = "direction", .size = 2, .long_name = "random direction"}};
  return {v, [directions, x0 = c.x0](Probe& p, Stepper&, Out out) {
            for (Index j = 0; j < 2; ++j)
              out[j] = dot(directions.col(j), p.state()) - dot(directions.col(j), x0);
          }};
}

Quantity energy_balance(RunContext& c) {
  const auto* system = c.motion.system();
  if (!system) throw ModelError("\"energy_balance\" needs a flow; a discrete map has no dL/dt");
  if (!system->has_energy_rate()) need_potential(c, "energy_balance");
  auto balance = std::make_shared<EnergyBalance>(c.motion);
  return {scalar("energy_balance", "1",
                 system->has_energy_rate()
                     ? "residual of the energy identity, |E - E0 - int dE/dt| / |E0|"
                     : "residual of the energy identity, |L - L0 - int g.x'| / L0",
                 "3-point Gauss-Legendre quadrature on the dense output of each accepted step"),
          [balance](Probe& p, Stepper& s, Out out) { out[0] = balance->residual(p, s); }, balance};
}

// The closed form at the probe's time, cached per quantity.
std::function<const Vec&(double)> exact_solution(RunContext& c, const char* what) {
  Vec x(c.motion.dim());
  const auto* system = c.motion.system();
  if (!system || !system->exact(c.x0, 0.5, x))
    throw ModelError(fmt::format("\"{}\" needs a closed-form solution; this model has none", what));
  return [s = *system, x0 = c.x0, t0 = c.t0, x](double t) mutable -> const Vec& {
    s.exact(x0, t - t0, x);
    return x;
  };
}

std::vector<QuantityEntry> make_all() {
  std::vector<QuantityEntry> all;
  const auto add = [&](const char* name, const char* unit, Doc doc,
                       std::function<Quantity(RunContext&)> make) {
    all.push_back({name, unit, std::move(doc), std::move(make)});
  };
  add("loss", "1", {.summary = "value of the potential", .equation = "L(q)"}, [](RunContext& c) {
    need_potential(c, "loss");
    return Quantity{scalar("loss", "1", "loss L"),
                    [](Probe& p, Stepper&, Out out) { out[0] = p.loss(); }};
  });
  add("loss_excess", "1", {.summary = "loss above its known minimum", .equation = "L(q) - min L"},
      [](RunContext& c) {
        need_potential(c, "loss_excess");
        const auto minimum = c.motion.potential()->minimum_value();
        if (!minimum) throw ModelError("\"loss_excess\" needs a potential whose minimum is known");
        return Quantity{scalar("loss_excess", "1", "loss above its minimum, L - min L"),
                        [m = *minimum](Probe& p, Stepper&, Out out) { out[0] = p.loss() - m; }};
      });
  add("gradient_norm", "1", {.summary = "size of the gradient", .equation = "|grad L|_2"},
      [](RunContext& c) {
        need_potential(c, "gradient_norm");
        return Quantity{scalar("gradient_norm", "1", "gradient norm |grad L|"),
                        [](Probe& p, Stepper&, Out out) { out[0] = norm(p.gradient()); }};
      });
  add("speed", "1", {.summary = "speed of the state", .equation = "|dx/dt|_2"}, [](RunContext&) {
    return Quantity{scalar("speed", "1", "speed |dx/dt|"),
                    [](Probe& p, Stepper&, Out out) { out[0] = norm(p.rate()); }};
  });
  add("distance_from_start", "1",
      {.summary = "how far the state has moved", .equation = "|x - x0|_2"}, [](RunContext& c) {
        return Quantity{
            scalar("distance_from_start", "1", "distance from the start |x - x0|"),
            [x0 = c.x0](Probe& p, Stepper&, Out out) { out[0] = distance(p.state(), x0); }};
      });
  add("energy", "1",
      {.summary = "the system's own energy or first integral",
       .equation = "E(x); thalweg describe MODEL has it"},
      [](RunContext& c) {
        const auto* system = c.motion.system();
        if (!system || !system->has_energy())
          throw ModelError("\"energy\" needs a system that offers energy(x)");
        return Quantity{scalar("energy", "1", "energy"),
                        [s = *system](Probe& p, Stepper&, Out out) {
                          out[0] = s.energy(p.state()).value_or(nan);
                        }};
      });
  add("energy_balance", "1",
      {.summary = "residual of the energy identity",
       .equation = "|E(t) - E(0) - integral E' dt| / |E(0)|",
       .notes =
           "E and E' are the system's own where it knows both (damped momentum: E' = -gamma "
           "|v|^2), else L and g.x'; three extra rates or gradients per accepted step, outside "
           "the step control"},
      energy_balance);
  add("state", "1", {.summary = "the whole state vector", .equation = "x(t)"}, state);
  add("projection", "1",
      {.summary = "displacement on two fixed random directions",
       .equation = "(u.(x - x0), v.(x - x0)), u and v orthonormal"},
      projection);
  add("layer_speed", "1", {.summary = "speed of each layer", .equation = "|dW/dt|_F"}, layer_speed);
  add("layer_relative_speed", "1",
      {.summary = "relative speed of each layer", .equation = "|dW/dt|_F / |W|_F"},
      layer_relative_speed);
  add("layer_update", "1",
      {.summary = "update of each layer in one step of a map", .equation = "|Delta W|_F"},
      layer_update);
  add("layer_norm", "1", {.summary = "size of each layer", .equation = "|W|_F"}, layer_norm);
  add("exact_loss", "1",
      {.summary = "loss of the closed-form solution", .equation = "L(q_exact(t))"},
      [](RunContext& c) {
        need_potential(c, "exact_loss");
        const auto probe = std::make_shared<Probe>(c.motion);
        return Quantity{
            scalar("exact_loss", "1", "loss of the closed-form solution"),
            [exact = exact_solution(c, "exact_loss"), probe](Probe& p, Stepper&, Out out) mutable {
              probe->move_to(p.t(), p.step(), exact(p.t()));
              out[0] = probe->loss();
            }};
      });
  add("exact_state", "1", {.summary = "closed-form solution", .equation = "x_exact(t)"},
      [](RunContext& c) {
        Quantity q = state(c);
        q.variable.name = "exact_state";
        q.variable.long_name = "closed-form solution";
        q.compute = [exact = exact_solution(c, "exact_state")](
                        Probe& p, Stepper&, Out out) mutable { out = exact(p.t()); };
        return q;
      });
  add("exact_error", "1",
      {.summary = "distance to the closed-form solution", .equation = "|x(t) - x_exact(t)|_2"},
      [](RunContext& c) {
        return Quantity{
            scalar("exact_error", "1", "error against the closed form |x - x_exact|"),
            [exact = exact_solution(c, "exact_error")](Probe& p, Stepper&, Out out) mutable {
              out[0] = distance(p.state(), exact(p.t()));
            }};
      });
  add("sharpness", "1",
      {.summary = "largest eigenvalue of the Hessian, by value",
       .equation = "lambda_1(H(q)), |H u - lambda u| <= 1e-3 max |lambda|",
       .source = "C. Lanczos 1950; J. Cohen et al., Gradient descent on neural networks typically "
                 "occurs at the edge of stability, ICLR 2021",
       .notes = "an eigenvalue lies within the residual of the value; a larger one that rose "
                "unseen may be missed until the next search from a random vector, every 20 rows; a "
                "dozen Hessian products a row, counted apart from the run's; NaN when not "
                "converged"},
      sharpness);
  add("sharpness_midpoint", "1",
      {.summary = "sharpness of a map at second-order midpoints",
       .equation = "lambda_1(H((w_{n-1} + 2 w_n + w_{n+1}) / 4))",
       .source = "J. Cohen et al., ICLR 2021",
       .notes = "free of the bias that bouncing between the walls of a valley gives to sharpness; "
                "one gradient more a row"},
      sharpness_midpoint);
  add("step_size", "1", {.summary = "size of the last accepted step", .equation = "t_n - t_{n-1}"},
      [](RunContext&) {
        return Quantity{scalar("step_size", "1", "step size"), [](Probe&, Stepper& s, Out out) {
                          const double dt = s.time() - s.previous_time();
                          out[0] = dt > 0.0 ? dt : nan;
                        }};
      });
  add("steps_accepted", "1", {.summary = "accepted steps so far"}, [](RunContext& c) {
    return count("steps_accepted", "accepted steps", [&s = c.steps] { return s.accepted; });
  });
  add("steps_rejected", "1", {.summary = "rejected steps so far"}, [](RunContext& c) {
    return count("steps_rejected", "rejected steps", [&s = c.steps] { return s.rejected; });
  });
  add("rhs_calls", "1", {.summary = "right-hand sides (or map steps) computed so far"},
      [](RunContext& c) {
        return count("rhs_calls", "right-hand sides", [m = c.motion] { return m.counts().rhs; });
      });
  add("gradient_calls", "1", {.summary = "gradients computed by the solver so far"},
      [](RunContext& c) {
        return count("gradient_calls", "gradients",
                     [m = c.motion] { return m.counts().gradients; });
      });
  add("hessian_products", "1", {.summary = "Hessian products computed by the solver so far"},
      [](RunContext& c) {
        return count("hessian_products", "Hessian products",
                     [m = c.motion] { return m.counts().hessian_products; });
      });
  return all;
}

// How many first entries of two states mean the same: all of them for two flows or two maps with
// the same blocks, else the parameters; the velocity of a map is a step, that of a flow a
// derivative.
Index common_entries(const Motion& a, const Motion& b) {
  const Layout x = a.layout(), y = b.layout();
  const bool same = (a.map() == nullptr) == (b.map() == nullptr) &&
                    std::equal(x.begin(), x.end(), y.begin(), y.end(),
                               [](const Block& m, const Block& n) { return m.name == n.name; });
  return same || !a.potential() ? std::min(a.dim(), b.dim()) : a.potential()->dim();
}

// "<quantity>_<companion>": distances to a companion, and any pointwise quantity of it.
struct OfCompanion {
  const char* prefix;
  const char* long_name;
  std::function<double(Probe& mine, Probe& theirs)> number;
};

const std::vector<OfCompanion>& companion_quantities() {
  static const std::vector<OfCompanion> all = {
      {"distance_", "distance to {} at equal time",
       [](Probe&, Probe&) { return nan; }},  // needs the motions: made below
      {"relative_distance_", "distance to {} at equal time, over the distance moved",
       [](Probe&, Probe&) { return nan; }},  // needs x0: made below
      {"loss_", "loss of {}", [](Probe&, Probe& b) { return b.loss(); }},
      {"gradient_norm_", "gradient norm of {}",
       [](Probe&, Probe& b) { return norm(b.gradient()); }},
      {"sharpness_", "sharpness of {}", [](Probe&, Probe&) { return nan; }},  // made below
      {"state_", "state of {}", [](Probe&, Probe&) { return nan; }},          // made below
  };
  return all;
}

// Of the size that both states have in common.
Quantity companion_state(const std::string& name, RunContext& context, Companion& companion) {
  const Index n = common_entries(context.motion, companion.motion());
  Variable v = scalar(name, "1", "state of " + companion.name());
  v.axes = {Axis{.name = n == context.motion.dim() ? "unknown" : "unknown_" + companion.name(),
                 .size = n,
                 .long_name = "position in the flat state; /layout names its blocks"}};
  return {v,
          [c = &companion, n](Probe& p, Stepper&, Out out) {
            c->advance_to(p.t());
            if (c->alive())
              out = c->probe().state().head(n);
            else
              out.setConstant(nan);
          },
          nullptr, &companion};
}

}  // namespace

const std::vector<QuantityEntry>& quantities() {
  static const std::vector<QuantityEntry> all = make_all();
  return all;
}

Quantity make_quantity(const std::string& name, RunContext& context) {
  for (const auto& e : quantities())
    if (e.name == name) return e.make(context);
  for (auto& o : context.motion.observables())
    if (o.variable.name == name)
      return {o.variable, [compute = o.compute](Probe& p, Stepper&, Out out) {
                compute(p.state(), p.t(), out);
              }};
  for (auto& companion : context.companions) {
    for (const auto& q : companion_quantities()) {
      if (name != q.prefix + companion->name()) continue;
      const std::string prefix = q.prefix;
      if (prefix == "sharpness_") {
        auto quantity = sharpness_of(context, *companion);
        quantity.companion = companion.get();
        return quantity;
      }
      if (prefix == "state_") return companion_state(name, context, *companion);
      if (prefix != "distance_" && prefix != "relative_distance_")
        need_potential(context, name.c_str());
      auto number = q.number;
      const Index n = common_entries(context.motion, companion->motion());
      if (prefix == "distance_")
        number = [n](Probe& a, Probe& b) { return distance(a.state().head(n), b.state().head(n)); };
      if (prefix == "relative_distance_")
        number = [n, x0 = context.x0](Probe& a, Probe& b) {
          return distance(a.state().head(n), b.state().head(n)) /
                 distance(a.state().head(n), x0.head(n));
        };
      const bool discrete = companion->stepper().info().discrete;
      return {scalar(name, "1", fmt::format(fmt::runtime(q.long_name), companion->name()),
                     discrete ? companion->name() +
                                    " is a map: linear between its iterates, exact at them"
                              : ""),
              [c = companion.get(), number](Probe& p, Stepper&, Out out) {
                c->advance_to(p.t());
                out[0] = c->alive() ? number(p, c->probe()) : nan;
              },
              nullptr, companion.get()};
    }
  }
  const auto names = quantity_names(context);
  throw ConfigError("unknown quantity \"" + name + "\"" + name_hint(name, names));
}

std::vector<std::string> quantity_names(RunContext& context) {
  std::vector<std::string> names;
  for (const auto& e : quantities()) {
    try {
      (void)e.make(context);
      names.push_back(e.name);
    } catch (const ModelError&) {  // this run cannot offer it
    }
  }
  for (const auto& o : context.motion.observables()) names.push_back(o.variable.name);
  for (const auto& c : context.companions)
    for (const auto& q : companion_quantities()) names.push_back(q.prefix + c->name());
  return names;
}

}  // namespace thalweg
