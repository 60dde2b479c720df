#include <thalweg/models/depth/normalising_flow.hpp>

#include <fmt/format.h>

#include <cmath>
#include <mutex>
#include <numbers>
#include <numeric>
#include <thalweg/core/error.hpp>
#include <thalweg/core/parallel.hpp>
#include <thalweg/models/catalogue.hpp>
#include <thalweg/models/datasets/fingerprint.hpp>
#include <thalweg/models/depth/fields/with_divergence.hpp>

namespace thalweg {

namespace {
constexpr Index block = 128;  // samples that are solved together, whatever the threads are
}  // namespace

// ln p by blocks of samples, each with steps of its own.
class NormalisingFlow::Density {
 public:
  Density(std::shared_ptr<const VectorField> field, FlowRecipe adjoint, double depth, Index largest)
      : field_(with_divergence(std::move(field))),
        adjoint_(std::move(adjoint)),
        depth_(depth),
        block_(std::min(block, largest)) {
    auto tried = take();  // what cannot be solved like that says so now
    tolerance_ = tried->flow->tolerance();
    give_back(std::move(tried));
  }

  [[nodiscard]] const VectorField& field() const { return *field_; }
  [[nodiscard]] double tolerance() const { return tolerance_; }

  struct Work {
    std::unique_ptr<DifferentiableFlow> flow;
    Mat A{}, Z{}, bar{};
    Index n = 0;  // of its block
  };

  [[nodiscard]] Index chunks(std::size_t n) const {
    return (static_cast<Index>(n) + block_ - 1) / block_;
  }

  // ln p of rows of X; with `g`, g becomes the gradient of -mean ln p.
  Vec log_density(In q, const Samples& X, std::span<const Index> rows, double* g) const {
    const auto n = static_cast<Index>(rows.size());
    Vec ln_p(n);
    Mat parts = Mat::Zero(g ? q.size() : 0, g ? chunks(rows.size()) : 0);
    parallel_for(chunks(rows.size()), [&](std::ptrdiff_t c, int) {
      auto work = take();
      ln_p.segment(c * block_, std::min(block_, n - c * block_)) = solve(*work, q, X, rows, c);
      if (g) gradient(*work, n, parts.col(c));
      give_back(std::move(work));
    });
    if (g) Eigen::Map<Vec>(g, q.size()) = parts.rowwise().sum();
    return ln_p;
  }

  // ln p of the block c of rows.
  Vec solve(Work& work, In q, const Samples& X, std::span<const Index> rows, Index c) const {
    const Index first = c * block_, d = field_->width() - 1;
    work.n = std::min(block_, static_cast<Index>(rows.size()) - first);
    auto A = work.A.leftCols(work.n);
    A.row(d).setZero();
    for (Index s = 0; s < work.n; ++s)
      A.col(s).head(d) = X.row(rows[static_cast<std::size_t>(first + s)]).transpose();
    work.flow->forward(q, A, work.Z.leftCols(work.n));
    return ends(work);
  }
  // The same block with the steps of its last solve.
  Vec solve_frozen(Work& work, In q) const {
    work.flow->forward_frozen(q, work.A.leftCols(work.n), work.Z.leftCols(work.n));
    return ends(work);
  }
  // Of the last solve: g += the block's part of the gradient of -mean ln p over n samples.
  void gradient(Work& work, Index n, Out g) const {
    auto Z = work.Z.leftCols(work.n);
    Z.row(field_->width() - 1).setConstant(-1.0);
    Z /= static_cast<double>(n);
    work.bar.resize(Z.rows(), work.n);
    work.flow->backward(Z, work.bar, g);
  }

