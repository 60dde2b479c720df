// Loss and gradient of three networks on real data against PyTorch's, in double precision. The
// numbers are made by tests/peers/pytorch_gradients.py.
#include <algorithm>
#include <cmath>
#include <map>
#include <thalweg/io/table_reader.hpp>
#include <thalweg/models/datasets/files.hpp>
#include <thalweg/models/networks/mlp.hpp>

#include "support/catch.hpp"

using namespace thalweg;

namespace {

struct Net {
  std::string name;
  std::vector<Index> hidden;
};
const Net nets[] = {{"a", {100, 100}}, {"c", {32, 32}}, {"d", std::vector<Index>(10, 50)}};
const std::string losses[] = {"mse", "cross_entropy", "logistic"};

}  // namespace

TEST_CASE("loss and gradient agree with PyTorch", "[models][peer]") {
  const std::string root = THALWEG_SOURCE_DIR;
  const Table table = read_table(root + "/data/reference/pytorch_gradients.csv");
  // (net, loss) -> index -> value
  std::map<std::pair<int, int>, std::map<Index, double>> reference;
  for (Index r = 0; r < table.rows; ++r) {
    const double* row = table.values.data() + 4 * r;
    reference[{static_cast<int>(row[0]), static_cast<int>(row[1])}][static_cast<Index>(row[2])] =
        row[3];
  }
  REQUIRE(reference.size() == 6);

  for (const auto& [key, values] : reference) {
    const Net& net = nets[key.first];
    const std::string& loss = losses[key.second];
    CAPTURE(net.name, loss);
    Hdf5Data source{.file = root + "/data/bench/nets.h5",
                    .task = loss == "mse" ? "regression" : "classification",
                    .inputs = net.name + "/X",
                    .targets = net.name + (loss == "mse" ? "/Y" : "/labels")};
    Mlp mlp;
    mlp.hidden = net.hidden;
    mlp.loss = loss;
    mlp.data.data = std::make_shared<const Dataset>(Dataset(source));
    mlp.prepare();
    const Table start = read_table(source.file + ":" + net.name + "/theta");
    REQUIRE(start.rows == mlp.dim());
    const Eigen::Map<const Vec> theta(start.values.data(), start.rows);
    Vec g(mlp.dim());

    // Both sum thousands of terms in their own order: rounding of 1e-16 times the root of that.
    const double tolerance = 1e-13, size = values.at(-2);
    CHECK(std::abs(mlp.value_and_gradient(theta, g) - values.at(-1)) < tolerance * values.at(-1));
    CHECK(std::abs(g.norm() - size) < tolerance * size);
    const Vec wave = Vec::LinSpaced(g.size(), 0.0, static_cast<double>(g.size() - 1)).array().cos();
    CHECK(std::abs(g.dot(wave) - values.at(-3)) < tolerance * size * wave.norm());
    double worst = 0.0;
    for (const auto& [index, value] : values)
      if (index >= 0) worst = std::max(worst, std::abs(g[index] - value));
    CHECK(worst < tolerance * size);
  }
}
