#include <thalweg/models/depth/continuous_depth.hpp>

#include <fmt/format.h>

#include <thalweg/core/error.hpp>
#include <thalweg/models/catalogue.hpp>
#include <thalweg/models/depth/field_motion.hpp>
#include <thalweg/solvers/catalogue.hpp>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <utility>

namespace thalweg {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
// The path under the adjoint is followed this much more tightly than path_solver says.
constexpr double path_factor = 1e-5;

bool is_label(const std::string& s) {
  const auto letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
  return !s.empty() && letter(s[0]) && std::all_of(s.begin(), s.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '_';
  });
}

// Of one field in the state: a, v, then three integrals.
Index stride(Index width) { return 2 * width + 3; }

}  // namespace

class ContinuousDepth::Stack {
 public:
  Stack(const ContinuousDepth& model) : depth_(model.depth), solver_(model.path_solver) {
    const Index d = model.width;
    a0_ = Eigen::Map<const Vec>(model.input.data(), d);
    v0_ = a0_ / a0_.norm();
    covector_ = model.covector.empty() ? v0_ : Vec(Eigen::Map<const Vec>(model.covector.data(), d));
    for (std::size_t k = 0; k < model.layers.size(); ++k) {
      const auto& layer = model.layers[k];
      Rng rng(static_cast<std::uint64_t>(model.seed), "layers " + layer.label);
      auto field = layer.recipe(d);
      Vec theta = field->initial_parameters(rng);
      fields_.push_back({std::make_shared<FieldAtSignal>(std::move(field), std::move(theta)), {}});
    }
  }

  [[nodiscard]] Index size() const { return static_cast<Index>(fields_.size()); }
  [[nodiscard]] const Vec& input() const { return a0_; }
  [[nodiscard]] const Vec& tangent() const { return v0_; }
  [[nodiscard]] FieldAtSignal& field(Index k) { return *fields_[static_cast<std::size_t>(k)].at; }

  // (delta, lower, upper) of field k at depth z.
  [[nodiscard]] Vec adjoint(Index k, double z) {
    auto& f = fields_[static_cast<std::size_t>(k)];
    const Index d = a0_.size();
    if (!f.adjoint) {
      const auto pieces = std::make_shared<SmoothPieces>(f.at->breaks());
      const auto signal = std::make_shared<const DepthPath>(
          AnySystem(SignalMotion{f.at, pieces}), a0_, depth_, solver_, path_factor, *pieces,
          [&](double middle) { pieces->enter(middle); });
      std::vector<double> left;  // depths left at the breaks
      for (const double b : f.at->breaks())
        if (b < depth_ * (1.0 - 1e-12)) left.push_back(depth_ - b);
      Vec last(d + 2);
      last << covector_, 0.0, 0.0;
      f.adjoint = DepthPath(AnySystem(AdjointMotion{f.at, pieces, signal}), last, depth_, solver_,
                            path_factor, SmoothPieces(std::move(left)),
                            [&](double middle) { pieces->enter(depth_ - middle); });
    }
    Vec x(d + 2);
    if (z > depth_ * (1.0 + 1e-12)) return Vec::Constant(d + 2, nan);
    f.adjoint->at(std::max(depth_ - z, 0.0), x);
    return x;
  }
  [[nodiscard]] std::vector<double> breaks() const {
    std::vector<double> all;
    for (const auto& f : fields_)
      for (const double b : f.at->breaks()) all.push_back(b);
    return all;
  }
  [[nodiscard]] double covector_norm() const { return covector_.norm(); }

 private:
  struct Field {
    std::shared_ptr<FieldAtSignal> at;
    std::optional<DepthPath> adjoint;
  };
  double depth_;
  SolverFactory solver_;
  Vec a0_, v0_, covector_;
  std::vector<Field> fields_;
};

