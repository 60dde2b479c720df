// Gradient flow of net a (64-100-100-10, tanh, mse, 1797 digits) from its stored start to T: work,
// CPU time and error of our solvers, as JSON. The reference, by fehlberg78 at 1e-11, is written to
// the file named on the command line, for bench_gradient_flow_pytorch.py:
//   bench_gradient_flow T REFERENCE
#include "bench_nets.hpp"

#include <thalweg/core/parallel.hpp>
#include <thalweg/core/system.hpp>
#include <thalweg/models/networks/kernel/dispatch.hpp>
#include <thalweg/models/networks/network_loss.hpp>
#include <thalweg/solvers/automatic.hpp>
#include <thalweg/solvers/odeint/methods.hpp>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <memory>

namespace {

using namespace thalweg;

struct Flow {
  std::shared_ptr<const NetworkLoss> loss;
  Index dim() const { return loss->dim(); }
  void rhs(In q, Out f, double) const {
    loss->value_and_gradient(q, f);
    f = -f;
  }
  void jvp(In q, In v, Out Jv, double) const {
    loss->hvp(q, v, Jv);
    Jv = -Jv;
  }
  bool is_gradient_flow() const { return true; }
};

Flow flow(const bench::BenchNet& net) {
  return {std::make_shared<NetworkLoss>(net.dataset(),
                                        NetworkLoss::Options{.hidden = {100, 100}, .loss = "mse"})};
}

struct Solution {
  Vec theta;
  double seconds;
  std::int64_t gradients, products;
};

template <class S>
Solution solve(const Flow& flow, const Vec& start, double t_end, double rtol, double atol) {
  const AnySystem system(flow);
  S s;
  s.rtol = rtol;
  s.atol = atol;
  const std::clock_t begin = std::clock();
  const auto stepper = s(system, 1.0);
  stepper->reset(0.0, start);
  while (stepper->time() < t_end) stepper->step(t_end);
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  return {stepper->state(), seconds, system.counts().rhs, system.counts().jvp};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: bench_gradient_flow T REFERENCE\n");
    return 2;
  }
  set_threads(1);
  const double t_end = std::atof(argv[1]);
  const auto net = bench::BenchNet::load('a');
  const Vec start = Eigen::Map<const Vec>(net.theta.data(), static_cast<Index>(net.theta.size()));
  const Flow f = flow(net);
  const Vec reference = solve<Fehlberg78>(f, start, t_end, 1e-11, 1e-11).theta;
  std::ofstream(argv[2], std::ios::binary)
      .write(reinterpret_cast<const char*>(reference.data()),
             static_cast<std::streamsize>(sizeof(double)) * reference.size());

  std::printf("[");
  const char* comma = "\n";
  const auto row = [&](const char* name, double rtol, double atol, const Solution& s) {
    std::printf(
        "%s {\"solver\": \"%s\", \"rtol\": %g, \"atol\": %g, \"gradients\": %lld, "
        "\"hessian_products\": %lld, \"seconds\": %.4g, \"error\": %.3g}",
        comma, name, rtol, atol, static_cast<long long>(s.gradients),
        static_cast<long long>(s.products), s.seconds,
        (s.theta - reference).norm() / reference.norm());
    std::fflush(stdout);
    comma = ",\n";
  };
  for (const double rtol : {1e-4, 1e-5, 1e-6, 1e-7, 1e-8})
    row("rkc2", rtol, 1e-3 * rtol, solve<Rkc2>(f, start, t_end, rtol, 1e-3 * rtol));
  row("auto", 1e-6, 1e-9, solve<Automatic>(f, start, t_end, 1e-6, 1e-9));
  row("dopri5", 1e-6, 1e-9, solve<Dopri5>(f, start, t_end, 1e-6, 1e-9));
  std::printf("\n]\n");
  return 0;
}
