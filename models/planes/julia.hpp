// The filled Julia set of z -> z^2 + c: the classic among the boundaries of a plane, with
// dimensions that are known.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/plane_field.hpp>

#include <memory>

namespace thalweg {

class Julia {
 public:
  double re = -0.122561166876653, im = 0.744861766619744;  ///< the rabbit: 0 has period 3
  Index iterations = 1000;

  static Doc doc();
  void fields(Fields& f);
  [[nodiscard]] std::shared_ptr<const PlaneField> operator()(std::uint64_t seed) const;
};

}  // namespace thalweg