Doc ContinuousDepth::doc() {
  return {.summary =
              "a signal, a tangent and the adjoint in continuous depth, through fields side by "
              "side",
          .equation =
              "a' = f(a, z),  v' = f_a v,  delta' = -f_a' delta, delta(Z) given;\n"
              "int_0^z mu_min <= ln |v(z)|/|v(0)| <= int_0^z mu_max,\n"
              "int_z^Z mu_min <= ln |delta(z)|/|delta(Z)| <= int_z^Z mu_max,\n"
              "mu: eigenvalues of (f_a + f_a')/2;  ln det Phi(z) = int_0^z tr f_a",
          .source =
              "E. Haber and L. Ruthotto, Stable architectures for deep neural networks, Inverse "
              "Problems 34 (2018) 014004; T. Strom, On logarithmic norms, SIAM J. Numer. Anal. 12 "
              "(1975) 741-753",
          .notes =
              "The adjoint runs backwards, from the output to the input: where sym f_a < 0 it "
              "decays in that direction. <delta, v> is the same at all depths. The adjoint is "
              "solved once, along the signal from `input`, by path_solver with 1e-5 of its "
              "tolerances; give time.end = depth to see all of it."};
}

void ContinuousDepth::Layers::fields(Fields& f) {
  f("label", label, "", "what this field is called in the output, [A-Za-z][A-Za-z0-9_]*");
  part<FieldRecipe>(f, "field", field_name, vector_fields(), "f(a, z; theta)",
                    [this](FieldRecipe&& made) { recipe = std::move(made); });
}

void ContinuousDepth::fields(Fields& f) {
  f("width", width, "1", "entries of a", between(1, 4096));
  f("depth", depth, "depth", "Z, where the covector is given", positive());
  f("input", input, "1", "a(0)");
  f("covector", covector, "1", "delta(Z); empty: input / |input|");
  f("seed", seed, "1", "of the fields' weights", at_least(0));
  part<SolverFactory>(f, "path_solver", path_solver_name, solvers(),
                      "how the adjoint and the signal under it are integrated",
                      [this](SolverFactory&& made) { path_solver = std::move(made); });
  f.array_of_tables("layers", layers.size(), "fields through which the signal goes side by side",
                    [&](std::size_t i) {
                      if (layers.size() <= i) layers.resize(i + 1);
                      layers[i].fields(f);
                    });
  if (!f.reading()) return;
  if (layers.empty()) f.reject("layers", "is empty: give at least one [[model.layers]]");
  std::set<std::string> labels;
  for (const auto& l : layers) {
    if (!is_label(l.label))
      f.reject("layers",
               "label = \"" + l.label +
                   "\" must be a letter, then letters, digits or _, since it names arrays");
    if (!labels.insert(l.label).second)
      f.reject("layers", "label = \"" + l.label + "\" is there twice; labels must differ");
  }
  if (static_cast<Index>(input.size()) != width)
    f.reject("input", fmt::format("must have width = {} entries", width));
  if (std::all_of(input.begin(), input.end(), [](double v) { return v == 0.0; }))
    f.reject("input", "must not be zero: its direction is the tangent's");
  if (!covector.empty() && static_cast<Index>(covector.size()) != width)
    f.reject("covector", fmt::format("must have width = {} entries or none", width));
}

void ContinuousDepth::prepare() { stack_ = std::make_shared<Stack>(*this); }

Index ContinuousDepth::dim() const { return stack_->size() * stride(width); }

void ContinuousDepth::rhs(In x, Out dxdt, double z) const {
  const Index d = width;
  for (Index k = 0; k < stack_->size(); ++k) {
    const Index at = k * stride(d);
    auto& field = stack_->field(k);
    const Mat& J = field.jacobian(x.segment(at, d), z);
    dxdt.segment(at + d, d).noalias() = J * x.segment(at + d, d);
    dxdt[at + 2 * d + 2] = J.trace();
    const auto [low, high] = field.symmetric_bounds();
    dxdt[at + 2 * d] = low;
    dxdt[at + 2 * d + 1] = high;
    field.f(x.segment(at, d), dxdt.segment(at, d), z);
  }
}

