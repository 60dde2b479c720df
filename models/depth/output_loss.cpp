#include <thalweg/models/depth/output_loss.hpp>

#include <fmt/format.h>

#include <cmath>
#include <thalweg/core/error.hpp>

namespace thalweg {

namespace {

double logistic(double x) {
  return x >= 0.0 ? 1.0 / (1.0 + std::exp(-x)) : std::exp(x) / (1.0 + std::exp(x));
}
double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

OutputLoss::Kind choose(const std::string& wanted, const Dataset& data) {
  if (wanted == "mse" || (wanted == "auto" && !data.classification())) return OutputLoss::Kind::mse;
  if (!data.classification())
    throw ModelError(fmt::format(
        "loss = \"{}\" needs classes, but data set \"{}\" has regression targets; use \"mse\"",
        wanted, data.name));
  if (wanted != "logistic") return OutputLoss::Kind::cross_entropy;
  if (data.classes.size() != 2)
    throw ModelError(
        fmt::format("loss = \"logistic\" needs two classes, but data set \"{}\" has {}; use "
                    "\"cross_entropy\"",
                    data.name, data.classes.size()));
  return OutputLoss::Kind::logistic;
}

}  // namespace

OutputLoss::OutputLoss(const std::string& wanted, const Dataset& data)
    : data_(&data),
      kind_(choose(wanted, data)),
      outputs_(kind_ == Kind::logistic ? 1 : data.Y.cols()) {}

const char* OutputLoss::name() const {
  return kind_ == Kind::mse ? "mse" : kind_ == Kind::cross_entropy ? "cross_entropy" : "logistic";
}

double OutputLoss::operator()(MatIn F, std::span<const Index> rows, bool held_out,
                              MatOut F_bar) const {
  const Samples& Y = held_out ? data_->Y_test : data_->Y;
  const auto& labels = held_out ? data_->labels_test : data_->labels;
  double total = 0.0;
  for (Index j = 0; j < F.cols(); ++j) {
    const Index row = rows[static_cast<std::size_t>(j)];
    if (kind_ == Kind::mse) {
      F_bar.col(j) = F.col(j) - Y.row(row).transpose();
      total += 0.5 * F_bar.col(j).squaredNorm();
      continue;
    }
    const Index label = labels[static_cast<std::size_t>(row)];
    if (kind_ == Kind::logistic) {
      const double sign = label == 1 ? 1.0 : -1.0;
      total += softplus(-sign * F(0, j));
      F_bar(0, j) = -sign * logistic(-sign * F(0, j));
      continue;
    }
    const double top = F.col(j).maxCoeff();
    F_bar.col(j) = (F.col(j).array() - top).exp();
    const double sum = F_bar.col(j).sum();
    total += top + std::log(sum) - F(label, j);
    F_bar.col(j) /= sum;
    F_bar(label, j) -= 1.0;
  }
  return total;
}

void OutputLoss::second(MatIn F, MatIn dF, MatOut dF_bar) const {
  for (Index j = 0; j < F.cols(); ++j) {
    if (kind_ == Kind::mse) {
      dF_bar.col(j) = dF.col(j);
    } else if (kind_ == Kind::logistic) {
      const double p = logistic(F(0, j));
      dF_bar(0, j) = p * (1.0 - p) * dF(0, j);
    } else {
      const double top = F.col(j).maxCoeff(), sum = (F.col(j).array() - top).exp().sum();
      double mean = 0.0;  // of dF under the probabilities
      for (Index c = 0; c < F.rows(); ++c) {
        const double p = std::exp(F(c, j) - top) / sum;
        mean += p * dF(c, j);
        dF_bar(c, j) = p;
      }
      for (Index c = 0; c < F.rows(); ++c) dF_bar(c, j) *= dF(c, j) - mean;
    }
  }
}

}  // namespace thalweg
