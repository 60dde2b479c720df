#include <support/gradient_flow_problems.hpp>

#include <thalweg/io/h5.hpp>

namespace thalweg::test {

namespace {

using Map = Eigen::Map<const Mat>;

struct Layer {
  Mat a, delta, da, ddelta;  // activation, derivative of the loss by the preactivation, tangents
};

Vec read(const h5::File& file, const std::string& name) {
  const auto v = file.read(name);
  return Eigen::Map<const Vec>(v.data(), static_cast<Index>(v.size()));
}

// A stored (rows, columns) array in C order as (columns, rows) in Eigen's order.
Mat read_transposed(const h5::File& file, const std::string& name) {
  const auto shape = file.shape(name);
  return read(file, name).reshaped(shape[1], shape[0]);
}

}  // namespace

void NetworkFlow::rhs(In theta, Out out, double) const {
  const std::size_t L = widths_.size() - 1;
  std::vector<Layer> layers(L + 1);
  layers[0].a = X_;
  Index at = 0;
  for (std::size_t l = 1; l <= L; ++l) {
    const Map W(theta.data() + at, widths_[l], widths_[l - 1]);
    const Eigen::Map<const Vec> b(theta.data() + at + W.size(), widths_[l]);
    at += W.size() + b.size();
    layers[l].a = (W * layers[l - 1].a).colwise() + b;
    if (l < L) layers[l].a = layers[l].a.array().tanh();
  }
  layers[L].delta = (layers[L].a - Y_) / static_cast<double>(X_.cols());
  for (std::size_t l = L; l >= 1; --l) {
    const Map W(theta.data() + at - widths_[l] * (widths_[l - 1] + 1), widths_[l], widths_[l - 1]);
    at -= W.size() + widths_[l];
    Eigen::Map<Mat>(out.data() + at, W.rows(), W.cols()).noalias() =
        -layers[l].delta * layers[l - 1].a.transpose();
    out.segment(at + W.size(), W.rows()) = -layers[l].delta.rowwise().sum();
    if (l > 1)
      layers[l - 1].delta =
          (W.transpose() * layers[l].delta).array() * (1.0 - layers[l - 1].a.array().square());
  }
}

// Pearlmutter's R operator: the tangent of every line above along v.
void NetworkFlow::jvp(In theta, In v, Out out, double) const {
  const std::size_t L = widths_.size() - 1;
  std::vector<Layer> layers(L + 1);
  layers[0].a = X_;
  layers[0].da = Mat::Zero(X_.rows(), X_.cols());
  Index at = 0;
  for (std::size_t l = 1; l <= L; ++l) {
    const Map W(theta.data() + at, widths_[l], widths_[l - 1]);
    const Map dW(v.data() + at, W.rows(), W.cols());
    const Eigen::Map<const Vec> b(theta.data() + at + W.size(), widths_[l]);
    const Eigen::Map<const Vec> db(v.data() + at + W.size(), widths_[l]);
    at += W.size() + b.size();
    auto &below = layers[l - 1], &here = layers[l];
    here.a = (W * below.a).colwise() + b;
    here.da = (W * below.da + dW * below.a).colwise() + db;
    if (l < L) {
      here.a = here.a.array().tanh();
      here.da = here.da.array() * (1.0 - here.a.array().square());
    }
  }
  const double n = static_cast<double>(X_.cols());
  layers[L].delta = (layers[L].a - Y_) / n;
  layers[L].ddelta = layers[L].da / n;
  for (std::size_t l = L; l >= 1; --l) {
    at -= widths_[l] * (widths_[l - 1] + 1);
    const Map W(theta.data() + at, widths_[l], widths_[l - 1]);
    const Map dW(v.data() + at, W.rows(), W.cols());
    auto &below = layers[l - 1], &here = layers[l];
    Eigen::Map<Mat>(out.data() + at, W.rows(), W.cols()) =
        -here.ddelta * below.a.transpose() - here.delta * below.da.transpose();
    out.segment(at + W.size(), W.rows()) = -here.ddelta.rowwise().sum();
    if (l > 1) {
      const Eigen::ArrayXXd slope = 1.0 - below.a.array().square();
      const Mat back = W.transpose() * here.delta;
      below.delta = back.array() * slope;
      below.ddelta = (W.transpose() * here.ddelta + dW.transpose() * here.delta).array() * slope -
                     2.0 * back.array() * below.a.array() * below.da.array();
    }
  }
}

GradientFlowProblem stored_quadratic() {
  const auto file = h5::File::open(gradient_flow_file());
  const Mat h = read_transposed(file, "/quadratic/h");
  std::vector<Vec> reflections;
  for (Index j = 0; j < h.cols(); ++j) reflections.emplace_back(h.col(j));
  return {AnySystem(QuadraticFlow(read(file, "/quadratic/lambda"), std::move(reflections))),
          read(file, "/quadratic/y0")};
}

Vec stored_quadratic_solution(const std::string& name) {
  return read(h5::File::open(gradient_flow_file()), "/quadratic/" + name);
}

GradientFlowProblem stored_network() {
  const auto file = h5::File::open(gradient_flow_file());
  return {AnySystem(NetworkFlow({64, 100, 100, 10}, read_transposed(file, "/mlp/X"),
                                read_transposed(file, "/mlp/Y"))),
          read(file, "/mlp/theta")};
}

}  // namespace thalweg::test