std::vector<double> ContinuousDepth::breaks() const { return stack_->breaks(); }

Layout ContinuousDepth::layout() const {
  Layout all;
  for (Index k = 0; k < stack_->size(); ++k) {
    const auto& label = layers[static_cast<std::size_t>(k)].label;
    const Index at = k * stride(width);
    all.push_back({label + "_signal", at, {width}, "1", label});
    all.push_back({label + "_tangent", at + width, {width}, "1", label});
    all.push_back({label + "_bounds", at + 2 * width, {2}, "1", label});
    all.push_back({label + "_ln_det", at + 2 * width + 2, {}, "1", label});
  }
  return all;
}

Vec ContinuousDepth::initial_state(Rng&) const {
  Vec x = Vec::Zero(dim());
  for (Index k = 0; k < stack_->size(); ++k) {
    x.segment(k * stride(width), width) = stack_->input();
    x.segment(k * stride(width) + width, width) = stack_->tangent();
  }
  return x;
}

Observables ContinuousDepth::observables() const {
  Axis fields{.name = "layers", .size = stack_->size(), .long_name = "field"};
  for (const auto& layer : layers) fields.labels.push_back(layer.label);
  const auto stack = stack_;
  const Index d = width;
  const double start = stack->input().norm();

  // One number of every field, from its part of the state.
  const auto each = [&](std::string name, std::string long_name, std::string comment, auto number) {
    return Observable{{.name = std::move(name),
                       .long_name = std::move(long_name),
                       .comment = std::move(comment),
                       .axes = {fields}},
                      [stack, d, number](In x, double z, Out out) {
                        for (Index k = 0; k < stack->size(); ++k)
                          out[k] = number(*stack, k, x.segment(k * stride(d), stride(d)), z);
                      }};
  };
  const std::string along = "adjoint solved along the signal from `input`";
  return {
      {{.name = "signal",
        .long_name = "signal a",
        .axes = {fields, {.name = "entry", .size = d, .long_name = "entry of a"}}},
       [stack, d](In x, double, Out out) {
         for (Index k = 0; k < stack->size(); ++k)
           out.segment(k * d, d) = x.segment(k * stride(d), d);
       }},
      each("ln_signal", "ln |a(z)|/|a(0)|", "",
           [d, start](Stack&, Index, In x, double) { return std::log(x.head(d).norm() / start); }),
      each("ln_tangent", "ln |v(z)|/|v(0)|", "",
           [d](Stack&, Index, In x, double) { return std::log(x.segment(d, d).norm()); }),
      each("ln_tangent_lower", "integral of mu_min from 0 to z", "",
           [d](Stack&, Index, In x, double) { return x[2 * d]; }),
      each("ln_tangent_upper", "integral of mu_max from 0 to z", "",
           [d](Stack&, Index, In x, double) { return x[2 * d + 1]; }),
      each("ln_adjoint", "ln |delta(z)|/|delta(Z)|", along,
           [d](Stack& s, Index k, In, double z) {
             return std::log(s.adjoint(k, z).head(d).norm() / s.covector_norm());
           }),
      each("ln_adjoint_lower", "integral of mu_min from z to Z", along,
           [d](Stack& s, Index k, In, double z) { return s.adjoint(k, z)[d]; }),
      each("ln_adjoint_upper", "integral of mu_max from z to Z", along,
           [d](Stack& s, Index k, In, double z) { return s.adjoint(k, z)[d + 1]; }),
      each("pairing", "pairing of adjoint and tangent, delta . v",
           "the same at all depths; " + along,
           [d](Stack& s, Index k, In x, double z) {
             return s.adjoint(k, z).head(d).dot(x.segment(d, d));
           }),
      each("ln_det", "ln det of the flow map, int tr f_a", "",
           [d](Stack&, Index, In x, double) { return x[2 * d + 2]; }),
  };
}

}  // namespace thalweg
