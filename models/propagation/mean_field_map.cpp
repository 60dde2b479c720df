#include <thalweg/models/propagation/mean_field_map.hpp>

#include <cmath>
#include <memory>
#include <thalweg/models/networks/activation.hpp>

namespace thalweg {

Doc MeanFieldMap::doc() {
  return {.summary = "mean-field theory of a wide random network: length and correlation by depth",
          .equation =
              "q' = V(q) = sigma_w^2 E phi(u)^2 + sigma_b^2, u ~ N(0, q)\n"
              "c' = (sigma_w^2 E phi(u_1) phi(u_2) + sigma_b^2) / q', corr(u_1, u_2) = c\n"
              "chi_1 = sigma_w^2 E phi'(u)^2 at q* = V(q*); xi_q = -1/ln V'(q*), "
              "xi_c = -1/ln(dc'/dc at c*), xi_gradient = 1/|ln chi_1|",
          .source =
              "B. Poole, S. Lahiri, M. Raghu, J. Sohl-Dickstein, S. Ganguli, NeurIPS 2016; "
              "S. Schoenholz, J. Gilmer, S. Ganguli, J. Sohl-Dickstein, ICLR 2017",
          .notes =
              "The limit of infinite width. A step is a layer; the state is (q, 1 - c), since c "
              "near 1 has no digits for how near. Both inputs have the length q. Means over the "
              "Gaussian to 1e-12 by quadrature, closed forms of relu and identity. Record "
              "log_chi and critical_sigma_w once, at = [0], for the phase diagram over "
              "(sigma_w, sigma_b)."};
}

void MeanFieldMap::fields(Fields& f) {
  f("activation", activation, "", "phi", one_of(activation_names()));
  f("sigma_w", sigma_w, "1", "standard deviation of sqrt(N) W", positive());
  f("sigma_b", sigma_b, "1", "standard deviation of b", at_least(0.0));
  f("q0", q0, "1", "|h|^2 / N of both inputs at layer 0", positive());
  f("c0", c0, "1", "their correlation", between(0.0, 1.0));
  f("phase", phase, "", "grid of the phase diagram");
}

void MeanFieldMap::prepare() { field_.emplace(activation_of(activation), sigma_w, sigma_b); }

void MeanFieldMap::apply(In x, Out next, Index) const {
  next[0] = field_->length(x[0]);
  next[1] = field_->next_gap(x[0], x[1]);
}

Vec MeanFieldMap::initial_state(Rng&) const { return Eigen::Vector2d(q0, 1.0 - c0); }

FixedPoint::FixedPoint(const MeanField& field) : q(field.fixed_point()) {
  const double gap = field.fixed_gap(q);
  c = 1.0 - gap;
  chi = field.chi(q);
  xi_q = std::isinf(q) ? depth_scale(chi) : depth_scale(field.length_slope(q));
  xi_c = depth_scale(gap > 0.0 ? field.correlation_slope(q, gap) : chi);
  xi_gradient = std::abs(depth_scale(chi));
}

std::vector<FixedPointNumber> fixed_point_numbers() {
  const auto named = [](const char* name, const char* unit, const char* meaning,
                        double FixedPoint::*number) {
    return FixedPointNumber{{.name = name, .unit = unit, .long_name = meaning}, number};
  };
  return {named("q_star", "1", "length at which signals settle, q* = V(q*)", &FixedPoint::q),
          named("c_star", "1", "correlation at which two inputs settle", &FixedPoint::c),
          named("chi_1", "1", "factor of |delta|^2 in a layer, chi(q*)", &FixedPoint::chi),
          named("xi_q", "layer", "depth scale of lengths, -1/ln V'(q*)", &FixedPoint::xi_q),
          named("xi_c", "layer", "depth scale of correlations, -1/ln(dc'/dc)", &FixedPoint::xi_c),
          named("xi_gradient", "layer", "depth scale of gradients, 1/|ln chi_1|",
                &FixedPoint::xi_gradient)};
}

Observables MeanFieldMap::observables() const {
  Observables all;
  all.push_back({{.name = "q", .long_name = "length q = |h|^2 / N"},
                 [](In x, double, Out out) { out[0] = x[0]; }});
  all.push_back({{.name = "c", .long_name = "correlation c of the two inputs"},
                 [](In x, double, Out out) { out[0] = 1.0 - x[1]; }});
  all.push_back({{.name = "gap", .long_name = "gap 1 - c of the two inputs"},
                 [](In x, double, Out out) { out[0] = x[1]; }});
  all.push_back({{.name = "chi", .long_name = "factor of |delta|^2 in this layer, chi(q)"},
                 [field = *field_](In x, double, Out out) { out[0] = field.chi(x[0]); }});
  const auto fixed = std::make_shared<std::optional<FixedPoint>>();
  for (auto& entry : fixed_point_numbers())
    all.push_back(
        {entry.variable, [field = *field_, fixed, number = entry.number](In, double, Out out) {
           if (!*fixed) fixed->emplace(field);
           out[0] = (**fixed).*number;
         }});
  for (auto& o : phase_observables(activation_of(activation), phase)) all.push_back(std::move(o));
  return all;
}

}  // namespace thalweg
