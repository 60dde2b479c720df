// Diagnostics of draws against R's package posterior, against closed forms, and on broken chains.
#include "support/catch.hpp"

#include <thalweg/core/rng.hpp>
#include <thalweg/statistics/convergence.hpp>

#include <array>
#include <cmath>
#include <map>

using namespace thalweg;

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

// The draws of tests/peers/posterior_convergence.R, to the same bits: a generator of Park and
// Miller, and basic operations.
class Simple {
 public:
  double uniform() {
    state_ = (48271 * state_) % 2147483647;
    return static_cast<double>(state_) / 2147483647.0;
  }
  double noise() {
    const double a = uniform(), b = uniform();
    return (a + b) + uniform() - 1.5;
  }

 private:
  std::int64_t state_ = 1;
};

Mat chains(Index m, Index n, double memory) {
  Simple random;
  Mat x(n, m);
  for (Index c = 0; c < m; ++c) {
    double previous = random.noise();
    for (Index i = 0; i < n; ++i) {
      const double kept = memory * previous;
      x(i, c) = previous = kept + random.noise();
    }
  }
  return x;
}

Mat heavy(Index m, Index n) {
  Simple random;
  Mat x(n, m);
  for (Index c = 0; c < m; ++c)
    for (Index i = 0; i < n; ++i) {
      const double u = random.uniform() - 0.5;
      x(i, c) = u / (random.uniform() + 0.001);
    }
  return x;
}

std::map<std::string, Mat> cases() {
  std::map<std::string, Mat> all;
  all["independent"] = chains(4, 1000, 0.0);
  all["slow"] = chains(4, 500, 0.95);
  all["antithetic"] = chains(4, 250, -0.7);
  all["shifted"] = chains(4, 200, 0.5);
  all["shifted"].col(2).array() += 2.0;
  all["stuck"] = chains(4, 200, 0.5);
  all["stuck"].col(1).setConstant(0.25);
  all["wide"] = chains(4, 200, 0.3);
  all["wide"].col(3) *= 5.0;
  all["heavy"] = heavy(4, 301);
  all["ties"] = (2.0 * chains(4, 150, 0.6).array()).floor();
  all["one_chain"] = chains(1, 100, 0.2);
  all["short"] = chains(2, 7, 0.0);
  all["very_short"] = chains(3, 4, 0.0);
  all["walk"] = chains(3, 1001, 0.999);
  all["large_offset"] = 1e8 + chains(2, 300, 0.5).array();
  return all;
}

struct Expected {
  const char* name;
  // mean, sd, 5 %, 50 %, 95 %, mcse of mean and sd, ESS bulk, tail, mean, sd, 25 %, R-hat
  std::array<double, 13> values;
};

// Rscript tests/peers/posterior_convergence.R, with posterior 1.4.0 and R 4.2.2
// clang-format off
constexpr std::array<Expected, 13> expected{{
    {"independent", {0.00096190736289690569, 0.49678977753389608, -0.83585578176931286, 0.0035480433160197666, 0.82447989148762013, 0.007916734161856424, 0.0050042235026161175, 3930.5495933274183, 4072.1145157666624, 3937.795675878458, 4050.2286232326073, 4269.8990911545552, 1.0009748979168596}},
    {"slow", {0.1930390868533863, 1.6338505749283931, -2.6660454834793987, 0.25576304669769045, 2.7108388042229166, 0.28275008385393813, 0.13978570566622012, 32.627606897286512, 75.882589128127549, 33.390212714111037, 86.145997203044914, 65.663438098291792, 1.0970369380804561}},
    {"antithetic", {-0.00083910833229820824, 0.71319332641583089, -1.1482988200204149, 0.014041625767821017, 1.1882372964676573, 0.013021069091336521, 0.027642175923390709, 3000, 793.26017359437958, 3000, 386.18227164545198, 1532.9289125772013, 1.0040388321252283}},
    {"shifted", {0.51527965261066733, 1.0614948259849197, -0.84882314168980544, 0.24591432805883018, 2.5606850403538823, 0.43959465081528998, 0.20404954117892868, 7.834766840408891, 39.416805788166094, 5.830837860888372, 10.175961037958976, 47.335878131362669, 1.5355613877213055}},
    {"stuck", {0.082647284356312051, 0.50128272275569763, -0.8128202764571425, 0.25, 0.90710525912340079, 0.035244624604237711, 0.051305942696065109, 228.50594922994301, 372.19124375575518, 202.29245943862668, 29.217066299292874, 85.366736678623965, 1.5333889679300505}},
    {"wide", {0.042308659250322303, 1.321830688836976, -1.6916770517276742, 0.0067068790198665431, 2.0362364257709102, 0.056919919663775659, 0.42960497985393498, 510.17116204111579, 37.867662153498252, 539.29091526781849, 11.145399505317886, 456.55100209392697, 1.2309308224559852}},
    {"heavy", {-0.067080148444385021, 12.16785754738178, -2.3546756047719595, 0.0015238561951763084, 2.3039376643457841, 0.34823545811898982, 2.905090473532669, 1208.2622114697081, 1261.2469241759873, 1220.9060718200546, 1249.6888541367398, 1287.5384815372338, 1.0009393030379317}},
    {"ties", {-0.45166666666666666, 1.2937491514975215, -2, -1, 2, 0.10573044255495205, 0.047051114871541712, 152.06782259794923, 270.41128054799168, 149.72697687617651, 335.56865262170851, 181.41690208018713, 1.0150969212645615}},
    {"one_chain", {0.018372144642940787, 0.5384328590239188, -0.75216493050944111, -0.031495209018740943, 0.91204157500505267, 0.072537075571079038, 0.032695458430320554, 54.549112103603896, 71.287453114837447, 55.098912439355452, 83.202712301317774, 80.198862188893955, 0.99256508306450641}},
    {"short", {0.23621056489336933, 0.40602013080410221, -0.39927829678602433, 0.38134014694082574, 0.67245858589767404, 0.16575702429468878, 0.084067977077110181, 6, 6, 6, 6, 6, 1.2073842731590225}},
    {"very_short", {0.27129875023599348, 0.34360866729659595, -0.34234196480472662, 0.45770301202205155, 0.55357733718286128, none, none, none, none, none, none, none, 1.0722455267652333}},
    {"walk", {2.7140782974058215, 10.53040160424883, -14.222507898133673, 0.08456768952424687, 22.449054427995488, 5.1232079630648988, 2.3689828081606472, 4.2011505840842744, 11.038879700162456, 4.2247975085057838, 9.464763103176054, 7.7711897451549774, 1.9346774394650454}},
    {"large_offset", {100000000.00684692, 0.58185930069866332, 99999999.106697917, 99999999.97368136, 100000001.02746624, 0.042827152710238084, 0.018687025123418802, 185.28779040979327, 351.40498898569916, 184.58548936391136, 381.20806830119295, 301.41065386978732, 1.0064955534266422}}
}};
// clang-format on

