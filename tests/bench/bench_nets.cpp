#include "bench_nets.hpp"

#include <hdf5.h>

#include <cmath>
#include <random>
#include <stdexcept>

namespace thalweg::bench {
namespace {

using mlp_kernel::Index;

template <class T>
std::vector<T> read(hid_t group, const char* name, hid_t type) {
  const hid_t data = H5Dopen2(group, name, H5P_DEFAULT), space = H5Dget_space(data);
  std::vector<T> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
  const bool failed = H5Dread(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0;
  H5Sclose(space);
  H5Dclose(data);
  if (failed) throw std::runtime_error("data/bench/nets.h5: cannot read " + std::string(name));
  return values;
}

BenchNet read_net(char name) {
  const std::string path = THALWEG_SOURCE_DIR "/data/bench/nets.h5";
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  if (file < 0) throw std::runtime_error(path + " cannot be opened");
  const hid_t group = H5Gopen2(file, std::string(1, name).c_str(), H5P_DEFAULT);
  BenchNet net;
  const hid_t attribute = H5Aopen(group, "widths", H5P_DEFAULT), space = H5Aget_space(attribute);
  net.widths.resize(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
  static_assert(sizeof(Index) == 8);
  H5Aread(attribute, H5T_NATIVE_INT64, net.widths.data());
  H5Sclose(space);
  H5Aclose(attribute);
  net.x = read<double>(group, "X", H5T_NATIVE_DOUBLE);
  net.y = read<double>(group, "Y", H5T_NATIVE_DOUBLE);
  net.theta = read<double>(group, "theta", H5T_NATIVE_DOUBLE);
  net.labels = read<int>(group, "labels", H5T_NATIVE_INT);
  H5Gclose(group);
  H5Fclose(file);
  return net;
}

BenchNet random_net() {
  BenchNet net{{784, 200, 200, 10}, {}, {}, {}, {}};
  constexpr int n = 5000, classes = 10;
  std::mt19937_64 random(0);
  std::normal_distribution<double> normal;
  for (int i = 0; i < n * 784; ++i) net.x.push_back(normal(random));
  for (int s = 0; s < n; ++s) {
    net.labels.push_back(static_cast<int>(random() % classes));
    for (int o = 0; o < classes; ++o) net.y.push_back(o == net.labels.back() ? 1 : 0);
  }
  for (std::size_t l = 1; l < net.widths.size(); ++l) {
    const double bound = 1 / std::sqrt(static_cast<double>(net.widths[l - 1]));
    std::uniform_real_distribution<double> uniform(-bound, bound);
    for (Index i = 0; i < net.widths[l] * (net.widths[l - 1] + 1); ++i)
      net.theta.push_back(uniform(random));
  }
  return net;
}

}  // namespace

BenchNet BenchNet::load(char name) { return name == 'b' ? random_net() : read_net(name); }

std::shared_ptr<const Dataset> BenchNet::dataset() const {
  auto data = std::make_shared<Dataset>();
  const auto n = static_cast<Index>(labels.size());
  data->X = Eigen::Map<const Samples>(x.data(), n, widths.front());
  data->Y = Eigen::Map<const Samples>(y.data(), n, widths.back());
  data->labels = labels;
  data->classes.resize(static_cast<std::size_t>(widths.back()));
  return data;
}

mlp_kernel::MlpSamples BenchNet::samples() const {
  return {static_cast<Index>(labels.size()), x.data(), y.data(), labels.data()};
}

double BenchNet::gradient_flop() const {
  double weights = 0;
  for (std::size_t l = 1; l < widths.size(); ++l)
    weights += static_cast<double>(widths[l] * widths[l - 1]);
  return static_cast<double>(labels.size()) *
         (6 * weights - 2 * static_cast<double>(widths[0] * widths[1]));
}

}  // namespace thalweg::bench
