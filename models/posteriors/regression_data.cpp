#include <thalweg/models/posteriors/regression_data.hpp>

namespace thalweg {

Axis observation_axis(Index n) {
  return {.name = "obs", .size = n, .long_name = "observation", .unit = "1"};
}

std::vector<Exhibit> observed_data_of(const Dataset& data) {
  const Axis obs = observation_axis(data.size());
  Exhibit y{{.name = "y", .long_name = "target", .comment = data.description, .axes = {obs}}, {}};
  if (data.classification()) {
    y.variable.long_name = "class of the observation";
    y.variable.type = Variable::Type::integer;
    y.values.assign(data.labels.begin(), data.labels.end());
  } else {
    if (data.Y.cols() > 1)
      y.variable.axes.push_back(
          {.name = "output", .size = data.Y.cols(), .long_name = "output", .unit = "1"});
    y.values.assign(data.Y.data(), data.Y.data() + data.Y.size());
  }
  Exhibit x{
      {.name = "x",
       .long_name = "input",
       .comment = data.description,
       .axes = {obs, {.name = "feature", .size = data.X.cols(), .long_name = "input number"}}},
      {data.X.data(), data.X.data() + data.X.size()}};
  return {y, x};
}

Mat design_matrix(const Samples& X, bool intercept) {
  Mat design(X.rows(), X.cols() + (intercept ? 1 : 0));
  if (intercept) design.col(0).setOnes();
  design.rightCols(X.cols()) = X;
  return design;
}

}  // namespace thalweg
