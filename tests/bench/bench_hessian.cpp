// Top-5 eigenvalues of the Hessian of net a (64-100-100-10, tanh, 1797 digits) at its stored start,
// to |H u - lambda u| <= 1e-3 |lambda_1|: Hessian products and CPU time from a random vector (the
// worst of five), and the median at every tenth of 1000 steps of gradient descent with a learning
// rate of 0.1, from the eigenvectors of ten steps before. JSON.
#include "bench_nets.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <memory>
#include <thalweg/core/parallel.hpp>
#include <thalweg/core/reduce.hpp>
#include <thalweg/models/networks/network_loss.hpp>
#include <thalweg/numerics/lanczos.hpp>
#include <vector>

namespace {

using namespace thalweg;

struct Search {
  EigenPairs pairs;
  double seconds;
};

Search top_five(const NetworkLoss& loss, const Vec& q, MatIn start, Rng& rng) {
  const std::clock_t begin = std::clock();
  const auto curvature = loss.at(q);
  auto pairs = lanczos([&](MatIn V, MatOut HV) { curvature->hvp(V, HV); }, q.size(), start,
                       {.largest = 5, .tolerance = 1e-3}, rng);
  return {std::move(pairs), static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC};
}

}  // namespace

int main() {
  set_threads(1);
  const auto net = bench::BenchNet::load('a');
  const auto data = net.dataset();
  std::printf("{");
  const char* comma = "";
  for (const char* kind : {"mse", "cross_entropy"}) {
    const auto loss = std::make_shared<NetworkLoss>(
        data, NetworkLoss::Options{.hidden = {100, 100}, .loss = kind});
    Vec q = Eigen::Map<const Vec>(net.theta.data(), loss->dim()), g(loss->dim());
    Rng rng(0, "bench");
    std::vector<Index> cold_products;
    std::vector<double> cold_seconds;
    Search search;
    for (int i = 0; i < 5; ++i) {
      search = top_five(*loss, q, Mat(0, 0), rng);
      cold_products.push_back(search.pairs.products);
      cold_seconds.push_back(search.seconds);
    }
    const Vec first = search.pairs.values;
    std::vector<Index> warm;
    for (int step = 1; step <= 1000; ++step) {
      loss->value_and_gradient(q, g);
      q -= 0.1 * g;
      if (step % 10 != 0) continue;
      Mat start(q.size(), 1);
      rng.fill_normal(start.col(0));
      const Vec sum = search.pairs.vectors.rowwise().sum();
      start.col(0) = sum + 0.01 * norm(sum) / norm(start.col(0)) * start.col(0);
      search = top_five(*loss, q, start, rng);
      warm.push_back(search.pairs.products);
    }
    const auto median = [](auto v) {
      std::sort(v.begin(), v.end());
      return v[v.size() / 2];
    };
    std::printf("%s\n \"%s\": {\"eigenvalues\": [", comma, kind);
    for (Index i = 0; i < 5; ++i) std::printf("%s%.12g", i ? ", " : "", first[i]);
    std::printf(
        "], \"cold_products\": %lld, \"cold_seconds\": %.4g, \"warm_products\": %lld}",
        static_cast<long long>(*std::max_element(cold_products.begin(), cold_products.end())),
        *std::min_element(cold_seconds.begin(), cold_seconds.end()),
        static_cast<long long>(median(warm)));
    comma = ",";
  }
  std::printf("\n}\n");
  return 0;
}
