// Top-5 eigenvalues of the Hessian of net a (64-100-100-10, tanh, 1797 digits) at its stored start,
// to |H u - lambda u| <= 1e-3 |lambda_1|: Hessian products, gradients and CPU time of a search that
// starts anew (the worst of five), as `hessian_eigenvalues` makes it, with the products that the
// gradients cost as much as; and the median of the products at every tenth of 1000 steps of
// gradient descent with a learning rate of 0.1, from the eigenvectors of ten steps before. JSON.
#include "bench_nets.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <limits>
#include <memory>
#include <thalweg/core/parallel.hpp>
#include <thalweg/core/reduce.hpp>
#include <thalweg/models/networks/network_loss.hpp>
#include <thalweg/numerics/drafted_lanczos.hpp>
#include <thalweg/numerics/gradient_differences.hpp>
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
  const auto timed = [&](const auto& f) {
    const std::clock_t before = std::clock();
    f();
    in_products += seconds_since(before);
  };
  const auto curvature = loss.at(q);
  const SymmetricProduct product = [&](MatIn V, MatOut HV) {
    timed([&] { curvature->hvp(V, HV); });
  };
  LanczosOptions options{.largest = 5, .tolerance = 1e-3};
  EigenPairs pairs;
  if (start.cols() == 0) {
    Vec v(q.size()), g(q.size());
    rng.fill_normal(v);
    const auto gradient = [&](In x, Out at_x) { timed([&] { loss.value_and_gradient(x, at_x); }); };
    gradient(q, g);
    v += norm(v) / norm(g) * g;
    pairs =
        drafted_lanczos(product, gradient_differences(gradient, q, g), q.size(), v, options, rng);
    ++pairs.drafts;
  } else {
    options.refine = true;
    pairs = lanczos(product, q.size(), start, options, rng);
  }
  return {std::move(pairs), seconds_since(begin), in_products};
}

// CPU time of a gradient over that of a product, both at their best.
double gradient_over_product(const NetworkLoss& loss, const Vec& q) {
  Vec g(q.size());
  Mat V = Mat::Ones(q.size(), 1), HV(q.size(), 1);
  const auto curvature = loss.at(q);
  double gradient = std::numeric_limits<double>::infinity(), product = gradient;
  for (int i = 0; i < 50; ++i) {
    std::clock_t before = std::clock();
    loss.value_and_gradient(q, g);
    gradient = std::min(gradient, seconds_since(before));
    before = std::clock();
    curvature->hvp(V, HV);
    product = std::min(product, seconds_since(before));
  }
  return gradient / product;
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
    const double share = gradient_over_product(*loss, q);
    Index cold_products = 0, cold_gradients = 0;
    std::vector<double> cold_work, cold_seconds, in_products;
    Search search;
    for (int i = 0; i < 5; ++i) {
      search = top_five(*loss, q, Mat(0, 0), rng);
      cold_products = std::max(cold_products, search.pairs.products);
      cold_gradients = std::max(cold_gradients, search.pairs.drafts);
      cold_work.push_back(static_cast<double>(search.pairs.products) +
                          share * static_cast<double>(search.pairs.drafts));
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
        "], \"cold_products\": %lld, \"cold_gradients\": %lld, \"cold_work\": %.4g, "
        "\"cold_seconds\": %.4g, \"in_products\": %.3g, \"warm_products\": %lld}",
        static_cast<long long>(cold_products), static_cast<long long>(cold_gradients),
        *std::max_element(cold_work.begin(), cold_work.end()),
        *std::min_element(cold_seconds.begin(), cold_seconds.end()), median(in_products),
        static_cast<long long>(median(warm)));
    comma = ",";
  }
  std::printf("\n}\n");
  return 0;
}
