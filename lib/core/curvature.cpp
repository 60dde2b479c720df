#include <thalweg/core/curvature.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include <thalweg/core/error.hpp>
#include <thalweg/core/names.hpp>

namespace thalweg {

const std::vector<std::string>& curvature_names() {
  static const std::vector<std::string> names = {"hessian", "gauss_newton", "fisher",
                                                 "empirical_fisher"};
  return names;
}

CurvatureKind curvature_of(const std::string& name) {
  const auto& names = curvature_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end())
    throw ModelError(fmt::format("\"{}\" is no matrix of curvature; use one of {}", name,
                                 fmt::join(names, ", ")));
  return static_cast<CurvatureKind>(found - names.begin());
}

const char* curvature_title(CurvatureKind kind) {
  switch (kind) {
    case CurvatureKind::hessian:
      return "Hessian";
    case CurvatureKind::gauss_newton:
      return "Gauss-Newton matrix";
    case CurvatureKind::fisher:
      return "Fisher matrix";
    case CurvatureKind::empirical_fisher:
      return "empirical Fisher matrix";
  }
  return "";
}

Index ParameterPart::size() const {
  Index n = 0;
  for (const Range& r : ranges) n += r.size;
  return n;
}

void ParameterPart::gather(In whole, Out part) const {
  Index at = 0;
  for (const Range& r : ranges) {
    part.segment(at, r.size) = whole.segment(r.offset, r.size);
    at += r.size;
  }
}

void ParameterPart::scatter(In part, Out whole) const {
  whole.setZero();
  Index at = 0;
  for (const Range& r : ranges) {
    whole.segment(r.offset, r.size) = part.segment(at, r.size);
    at += r.size;
  }
}

ParameterPart parameter_part(const Layout& layout, const std::string& name) {
  ParameterPart part;
  std::vector<std::string> known;
  const auto know = [&](const std::string& n) {
    if (!n.empty() && std::find(known.begin(), known.end(), n) == known.end()) known.push_back(n);
  };
  for (const Block& block : layout) {
    know(block.name);
    know(block.group);
    if (block.name == name || block.group == name)
      part.ranges.push_back({block.offset, block.size()});
  }
  if (part.ranges.empty())
    throw ModelError(fmt::format("there is no block of parameters \"{}\"; there are {}", name,
                                 fmt::join(known, ", ")));
  return part;
}

namespace {

class DiagonalBlock final : public Curvature {
 public:
  DiagonalBlock(std::unique_ptr<Curvature> whole, ParameterPart part, Index dim)
      : whole_(std::move(whole)), part_(std::move(part)), dim_(dim) {}
  void hvp(MatIn V, MatOut HV) override {
    if (v_.cols() < V.cols()) {
      v_.resize(dim_, V.cols());
      hv_.resize(dim_, V.cols());
    }
    for (Index j = 0; j < V.cols(); ++j) part_.scatter(V.col(j), v_.col(j));
    whole_->hvp(v_.leftCols(V.cols()), hv_.leftCols(V.cols()));
    for (Index j = 0; j < V.cols(); ++j) part_.gather(hv_.col(j), HV.col(j));
  }

 private:
  std::unique_ptr<Curvature> whole_;
  ParameterPart part_;
  Index dim_;
  Mat v_, hv_;
};

}  // namespace

std::unique_ptr<Curvature> diagonal_block(std::unique_ptr<Curvature> whole, ParameterPart part,
                                          Index dim) {
  return std::make_unique<DiagonalBlock>(std::move(whole), std::move(part), dim);
}

}  // namespace thalweg
