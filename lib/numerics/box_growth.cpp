#include <thalweg/numerics/box_growth.hpp>

#include <cmath>
#include <limits>
#include <numeric>

namespace thalweg {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// N_k, d_k and d of all groups but `left_out`, in one row.
std::vector<double> numbers(const std::vector<std::vector<double>>& products, double ratio,
                            std::size_t left_out) {
  const std::size_t scales = products.front().size();
  std::vector<double> boxes(scales, 0.0), dimension(scales);
  double used = 0.0;
  for (std::size_t g = 0; g < products.size(); ++g) {
    if (g == left_out) continue;
    used += 1.0;
    for (std::size_t k = 0; k < scales; ++k) boxes[k] += products[g][k];
  }
  double before = 1.0;
  for (std::size_t k = 0; k < scales; ++k) {
    boxes[k] /= used;
    dimension[k] = boxes[k] > 0.0 ? std::log(boxes[k] / before) / std::log(ratio) : nan;
    before = boxes[k];
  }
  const double whole =
      before > 0.0 && scales > 1 ? std::log(before / boxes.front()) / std::log(ratio) : nan;
  auto all = std::move(boxes);
  all.insert(all.end(), dimension.begin(), dimension.end());
  all.push_back(whole / static_cast<double>(scales - 1));
  return all;
}

}  // namespace

BoxGrowth box_growth(const std::vector<BoxParts>& groups, double ratio) {
  std::vector<std::vector<double>> products;
  for (const auto& group : groups) {
    double product = 1.0;
    auto& of_group = products.emplace_back();
    for (const auto& parts : group) {
      const auto sum = std::accumulate(parts.begin(), parts.end(), Index{0});
      product *= parts.empty() ? 0.0 : static_cast<double>(sum) / static_cast<double>(parts.size());
      of_group.push_back(product);
    }
  }
  const std::size_t n = products.size(), scales = products.front().size();
  const auto value = numbers(products, ratio, n);
  std::vector<double> error(value.size(), nan);
  if (n > 1) {
    std::vector<std::vector<double>> without;
    for (std::size_t g = 0; g < n; ++g) without.push_back(numbers(products, ratio, g));
    const auto count = static_cast<double>(n);
    for (std::size_t i = 0; i < value.size(); ++i) {
      double mean = 0.0, spread = 0.0;
      for (const auto& w : without) mean += w[i] / count;
      for (const auto& w : without) spread += (w[i] - mean) * (w[i] - mean);
      error[i] = std::sqrt((count - 1.0) / count * spread);
    }
  }
  const auto part = [scales](const std::vector<double>& all, std::size_t k) {
    const auto from = all.begin() + static_cast<std::ptrdiff_t>(k * scales);
    return std::vector<double>(from, from + static_cast<std::ptrdiff_t>(scales));
  };
  return {.boxes = part(value, 0),
          .boxes_error = part(error, 0),
          .dimension = part(value, 1),
          .dimension_error = part(error, 1),
          .whole = value.back(),
          .whole_error = error.back()};
}

}  // namespace thalweg