  // Of the last solve: g += the block's part of J' M J v over n samples, with the Jacobian J of the
  // ends (a, l), for which -ln p = |a|^2 / 2 - l: M is 1 for a and 0 for l, or the product of the
  // gradient (a, -1) with itself.
  void product(Work& work, CurvatureKind kind, Index n, In v, Out g) const {
    const Index d = field_->width() - 1;
    work.bar.setZero(d + 1, work.n);
    Mat dZ(d + 1, work.n);
    work.flow->forward_tangent(v, work.bar, dZ);
    if (kind == CurvatureKind::gauss_newton) {
      dZ.row(d).setZero();
    } else {
      const auto A = work.Z.topLeftCorner(d, work.n);
      for (Index s = 0; s < work.n; ++s) {
        const double slope = A.col(s).dot(dZ.col(s).head(d)) - dZ(d, s);
        dZ.col(s).head(d) = slope * A.col(s);
        dZ(d, s) = -slope;
      }
    }
    dZ /= static_cast<double>(n);
    work.flow->backward_linear(dZ, work.bar, g);
  }

  [[nodiscard]] std::unique_ptr<Work> take() const {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        auto work = std::move(idle_.back());
        idle_.pop_back();
        return work;
      }
    }
    const Index w = field_->width();
    return std::make_unique<Work>(Work{
        .flow = adjoint_(field_, block_, 0.0, {depth_}), .A = Mat(w, block_), .Z = Mat(w, block_)});
  }
  void give_back(std::unique_ptr<Work> work) const {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(work));
  }

 private:
  // ln p from the states at the last depth.
  [[nodiscard]] Vec ends(const Work& work) const {
    const Index d = field_->width() - 1;
    Vec ln_p(work.n);
    for (Index s = 0; s < work.n; ++s)
      ln_p[s] = work.Z(d, s) - 0.5 * work.Z.col(s).head(d).squaredNorm() -
                0.5 * static_cast<double>(d) * std::log(2.0 * std::numbers::pi);
    return ln_p;
  }

  std::shared_ptr<const VectorField> field_;
  FlowRecipe adjoint_;
  double depth_, tolerance_ = 0.0;
  Index block_;
  mutable std::mutex mutex_{};
  mutable std::vector<std::unique_ptr<Work>> idle_{};
};

Doc NormalisingFlow::doc() {
  return {
      .summary = "continuous normalising flow: the density of data, by the flow of a field",
      .equation =
          "a' = f(a, z; theta), a(0) = x;  ln p(x) = ln N(a(Z); 0, I) + int_0^Z tr f_a;\n"
          "L(theta) = -mean ln p(x_s) over the samples",
      .source =
          "R. T. Q. Chen, Y. Rubanova, J. Bettencourt and D. Duvenaud, Neural ordinary "
          "differential equations, 2018, section 4",
      .notes =
          "The trace is exact, by one Jacobian product an entry of a, so for few "
          "dimensions. The gradient goes through the solver by the adjoint that is "
          "chosen. Exact Hessian products would need third derivatives of the field: they are "
          "differences of gradients of fourth order with the accepted steps frozen, good to "
          "about 1e-9, or, with the adjoints continuous and backsolve, to about a thousand "
          "times their tolerance. The Gauss-Newton matrix is that of the ends (a(Z), int tr f_a), "
          "of "
          "which -ln p is |a|^2/2 minus the integral: the curvature of the divergence is not in "
          "it. The empirical Fisher matrix is the mean of g_s g_s', g_s = -grad ln p(x_s). "
          "`density` is p on a grid around data of two dimensions."};
}

void NormalisingFlow::fields(Fields& f) {
  f("depth", depth, "depth", "Z, where the density is a normal one", positive());
  f("pixels", pixels, "1", "of `density` along each axis", between(2, 1000));
  f("margin", margin, "1", "of `density` around the data, times their range", at_least(0.0));
  part<FieldRecipe>(f, "field", field_name_, vector_fields(), "the field f",
                    [this](FieldRecipe&& made) { field_ = std::move(made); });
  part<FlowRecipe>(f, "adjoint", adjoint_name_, adjoints(), "how it is solved and differentiated",
                   [this](FlowRecipe&& made) { adjoint_ = std::move(made); });
  data.fields(f);
  if (f.reading() && data.data->series)
    f.reject("data",
             "is a series, whose states depend on each other and have no density of their own; "
             "choose data of points, or the model neural_ode");
}

