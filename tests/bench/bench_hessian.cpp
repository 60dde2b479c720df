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
#include <thalweg/numerics/warm_start.hpp>
#include <vector>

namespace {

using namespace thalweg;

struct Search {
  EigenPairs pairs;
  double seconds, in_products;
};

double seconds_since(std::clock_t begin) {
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

Search top_five(const NetworkLoss& loss, const Vec& q, MatIn start, Rng& rng) {
  const std::clock_t begin = std::clock();
  double in_products = 0.0;
  const auto curvature = loss.at(q);
  auto pairs = lanczos(
      [&](MatIn V, MatOut HV) {
        const std::clock_t before = std::clock();
        curvature->hvp(V, HV);
        in_products += seconds_since(before);
      },
      q.size(), start, {.largest = 5, .tolerance = 1e-3, .refine = start.cols() > 1}, rng);
  return {std::move(pairs), seconds_since(begin), in_products};
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
    std::vector<double> cold_seconds, in_products;
    Search search;
    for (int i = 0; i < 5; ++i) {
      search = top_five(*loss, q, Mat(0, 0), rng);
      cold_products.push_back(search.pairs.products);
      cold_seconds.push_back(search.seconds);
      in_products.push_back(search.in_products / search.seconds);
    }
    const Vec first = search.pairs.values;
    std::vector<Index> warm;
    WarmStart track;
    track.add(q, search.pairs);
    for (int step = 1; step <= 1000; ++step) {
      loss->value_and_gradient(q, g);
      q -= 0.1 * g;
      if (step % 10 != 0) continue;
      search = top_five(*loss, q, track.columns(q), rng);
      track.add(q, search.pairs);
      warm.push_back(search.pairs.products);
    }
    const auto median = [](auto v) {
      std::sort(v.begin(), v.end());
      return v[v.size() / 2];
    };
    std::printf("%s\n \"%s\": {\"eigenvalues\": [", comma, kind);
    for (Index i = 0; i < 5; ++i) std::printf("%s%.12g", i ? ", " : "", first[i]);
    std::printf(
        "], \"cold_products\": %lld, \"cold_seconds\": %.4g, \"in_products\": %.3g, "
        "\"warm_products\": %lld}",
        static_cast<long long>(*std::max_element(cold_products.begin(), cold_products.end())),
        *std::min_element(cold_seconds.begin(), cold_seconds.end()), median(in_products),
        static_cast<long long>(median(warm)));
    comma = ",";
  }
  std::printf("\n}\n");
  return 0;
}
