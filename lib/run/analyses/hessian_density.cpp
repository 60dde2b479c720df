#include <thalweg/run/analyses/hessian_density.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <thalweg/core/reduce.hpp>
#include <thalweg/numerics/stochastic_lanczos.hpp>
#include <thalweg/run/curvature_product.hpp>

namespace thalweg {

Doc HessianDensity::doc() {
  return {
      .summary =
          "density of the eigenvalues of the Hessian, or of another matrix of curvature, with a "
          "band for its chance",
      .equation = "phi(x) = mean_j sum_i w_ij N(x; node_ij, s^2), s = width (max - min node)",
      .source =
          "B. Ghorbani, S. Krishnan and Y. Xiao, An investigation into neural net optimization "
          "via Hessian eigenvalue density, ICML 2019; S. Ubaru, J. Chen and Y. Saad, SIAM J. "
          "Matrix Anal. 38 (2017)",
      .notes =
          "Stochastic Lanczos quadrature with full reorthogonalisation. Error: the quadrature of "
          "a probe is exact for polynomials of degree < 2 steps; the choice of the probes is told "
          "by the band, which holds the smoothed density pointwise with the given confidence "
          "(Student's t over the probes), and by standard errors of trace and Frobenius norm. The "
          "band says nothing of the smoothing: the raw nodes and weights are recorded too. With 90 "
          "steps and 10 probes the distance (Wasserstein-1) to the true distribution is about "
          "0.2 % of the spectrum's width. There are never more steps than parameters, and the "
          "comment "
          "of the arrays tells when that makes them fewer. Outermost nodes are no accepted "
          "eigenvalues: "
          "hessian_eigenvalues has those, with residuals.\n"
          "Cost: steps x probes Hessian products a row; they do not count as the run's.\n"
          "Memory: 8 bytes x parameters x (steps + 3) for each probe that is worked on together, "
          "as many as 268 MB allow and at least one (0.74 GB for 1e6 parameters and 90 steps), "
          "besides what one Hessian product takes."};
}

void HessianDensity::fields(Fields& f) {
  of.fields(f);
  f("steps", steps, "1", "Lanczos steps of a probe", at_least(2));
  f("probes", probes, "1", "random vectors", at_least(2));
  f("points", points, "1", "points at which the density is given", at_least(2));
  f("width", width, "1", "smoothing, in widths of the spectrum", between(1e-6, 1.0));
  f("confidence", confidence, "1", "of the band", between(0.5, 0.9999));
}

namespace {

class Density final : public Accumulator {
 public:
  Density(const HessianDensity& options, const CurvatureProduct& matrix, std::string key)
      : o_(options), matrix_(matrix), key_(std::move(key)) {}

  void look(Probe& probe) {
    if (fresh_ && t_ == probe.t()) return;
    Rng rng(static_cast<std::uint64_t>(calls_), "hessian_density");
    quadrature = stochastic_lanczos(matrix_.at(probe.potential(), probe.parameters()),
                                    matrix_.dim(), o_.steps, o_.probes, rng);
    const double low = quadrature.nodes.minCoeff(), high = quadrature.nodes.maxCoeff();
    const double span = std::max(high - low, 1e-300), s = o_.width * span;
    density = spectral_density(quadrature, Vec::LinSpaced(o_.points, low - 4.0 * s, high + 4.0 * s),
                               s, o_.confidence);
    ++calls_;
    t_ = probe.t();
    fresh_ = true;
  }

  SpectralQuadrature quadrature;
  SpectralDensity density;

  void start(double, In) override {
    calls_ = 0;
    fresh_ = false;
  }
  void on_step(Stepper&, double, double) override {}
  void save(Archive& a) const override {
    a.put(key_ + ".calls", static_cast<std::int64_t>(calls_));
  }
  void load(const Archive& a) override {
    calls_ = a.integer(key_ + ".calls");
    fresh_ = false;
  }

 private:
  HessianDensity o_;
  CurvatureProduct matrix_;
  std::string key_;
  Index calls_ = 0;
  double t_ = 0.0;
  bool fresh_ = false;
};

}  // namespace

double HessianDensity::memory(Index dim) const {
  const Index m = std::min(steps, dim);
  return 8.0 * static_cast<double>(dim * (m + 3) * probes_together(dim, m, probes));
}

std::vector<Quantity> HessianDensity::operator()(RunContext& context,
                                                 const std::string& series) const {
  const CurvatureProduct matrix(context, "hessian_density", of);
  const std::string& title = matrix.title();
  const auto work = std::make_shared<Density>(*this, matrix, "analysis." + series);
  const Index m = std::min(steps, matrix.dim());
  const Axis point{.name = "point", .size = points, .long_name = "point of the density"};
  const Axis probe{.name = "probe", .size = probes, .long_name = "random vector"};
  const Axis node{.name = "node", .size = m, .long_name = "quadrature node"};
  std::string how = fmt::format(
      "stochastic Lanczos quadrature, {} steps, {} probes, Gaussian smoothing of {:g} of the "
      "spectrum's width",
      m, probes, width);
  if (m < steps)
    how += fmt::format("; not the {} steps asked for, since the {} parameters allow no more", steps,
                       m);

  std::vector<Quantity> all;
  const auto add = [&](const char* name, std::string long_name, std::vector<Axis> axes, auto fill) {
    Variable v{.name = name, .long_name = std::move(long_name)};
    v.comment = how;
    v.axes = std::move(axes);
    v.approximate = true;
    all.push_back({std::move(v),
                   [work, fill](Probe& p, Stepper&, Out out) {
                     work->look(p);
                     fill(*work, out);
                   },
                   work});
  };
  const std::string percent = fmt::format("{:g} % band", 100.0 * confidence);
  add("density_eigenvalue", "eigenvalue of the " + title, {point},
      [](const Density& d, Out out) { out = d.density.x; });
  add("density", "density of eigenvalues of the " + title, {point},
      [](const Density& d, Out out) { out = d.density.value; });
  add("density_low", "lower end of the density's " + percent, {point},
      [](const Density& d, Out out) { out = d.density.low; });
  add("density_high", "upper end of the density's " + percent, {point},
      [](const Density& d, Out out) { out = d.density.high; });
  add("quadrature_node", "node of the quadrature, not smoothed", {probe, node},
      [](const Density& d, Out out) { out = d.quadrature.nodes.reshaped(); });
  add("quadrature_weight", "weight of the quadrature", {probe, node},
      [](const Density& d, Out out) { out = d.quadrature.weights.reshaped(); });
  add("trace", "trace of the " + title, {},
      [](const Density& d, Out out) { out[0] = trace_of_power(d.quadrature, 1).value; });
  add("trace_error", "standard error of the trace", {},
      [](const Density& d, Out out) { out[0] = trace_of_power(d.quadrature, 1).standard_error; });
  add("frobenius_norm", "Frobenius norm of the " + title, {},
      [](const Density& d, Out out) { out[0] = frobenius_norm(d.quadrature).value; });
  add("frobenius_norm_error", "standard error of the Frobenius norm", {},
      [](const Density& d, Out out) { out[0] = frobenius_norm(d.quadrature).standard_error; });
  return all;
}

}  // namespace thalweg