void NormalisingFlow::prepare() {
  density_ = std::make_shared<const Density>(field_(data.data->X.cols()), adjoint_, depth,
                                             std::max<Index>(data.data->size(), pixels));
}

Index NormalisingFlow::dim() const { return density_->field().n_parameters(); }
Index NormalisingFlow::samples() const { return data.data->size(); }

Vec NormalisingFlow::log_density(In q, const Samples& X) const {
  std::vector<Index> rows(static_cast<std::size_t>(X.rows()));
  std::iota(rows.begin(), rows.end(), Index{0});
  return density_->log_density(q, X, rows, nullptr);
}

double NormalisingFlow::value(In q) const { return -log_density(q, data.data->X).mean(); }

double NormalisingFlow::value_and_gradient(In q, std::span<const Index> batch, Out g) const {
  return -density_->log_density(q, data.data->X, batch, g.data()).mean();
}

double NormalisingFlow::value_and_gradient(In q, Out g) const {
  return value_and_gradient(q, all_rows(), g);
}

std::vector<Index> NormalisingFlow::all_rows() const {
  std::vector<Index> rows(static_cast<std::size_t>(samples()));
  std::iota(rows.begin(), rows.end(), Index{0});
  return rows;
}

// Every block of the data solved at q, and the gradient elsewhere with the steps accepted there.
class NormalisingFlow::Frozen {
 public:
  Frozen(const NormalisingFlow& flow, In q) : flow_(flow), rows_(flow.all_rows()) {
    const Density& density = *flow_.density_;
    for (Index c = 0; c < density.chunks(rows_.size()); ++c) works_.push_back(density.take());
    parallel_for(chunks(), [&](std::ptrdiff_t c, int) {
      density.solve(work(c), q, flow_.data.data->X, rows_, c);
    });
  }
  ~Frozen() {
    for (auto& w : works_) flow_.density_->give_back(std::move(w));
  }
  Frozen(const Frozen&) = delete;
  Frozen& operator=(const Frozen&) = delete;

  [[nodiscard]] bool possible() const { return works_.front()->flow->freezes_steps(); }
  /// Cv of one of the matrices at the point of the last solve.
  void product(CurvatureKind kind, In v, Out Cv) const {
    Mat parts = Mat::Zero(v.size(), chunks());
    parallel_for(chunks(), [&](std::ptrdiff_t c, int) {
      flow_.density_->product(work(c), kind, static_cast<Index>(rows_.size()), v, parts.col(c));
    });
    Cv = parts.rowwise().sum();
  }
  [[nodiscard]] double value(In q) const {
    Vec sums(chunks());
    parallel_for(chunks(), [&](std::ptrdiff_t c, int) {
      sums[c] = flow_.density_->solve_frozen(work(c), q).sum();
    });
    return -sums.sum() / static_cast<double>(rows_.size());
  }
  void gradient(In q, Out g) const {
    if (!possible()) return flow_.gradient(q, g);
    Mat parts = Mat::Zero(q.size(), chunks());
    parallel_for(chunks(), [&](std::ptrdiff_t c, int) {
      flow_.density_->solve_frozen(work(c), q);
      flow_.density_->gradient(work(c), static_cast<Index>(rows_.size()), parts.col(c));
    });
    g = parts.rowwise().sum();
  }

 private:
  [[nodiscard]] Index chunks() const { return static_cast<Index>(works_.size()); }
  [[nodiscard]] Density::Work& work(std::ptrdiff_t c) const {
    return *works_[static_cast<std::size_t>(c)];
  }

  NormalisingFlow flow_;
  std::vector<Index> rows_;
  std::vector<std::unique_ptr<Density::Work>> works_;
};

