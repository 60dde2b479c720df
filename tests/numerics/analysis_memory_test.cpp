// What the analyses say they hold, against what the process has held at most.
#include <support/catch.hpp>
#include <support/run_helpers.hpp>

#include <fstream>
#include <thalweg/run/analyses/hessian_density.hpp>
#include <thalweg/run/analyses/hessian_eigenvalues.hpp>
#include <thalweg/run/assembly.hpp>

using namespace thalweg;

namespace {

// Bytes of a line of /proc/self/status: VmRSS now, VmHWM at most since forget_peak().
double resident(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == key + ":") {
      double kilobytes = 0.0;
      status >> kilobytes;
      return 1024.0 * kilobytes;
    }
  return 0.0;
}

void forget_peak() { std::ofstream("/proc/self/clear_refs") << 5; }

}  // namespace

TEST_CASE("a row of an analysis holds no more than its formula says, for a million parameters",
          "[geometry][slow]") {
  const auto config = Config::from_text(R"(
[model]
name = "mlp"
hidden = [1000, 920]
data = { name = "digits", samples = 24 }
[time]
end = 1.0
)",
                                        "test.toml");
  Assembly parts(config);
  parts.start();
  const auto& potential = *parts.motion.potential();
  const Index d = potential.dim();
  REQUIRE(d > 990'000);
  Probe probe(parts.motion);
  probe.move_to(0.0, 0, parts.context->x0);
  // What a Hessian product itself takes is not in the formula: have it taken before.
  {
    Mat V = Mat::Ones(d, 8), HV(d, 8);
    potential.at(parts.context->x0)->hvp(V, HV);
  }
  const auto measure = [&](const auto& analysis, Index rows) {
    auto quantities = analysis(*parts.context, "memory");
    Vec out(quantities.front().variable.size());
    const double before = resident("VmRSS");
    forget_peak();
    for (Index row = 0; row < rows; ++row) {
      probe.move_to(static_cast<double>(row), row,
                    (1.0 + 1e-4 * static_cast<double>(row)) * parts.context->x0);
      quantities.front().compute(probe, *parts.stepper, out);
    }
    const double held = resident("VmHWM") - before, told = analysis.memory(d);
    INFO("held " << 1e-6 * held << " MB, told " << 1e-6 * told << " MB");
    // The probe keeps three vectors of its own, and products keep theirs.
    CHECK(held < told + 8.0 * 16.0 * static_cast<double>(d));
    CHECK(held > 0.3 * told);  // there was something to measure
  };
  HessianEigenvalues eigenvalues;
  eigenvalues.largest = 3;
  eigenvalues.smallest = 1;
  eigenvalues.max_products = 90;
  measure(eigenvalues, 2);
  HessianDensity density;
  density.steps = 30;
  density.probes = 2;
  measure(density, 1);
}
