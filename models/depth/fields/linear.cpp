#include <thalweg/models/depth/fields/linear.hpp>

#include <fmt/format.h>

#include <thalweg/core/error.hpp>
#include <thalweg/models/datasets/tables.hpp>
#include <thalweg/models/depth/fields/varying_with_depth.hpp>

#include <utility>

namespace thalweg {

namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

class Evaluation final : public FieldEvaluation {
 public:
  Evaluation(Index d, Index samples)
      : B_(d, d), dB_(d, d), A_store_(d, samples), dA_store_(d, samples) {}

  void evaluate(MatIn A, double, In theta, MatOut F) override {
    const Index d = B_.rows();
    n_ = A.cols();
    B_ = Eigen::Map<const RowMajor>(theta.data(), d, d);
    A_store_.leftCols(n_) = A;
    F.noalias() = B_.lazyProduct(A);
  }
  void vjp(MatIn Delta, MatOut A_bar, Out theta_bar) override {
    A_bar.noalias() = B_.transpose().lazyProduct(Delta);
    if (theta_bar.size() == 0) return;
    gradient(theta_bar).noalias() += Delta.lazyProduct(A_store_.leftCols(n_).transpose());
  }
  void jvp(MatIn dA, In dtheta, MatOut dF) override {
    const Index d = B_.rows();
    dB_ = Eigen::Map<const RowMajor>(dtheta.data(), d, d);
    dA_store_.leftCols(n_) = dA;
    dF.noalias() = B_.lazyProduct(dA);
    dF.noalias() += dB_.lazyProduct(A_store_.leftCols(n_));
  }
  void vjp_tangent(MatIn Delta, MatIn dDelta, MatOut A_bar_dot, Out theta_bar_dot) override {
    A_bar_dot.noalias() = B_.transpose().lazyProduct(dDelta);
    A_bar_dot.noalias() += dB_.transpose().lazyProduct(Delta);
    if (theta_bar_dot.size() == 0) return;
    auto g = gradient(theta_bar_dot);
    g.noalias() += dDelta.lazyProduct(A_store_.leftCols(n_).transpose());
    g.noalias() += Delta.lazyProduct(dA_store_.leftCols(n_).transpose());
  }

 private:
  [[nodiscard]] Eigen::Map<RowMajor> gradient(Out theta_bar) const {
    return {theta_bar.data(), B_.rows(), B_.rows()};
  }

  RowMajor B_, dB_;
  Mat A_store_, dA_store_;
  Index n_ = 0;
};

class Linear final : public VectorField {
 public:
  explicit Linear(RowMajor B) : B_(std::move(B)) {}

  [[nodiscard]] Index width() const override { return B_.rows(); }
  [[nodiscard]] Index n_parameters() const override { return B_.size(); }
  [[nodiscard]] std::unique_ptr<FieldEvaluation> evaluation(Index samples) const override {
    return std::make_unique<Evaluation>(B_.rows(), samples);
  }
  [[nodiscard]] Layout layout() const override {
    return {{"B", 0, {B_.rows(), B_.cols()}, "1/depth", "field"}};
  }
  [[nodiscard]] Vec initial_parameters(Rng&) const override {
    return Eigen::Map<const Vec>(B_.data(), B_.size());
  }

 private:
  RowMajor B_;
};

// B of a as wide as `width`, row by row.
Vec entries(const LinearField::Matrix& given, Index width, const std::string& where) {
  if (!given.numbers.empty()) {
    if (static_cast<Index>(given.numbers.size()) != width * width)
      throw ModelError(
          fmt::format("{}.matrix has {} numbers, must have {} for a of {} entries: give B row "
                      "by row",
                      where, given.numbers.size(), width * width, width));
    return Eigen::Map<const Vec>(given.numbers.data(), width * width);
  }
  if (given.rotation != 0 && width % 2 == 1)
    throw ModelError(fmt::format(
        "{}.rotation = {} turns pairs of entries, but a has {}: set it to 0 or give `matrix`",
        where, given.rotation, width));
  RowMajor B = given.growth * RowMajor::Identity(width, width);
  for (Index i = 0; i + 1 < width; i += 2) {
    B(i, i + 1) = given.rotation;
    B(i + 1, i) = -given.rotation;
  }
  return Eigen::Map<const Vec>(B.data(), B.size());
}

}  // namespace

LinearField::LinearField() = default;  // here, since GCC 12 warns of it where it is inlined