std::unique_ptr<Curvature> NormalisingFlow::at(In q) const {
  class Differences final : public Curvature {
   public:
    Differences(const NormalisingFlow& flow, In q) : frozen_(flow, q), q_(q) {}
    void hvp(MatIn V, MatOut HV) override {
      for (Index j = 0; j < V.cols(); ++j)
        central_difference([this](In x, Out g) { frozen_.gradient(x, g); }, q_, V.col(j),
                           HV.col(j));
    }

   private:
    Frozen frozen_;
    Vec q_;
  };
  return std::make_unique<Differences>(*this, q);
}

bool NormalisingFlow::has_curvature(CurvatureKind kind) const {
  return kind != CurvatureKind::fisher;  // an expectation over points drawn from the model
}

std::unique_ptr<Curvature> NormalisingFlow::curvature(In q, CurvatureKind kind) const {
  class Products final : public Curvature {
   public:
    Products(const NormalisingFlow& flow, In q, CurvatureKind kind)
        : solved_(flow, q), kind_(kind) {}
    void hvp(MatIn V, MatOut CV) override {
      for (Index j = 0; j < V.cols(); ++j) solved_.product(kind_, V.col(j), CV.col(j));
    }

   private:
    Frozen solved_;
    CurvatureKind kind_;
  };
  if (kind == CurvatureKind::hessian) return at(q);
  if (has_curvature(kind)) return std::make_unique<Products>(*this, q, kind);
  throw ModelError(fmt::format("normalising_flow has no {}", curvature_title(kind)));
}

std::function<double(In)> NormalisingFlow::with_steps_of(In at) const {
  const auto frozen = std::make_shared<const Frozen>(*this, at);
  if (!frozen->possible()) return {};
  return [frozen](In q) { return frozen->value(q); };
}

Layout NormalisingFlow::layout() const { return density_->field().layout(); }
Vec NormalisingFlow::initial_state(Rng& rng) const {
  return density_->field().initial_parameters(rng);
}

Observables NormalisingFlow::observables() const {
  Observables all;
  const auto self = *this;
  if (data.data->X_test.rows() > 0)
    all.push_back({{.name = "test_log_likelihood",
                    .unit = "nat",
                    .long_name = "mean ln p of the held-out samples"},
                   [self](In q, double, Out out) {
                     out[0] = self.log_density(q, self.data.data->X_test).mean();
                   }});
  if (data.data->X.cols() != 2) return all;
  const auto axis = [&](const char* name, Index k) {
    const double low = data.data->X.col(k).minCoeff(), high = data.data->X.col(k).maxCoeff();
    const double width = (high - low) * (1.0 + 2.0 * margin);
    Axis a{.name = name, .size = pixels, .long_name = k == 0 ? "first entry" : "second entry"};
    for (Index i = 0; i < pixels; ++i)
      a.values.push_back(low - (high - low) * margin +
                         width * static_cast<double>(i) / static_cast<double>(pixels - 1));
    return a;
  };
  const Axis across = axis("x", 0), up = axis("y", 1);
  Samples grid(pixels * pixels, 2);
  for (Index i = 0; i < pixels; ++i)
    for (Index j = 0; j < pixels; ++j) {
      grid(i * pixels + j, 0) = across.values[static_cast<std::size_t>(j)];
      grid(i * pixels + j, 1) = up.values[static_cast<std::size_t>(i)];
    }
  all.push_back(
      {{.name = "density",
        .long_name = "density p(x)",
        .comment = "of the model, on a grid",
        .axes = {up, across}},
       [self, grid](In q, double, Out out) { out = self.log_density(q, grid).array().exp(); }});
  return all;
}

Facts NormalisingFlow::facts() const {
  Facts facts{{"data", data.data->description},
              {"network", fmt::format("field of {} parameters", dim())},
              {"loss_convention", "-mean ln p(x), nats"},
              {"adjoint", adjoint_name_},
              {"data_sha256", fingerprint(*data.data)}};
  if (density_->tolerance() > 0.0)
    facts.emplace_back("solved_to", fmt::format("{}", density_->tolerance()));
  return facts;
}

}  // namespace thalweg
