#include <thalweg/run/analyses/symmetry.hpp>

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <thalweg/run/charge_tracker.hpp>

namespace thalweg {

Doc SymmetryAudit::doc() {
  return {
      .summary =
          "charges of the model's symmetries, the law that the motion gives them, and "
          "whether it holds",
      .equation =
          "<grad L, A q> = 0 for q -> exp(eps A) q; charge Q = <q, A q>, of a translation <a, q>, "
          "of a rotation m <v, A q>;\n"
          "gradient_flow Q' = 0; gradient_descent Q_{n+1} = Q_n + eta^2 <g_n, A g_n>;\n"
          "damped_momentum, nesterov_flow Q'' + (gamma/m) Q' = 2 <v, A v>, of a rotation "
          "Q' = -(gamma/m) Q;\n"
          "heavy_ball Q_{n+1} = Q_n + 2 beta <q_n, A v_n> + <v_{n+1}, A v_{n+1}>, of a rotation "
          "Q_{n+1} = beta Q_n;\n"
          "nesterov Q_{n+1} = (1 - 2 eta l2) <y_n, A y_n> + eta^2 <g(y_n), A g(y_n)>, y_n = q_n + "
          "beta v_n; stochastic_gradient_descent as gradient_descent, with the batch's g_n;\n"
          "modified_flow Q' = eta <g, A g>, of order 3 + eta^2 <g, A H g>;\n"
          "high_resolution_flow of nesterov Q'' + gamma Q' = 2 <v, A v> + 2 sqrt(s) <grad L, A v>",
      .source =
          "D. Kunin, J. Sagastuy-Brena, S. Ganguli, D. Yamins, H. Tanaka, Neural mechanics: "
          "symmetry and broken conservation laws in deep learning dynamics, ICLR 2021; S. Du, "
          "W. Hu, J. Lee, NeurIPS 2018",
      .notes =
          "Signs: what goes out of a unit minus what comes in, |w_out|^2 - |w_in|^2 - b^2 "
          "(rescale) and W_(l+1)' W_(l+1) - W_l W_l' (balance); |v|^2 (scale); sum over the "
          "classes (translation).\n"
          "l2 of the model is told apart: with it <grad L, A q> = l2 <q, A q>, the flow has Q' = "
          "-2 l2 Q and descent the factor 1 - 2 eta l2 (of the full gradient g).\n"
          "`asymmetry` is max |<grad L, A q>| over the largest |grad L| |q| so far and must be "
          "rounding: whether the symmetry is there at all. `deviation` is max |Q - law| over the "
          "largest |q|^2 so far (|a| |q| of a translation, m |v| |q| of a rotation), with the "
          "parameters that the symmetry moves. `verdict` compares it with `deviation_bound`: 1e-12 "
          "for maps, whose laws are identities of the iterates (single precision: 1e-12 times the "
          "ratio of the roundings); 10 rtol for flows, since the errors of the steps "
          "add up; no bound for a fixed step. Where there is no law the verdict is no_law, and "
          "words say why: Adam's steps and those of preconditioned flows are not along -grad L, of "
          "which alone <grad L, A q> = 0 speaks.\n"
          "[quality] symmetry = true makes a FAIL the exit code 4; so does thalweg analyze "
          "--strict.\n"
          "Laws with a sum are followed in every step of the run, as [[analysis]]; of stored "
          "states (thalweg analyze) the verdict is then needs_every_step.\n"
          "Cost: a gradient a row; a sweep over the parameters a step, for particles three, for "
          "modified and high-resolution flows three gradients."};
}

void SymmetryAudit::fields(Fields& f) {
  f("members", members, "1",
    "store each charge of a symmetry that has at most so many, else their sum alone", at_least(0));
  f("bound", bound, "1", "of the deviation, in place of the law's own", positive());
}

double SymmetryAudit::memory(Index dim) const { return 8.0 * 6.0 * static_cast<double>(dim); }

std::vector<Quantity> SymmetryAudit::operator()(RunContext& context,
                                                const std::string& series) const {
  const auto tracker = std::make_shared<ChargeTracker>("analysis." + series, context, bound);
  const auto& symmetries = tracker->symmetries();
  using Charges = ChargeTracker::Charges;
  using Reads = std::function<double(const Charges&, std::size_t i)>;

  std::string laws;
  Axis axis{
      .name = "symmetry", .size = static_cast<Index>(symmetries.size()), .long_name = "symmetry"};
  for (const auto& s : symmetries) {
    axis.labels.push_back(s.name);
    const std::string law = tracker->law() ? tracker->law()->equation(s.kind) : "";
    const auto text = fmt::format("{}: {}", to_text(s.kind),
                                  law.empty() ? "no law, for " + tracker->why_no_law() : law);
    if (laws.find(text) == std::string::npos) laws += (laws.empty() ? "" : "; ") + text;
  }

  std::vector<Quantity> all;
  const auto add = [&](const char* name, std::string long_name, std::string comment,
                       Reads read) -> Variable& {
    Variable v{.name = name, .long_name = std::move(long_name), .comment = std::move(comment)};
    v.axes = {axis};
    // One of them carries the tracker along.
    all.push_back({std::move(v),
                   [tracker, read = std::move(read)](Probe& p, Stepper& stepper, Out out) {
                     const auto& charges = tracker->at(p, stepper);
                     for (std::size_t i = 0; i < charges.size(); ++i)
                       out[static_cast<Index>(i)] = read(charges[i], i);
                   },
                   all.empty() ? tracker : nullptr});
    return all.back().variable;
  };
  const auto total = [tracker](const Vec& charges, std::size_t i) {
    return tracker->symmetries()[i].total.dot(charges);
  };
  add("charge", "charge of the symmetry, summed over its members", laws,
      [total](const Charges& c, std::size_t i) { return total(c.now, i); });
  add("predicted_charge", "charge by the law of the motion", laws,
      [total](const Charges& c, std::size_t i) { return total(c.predicted, i); });
  add("deviation", "deviation of the charges from the law, max |Q - law| / scale",
      "scale: largest |q|^2 so far of what the symmetry moves; of a translation |a| |q|, of a "
      "rotation m |v| |q|",
      [](const Charges& c, std::size_t) { return c.deviation; });
  add("deviation_bound", "bound of the deviation", tracker->bound_origin(),
      [tracker](const Charges&, std::size_t i) { return tracker->bound(i); });
  {
    auto& v = add("verdict", "whether the deviation is within its bound", "",
                  [](const Charges& c, std::size_t) { return static_cast<double>(c.verdict); });
    v.type = Variable::Type::integer;
    v.flag_meanings = {"fail", "pass", "no_law", "no_bound", "needs_every_step"};
  }
  add("asymmetry", "asymmetry of the loss, max |<grad L, A q>| / scale",
      "scale: largest |grad L| |q| so far of what the symmetry moves; weight decay is told apart",
      [](const Charges& c, std::size_t) { return c.asymmetry; });
  add("asymmetry_bound", "bound of the asymmetry", "rounding of the gradient, 1e-12 in double",
      [tracker](const Charges&, std::size_t i) { return tracker->asymmetry_bound(i); });
  {
    auto& v = add("symmetric", "whether the symmetry is there at all, to rounding", "",
                  [](const Charges& c, std::size_t) { return c.symmetric ? 1.0 : 0.0; });
    v.type = Variable::Type::integer;
    v.flag_meanings = {"no", "yes"};
  }
  for (std::size_t i = 0; i < symmetries.size(); ++i) {
    const auto& s = symmetries[i];
    if (s.size() > members) continue;
    const auto each = [&](const std::string& name, std::string long_name, bool predicted) {
      Variable v{.name = name, .long_name = std::move(long_name)};
      v.axes = {s.members};
      all.push_back({std::move(v), [tracker, i, predicted](Probe& p, Stepper& stepper, Out out) {
                       const auto& c = tracker->at(p, stepper)[i];
                       out = predicted ? c.predicted : c.now;
                     }});
    };
    each("charges_" + s.name, s.long_name, false);
    each("predicted_" + s.name, s.long_name + ", by the law", true);
  }
  return all;
}

}  // namespace thalweg
