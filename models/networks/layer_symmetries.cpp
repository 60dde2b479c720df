#include <thalweg/models/networks/layer_symmetries.hpp>

#include <fmt/format.h>

#include <vector>

namespace thalweg {

namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstBlock = Eigen::Map<const RowMajor>;
using Block = Eigen::Map<RowMajor>;

ConstBlock block(In q, Index offset, Index rows, Index cols) {
  return {q.data() + offset, rows, cols};
}
Block block(Out q, Index offset, Index rows, Index cols) { return {q.data() + offset, rows, cols}; }

Axis members(const std::string& name, Index size, const char* long_name) {
  return {.name = name, .size = size, .long_name = long_name};
}

void numbered(Axis& axis, const char* word) {
  for (Index i = 0; i < axis.size; ++i) axis.labels.push_back(fmt::format("{} {}", word, i + 1));
}

std::vector<std::pair<Index, Index>> moved_by(const LayerPair& p) {
  std::vector<std::pair<Index, Index>> all{{p.in_weights, p.units * p.inputs},
                                           {p.out_weights, p.outputs * p.units}};
  if (p.in_biases >= 0) all.emplace_back(p.in_biases, p.units);
  return all;
}

// Entries (i, j) of the upper triangle, with the diagonal or without.
std::vector<std::pair<Index, Index>> upper(Index n, bool diagonal) {
  std::vector<std::pair<Index, Index>> all;
  for (Index i = 0; i < n; ++i)
    for (Index j = diagonal ? i : i + 1; j < n; ++j) all.emplace_back(i, j);
  return all;
}

// Generators M of the units' space: U -> -M U, W -> W M; <u, A_M q> = <M, X(u, q)> with
// X = W' u_W - u_U U'.
Symmetry matrix_symmetry(const LayerPair& p, bool symmetric) {
  const auto entries = upper(p.units, symmetric);
  Symmetry s;
  s.kind = symmetric ? Symmetry::Kind::rescale : Symmetry::Kind::rotation;
  s.name = (symmetric ? "balance_" : "rotation_") + p.layer;
  s.members = members("entry_" + s.name, static_cast<Index>(entries.size()),
                      "row and column of the matrix");
  for (const auto& [i, j] : entries) s.members.labels.push_back(fmt::format("{},{}", i + 1, j + 1));
  s.moved = moved_by(p);
  s.total = Vec::Ones(s.size());
  if (symmetric)
    for (std::size_t k = 0; k < entries.size(); ++k)
      s.total[static_cast<Index>(k)] = entries[k].first == entries[k].second ? 1.0 : 0.0;
  const double sign = symmetric ? 1.0 : -1.0, half = symmetric ? 0.5 : 1.0;
  s.generator = [p, entries, sign, half](Index k, In q, Out out) {
    const auto [i, j] = entries[static_cast<std::size_t>(k)];
    Mat M = Mat::Zero(p.units, p.units);
    M(i, j) += half;
    M(j, i) += sign * half;
    out.setZero();
    block(out, p.in_weights, p.units, p.inputs) = -M * block(q, p.in_weights, p.units, p.inputs);
    block(out, p.out_weights, p.outputs, p.units) = block(q, p.out_weights, p.outputs, p.units) * M;
  };
  s.pairing = [p, entries, sign, half](In u, In q, Out out) {
    thread_local Mat X;
    X.noalias() = block(q, p.out_weights, p.outputs, p.units).transpose() *
                  block(u, p.out_weights, p.outputs, p.units);
    X.noalias() -= block(u, p.in_weights, p.units, p.inputs) *
                   block(q, p.in_weights, p.units, p.inputs).transpose();
    for (std::size_t k = 0; k < entries.size(); ++k) {
      const auto [i, j] = entries[k];
      out[static_cast<Index>(k)] = half * (X(i, j) + sign * X(j, i));
    }
  };
  return s;
}

}  // namespace