Doc LinearField::doc() {
  return {.summary = "linear field, for depth that damps, turns or grows its signal",
          .equation =
              "f = B(z) a;  without `matrix`, B = growth I + rotation J, J a = (a_2, -a_1, "
              "a_4, -a_3, ...)",
          .source =
              "E. Haber and L. Ruthotto, Stable architectures for deep neural networks, "
              "Inverse Problems 34 (2018) 014004",
          .notes =
              "growth < 0 is viscous, growth = 0 rotational: |a| and |delta| stay constant. "
              "Constant B: a(z) = exp(B z) a(0), delta(z) = exp(B' (Z - z)) delta(Z).\n"
              "B(z): [[...at]] tables, each z and a matrix (or growth and rotation), or a `file` "
              "with a row for each knot: z, then B row by row. Between knots `interpolation`: "
              "pieces (B of a knot holds up to the next), linear, or cubic (through the knots, "
              "once differentiable, exact for parabolas); before the first and after the last B "
              "stays. A step in depth ends at every knot, so that solvers keep their order."};
}

void LinearField::Matrix::fields(Fields& f) {
  f("growth", growth, "1/depth", "rate of |a|, the diagonal of B");
  f("rotation", rotation, "1/depth", "angular speed of every pair of entries");
  f("matrix", numbers, "1/depth", "B row by row, in place of growth and rotation; empty: those");
}

void LinearField::Knot::fields(Fields& f) {
  f("z", z, "depth", "where B has these numbers");
  B.fields(f);
}

void LinearField::fields(Fields& f) {
  B.fields(f);
  f.array_of_tables("at", at.size(), "B at knots in depth, z ascending, in place of one B",
                    [&](std::size_t i) {
                      if (at.size() <= i) at.resize(i + 1, Knot{.B = B});
                      at[i].fields(f);
                    });
  f("file", file, "",
    "the knots in a file (.csv, .tsv, .txt, also gzipped, or .h5:/dataset), in place of `at`");
  f("interpolation", interpolation, "", "B between knots", one_of({"pieces", "linear", "cubic"}));
  if (!f.reading()) return;
  need_file(f, "file", file);
  for (std::size_t i = 1; i < at.size(); ++i)
    if (!(at[i].z > at[i - 1].z))
      f.reject("at",
               fmt::format("has z = {:g} after z = {:g}; knots must ascend", at[i].z, at[i - 1].z));
  if (!at.empty() && !file.empty())
    f.reject("file", "says again what `at` says; give one of the two");
  if (!B.numbers.empty() && !(at.empty() && file.empty()))
    f.reject("matrix", "is of a constant B; leave it out, or the knots");
}

std::shared_ptr<const VectorField> LinearField::operator()(Index width) const {
  const Index entries_of_B = width * width;
  if (!file.empty()) {
    const Samples table = read_samples(file);
    if (table.cols() != 1 + entries_of_B)
      throw ModelError(
          fmt::format("field.file: {} has {} columns, must have {} for a of {} entries: z, then "
                      "the {} numbers of B row by row",
                      file, table.cols(), 1 + entries_of_B, width, entries_of_B));
    std::vector<double> z;
    Vec numbers(table.rows() * entries_of_B);
    for (Index k = 0; k < table.rows(); ++k) {
      z.push_back(table(k, 0));
      if (k > 0 && !(table(k, 0) > table(k - 1, 0)))
        throw ModelError(
            fmt::format("field.file: {} row {}: z = {:g} follows z = {:g}; knots must ascend", file,
                        k + 1, table(k, 0), table(k - 1, 0)));
      numbers.segment(k * entries_of_B, entries_of_B) = table.row(k).tail(entries_of_B).transpose();
    }
    return through_knots(std::move(z), std::move(numbers), width);
  }
  if (at.empty()) {
    const Vec numbers = entries(B, width, "field");
    return std::make_shared<Linear>(Eigen::Map<const RowMajor>(numbers.data(), width, width));
  }
  std::vector<double> z;
  Vec numbers(static_cast<Index>(at.size()) * entries_of_B);
  for (std::size_t k = 0; k < at.size(); ++k) {
    z.push_back(at[k].z);
    numbers.segment(static_cast<Index>(k) * entries_of_B, entries_of_B) =
        entries(at[k].B, width, fmt::format("field.at[{}]", k));
  }
  return through_knots(std::move(z), std::move(numbers), width);
}

std::shared_ptr<const VectorField> LinearField::through_knots(std::vector<double> z, Vec numbers,
                                                              Index width) const {
  auto basis = interpolation == "pieces"   ? DepthBasis::pieces(std::move(z))
               : interpolation == "linear" ? DepthBasis::lines(std::move(z))
                                           : DepthBasis::cubics(std::move(z));
  return varying_with_depth(std::make_shared<Linear>(RowMajor::Zero(width, width)),
                            std::move(basis), std::move(numbers));
}

}  // namespace thalweg