Mat normal_chains(Index n, Index m, std::uint64_t seed) {
  Rng rng(seed, "draws");
  Mat x(n, m);
  for (Index c = 0; c < m; ++c) rng.fill_normal(x.col(c));
  return x;
}

}  // namespace

TEST_CASE("diagnostics of draws agree with R's posterior", "[statistics][unit]") {
  const auto all = cases();
  Convergence convergence;  // one workspace for draws of many shapes
  for (const auto& e : expected) {
    const std::string name = e.name;
    const Mat& x = all.at(name);
    const auto s = convergence.summarise(x);
    const std::array computed{s.mean,     s.sd,        s.q5,      s.median,
                              s.q95,      s.mcse_mean, s.mcse_sd, s.ess_bulk,
                              s.ess_tail, s.ess_mean,  s.ess_sd,  convergence.ess_quantile(x, 0.25),
                              s.rhat};
    const std::array alone{s.mean,
                           s.sd,
                           s.q5,
                           s.median,
                           s.q95,
                           convergence.mcse_mean(x),
                           convergence.mcse_sd(x),
                           convergence.ess_bulk(x),
                           convergence.ess_tail(x),
                           convergence.ess_mean(x),
                           convergence.ess_sd(x),
                           computed[11],
                           convergence.rhat(x)};
    // Sums of at most 4000 roundings; around 1e8 the means of the chains are known to 1e-8 of
    // their spread, to R as well.
    const double tolerance = name == "large_offset" ? 1e-6 : 1e-10;
    for (std::size_t k = 0; k < computed.size(); ++k) {
      CAPTURE(name, k, computed[k], alone[k], e.values[k]);
      if (std::isnan(e.values[k])) {
        CHECK(std::isnan(computed[k]));
        CHECK(std::isnan(alone[k]));
      } else {
        CHECK(std::abs(computed[k] - e.values[k]) <= tolerance * std::abs(e.values[k]));
        CHECK(alone[k] == computed[k]);
      }
    }
  }
}

TEST_CASE("what is constant or not finite has no diagnostics", "[statistics][unit]") {
  Convergence convergence;
  const auto constant = convergence.summarise(Mat::Constant(100, 4, 0.1));
  CHECK(constant.constant);
  CHECK(constant.mean == 0.1);
  CHECK(constant.sd == 0.0);
  CHECK(std::isnan(constant.rhat));
  CHECK(std::isnan(constant.ess_bulk));
  CHECK(std::isnan(constant.mcse_mean));

  Mat x = normal_chains(100, 4, 1);
  x(17, 2) = none;
  x(18, 2) = std::numeric_limits<double>::infinity();
  const auto broken = convergence.summarise(x);
  CHECK(broken.non_finite == 2);
  CHECK_FALSE(broken.constant);
  for (const double v : {broken.mean, broken.median, broken.ess_bulk, broken.ess_tail, broken.rhat})
    CHECK(std::isnan(v));

  // A sum of probabilities: nothing but rounding.
  Mat ones = Mat::Ones(100, 4);
  ones(3, 1) -= 1e-16;
  ones(4, 1) += 3e-16;
  CHECK(convergence.summarise(ones).constant);
  // A small unit is no constant.
  CHECK(convergence.rhat(1e-30 * normal_chains(100, 4, 1)) ==
        Approx(convergence.rhat(normal_chains(100, 4, 1))).epsilon(1e-12));

  CHECK(std::isnan(convergence.rhat(Mat(0, 0))));
  CHECK(std::isnan(convergence.rhat(Mat::Random(1, 4))));
  CHECK(std::isnan(convergence.ess_bulk(Mat::Random(5, 1))));
}