Symmetry rescale_symmetry(const LayerPair& p, double decay) {
  Symmetry s;
  s.kind = Symmetry::Kind::rescale;
  s.name = "rescale_" + p.layer;
  s.long_name = p.in_biases < 0 ? "|w_out|^2 - |w_in|^2 of each unit of " + p.layer
                                : "|w_out|^2 - |w_in|^2 - b^2 of each unit of " + p.layer;
  s.members = members("unit_" + s.name, p.units, "unit");
  numbered(s.members, "unit");
  s.moved = moved_by(p);
  s.total = Vec::Ones(p.units);
  s.decay = decay;
  s.generator = [p](Index i, In q, Out out) {
    out.setZero();
    block(out, p.in_weights, p.units, p.inputs).row(i) =
        -block(q, p.in_weights, p.units, p.inputs).row(i);
    block(out, p.out_weights, p.outputs, p.units).col(i) =
        block(q, p.out_weights, p.outputs, p.units).col(i);
    if (p.in_biases >= 0) out[p.in_biases + i] = -q[p.in_biases + i];
  };
  s.pairing = [p](In u, In q, Out out) {
    out = (block(u, p.out_weights, p.outputs, p.units)
               .cwiseProduct(block(q, p.out_weights, p.outputs, p.units)))
              .colwise()
              .sum()
              .transpose();
    out -= (block(u, p.in_weights, p.units, p.inputs)
                .cwiseProduct(block(q, p.in_weights, p.units, p.inputs)))
               .rowwise()
               .sum();
    if (p.in_biases >= 0)
      out -= u.segment(p.in_biases, p.units).cwiseProduct(q.segment(p.in_biases, p.units));
  };
  return s;
}

Symmetry balance_symmetry(const LayerPair& p) {
  Symmetry s = matrix_symmetry(p, true);
  s.long_name = "W_out' W_out - W_in W_in' around " + p.layer;
  return s;
}

Symmetry rotation_symmetry(const LayerPair& p) {
  Symmetry s = matrix_symmetry(p, false);
  s.long_name = "angular momentum of the rotations of " + p.layer;
  return s;
}

Symmetry translation_symmetry(Index classes, Index inputs, Index weights, Index biases,
                              const std::string& layer, double decay) {
  Symmetry s;
  s.kind = Symmetry::Kind::translation;
  s.name = "translation_" + layer;
  s.long_name = "sum over the classes of " + layer;
  const Index columns = weights < 0 ? 0 : inputs;
  s.members = members("column_" + s.name, columns, "column of the weights");
  numbered(s.members, "input");
  if (biases >= 0) {
    ++s.members.size;
    s.members.labels.emplace_back("biases");
  }
  if (columns > 0) s.moved.emplace_back(weights, classes * columns);
  if (biases >= 0) s.moved.emplace_back(biases, classes);
  s.total = Vec::Ones(s.size());
  s.decay = decay;
  s.generator = [=](Index j, In, Out out) {
    out.setZero();
    if (j < columns)
      block(out, weights, classes, columns).col(j).setOnes();
    else
      out.segment(biases, classes).setOnes();
  };
  s.pairing = [=](In u, In, Out out) {
    if (columns > 0)
      out.head(columns) = block(u, weights, classes, columns).colwise().sum().transpose();
    if (biases >= 0) out[columns] = u.segment(biases, classes).sum();
  };
  return s;
}

Symmetry scale_symmetry(Index rows, Index columns, Index weights, const std::string& layer,
                        double decay) {
  Symmetry s;
  s.kind = Symmetry::Kind::scale;
  s.name = "scale_" + layer;
  s.long_name = "|v|^2 of each unit of " + layer;
  s.members = members("unit_" + s.name, rows, "unit");
  numbered(s.members, "unit");
  s.moved = {{weights, rows * columns}};
  s.total = Vec::Ones(rows);
  s.decay = decay;
  s.generator = [=](Index i, In q, Out out) {
    out.setZero();
    out.segment(weights + i * columns, columns) = q.segment(weights + i * columns, columns);
  };
  s.pairing = [=](In u, In q, Out out) {
    out = block(u, weights, rows, columns)
              .cwiseProduct(block(q, weights, rows, columns))
              .rowwise()
              .sum();
  };
  return s;
}

}  // namespace thalweg