TEST_CASE("chains that each stand still elsewhere have an infinite R-hat", "[statistics][unit]") {
  Mat x(50, 3);
  for (Index c = 0; c < 3; ++c) x.col(c).setConstant(static_cast<double>(c));
  CHECK(std::isinf(Convergence().rhat(x)));
}

TEST_CASE("diagnostics by rank do not depend on a monotone scale", "[statistics][property]") {
  const Mat x = normal_chains(300, 4, 3);
  const Mat y = x.array().exp();
  Convergence convergence;
  CHECK(convergence.ess_bulk(x) == convergence.ess_bulk(y));
  CHECK(convergence.ess_quantile(x, 0.25) == Approx(convergence.ess_quantile(y, 0.25)));
  CHECK(convergence.rhat(-x) == Approx(convergence.rhat(x)).epsilon(1e-12));
}

TEST_CASE("the effective sample size of an autoregression is the known one",
          "[statistics][property]") {
  // x' = a x + sqrt(1 - a^2) z has tau = (1 + a) / (1 - a); over 80000 draws the estimate is within
  // a few percent (10 seeds: at most 6 %).
  for (const double a : {0.0, 0.5, 0.9, -0.3}) {
    Mat x = normal_chains(20000, 4, 5);
    for (Index c = 0; c < 4; ++c)
      for (Index i = 1; i < x.rows(); ++i)
        x(i, c) = a * x(i - 1, c) + std::sqrt(1.0 - a * a) * x(i, c);
    const double known = 80000.0 * (1.0 - a) / (1.0 + a);
    CAPTURE(a);
    CHECK(Convergence().ess_mean(x) == Approx(known).epsilon(0.1));
  }
}

TEST_CASE("the autocovariance is the sum that defines it", "[statistics][unit]") {
  Autocovariance autocovariance;
  for (const Index n : {1, 2, 3, 7, 24, 100, 129}) {
    const Vec x = normal_chains(n, 1, 7).col(0).array() + 3.0;
    Vec gamma(n), direct = Vec::Zero(n);
    autocovariance(x, gamma);
    for (Index t = 0; t < n; ++t)
      for (Index i = 0; i + t < n; ++i)
        direct[t] += (x[i] - x.mean()) * (x[i + t] - x.mean()) / static_cast<double>(n);
    CHECK((gamma - direct).cwiseAbs().maxCoeff() <= 1e-14);
  }
}

TEST_CASE("the energy's fraction of missing information of known chains", "[statistics][unit]") {
  // x' = a x + ... has E (dx)^2 = 2 (1 - a) var x; standard error of the ratio about 2 %.
  Mat e = normal_chains(20000, 3, 11);
  for (Index i = 1; i < e.rows(); ++i)
    e(i, 1) = 0.95 * e(i - 1, 1) + std::sqrt(1.0 - 0.95 * 0.95) * e(i, 1);
  e.col(2).setConstant(4.0);
  const Vec bfmi = energy_bfmi(e);
  CHECK(bfmi[0] == Approx(2.0).epsilon(0.05));
  CHECK(bfmi[1] == Approx(0.1).epsilon(0.1));
  CHECK(std::isnan(bfmi[2]));
  CHECK(energy_bfmi(Vec{{1.0, 2.0, 4.0}})[0] == Approx(2.5 / (14.0 / 9.0)).epsilon(1e-14));
}

TEST_CASE("quantiles and the distance of two distributions", "[statistics][unit]") {
  SortedDraws sorted;
  const std::vector<double> x{3.0, 1.0, 2.0, 10.0};
  sorted.sort(x);
  CHECK(sorted.quantile(0.0) == 1.0);
  CHECK(sorted.quantile(0.5) == 2.5);
  CHECK(sorted.quantile(0.05) == Approx(1.15));  // numpy.quantile([3, 1, 2, 10], 0.05)
  CHECK(sorted.quantile(1.0) == 10.0);
  CHECK(sorted.distribution_distance(std::vector<char>{0, 1, 0, 0}) == 1.0);
  CHECK(sorted.distribution_distance(std::vector<char>{0, 1, 0, 1}) == 0.5);
  CHECK(std::isnan(sorted.distribution_distance(std::vector<char>(4))));
}
