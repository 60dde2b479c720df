#include <thalweg/models/datasets/generated.hpp>

#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <thalweg/core/error.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/models/datasets/tables.hpp>
#include <thalweg/numerics/dense.hpp>

namespace thalweg {

namespace {

constexpr double pi = std::numbers::pi;

Rng stream(Index seed, const char* name) { return {static_cast<std::uint64_t>(seed), name}; }

void add_noise(Samples& values, double deviation, Rng rng) {
  if (deviation == 0.0) return;
  for (Index i = 0; i < values.size(); ++i) values.data()[i] += deviation * rng.normal();
}

// i-th of n evenly spaced numbers from low to high, both included.
double spaced(double low, double high, Index i, Index n) {
  return n == 1 ? low : low + (high - low) * static_cast<double>(i) / static_cast<double>(n - 1);
}

// Classes of equal size, the first ones one larger when n is no multiple of k, one after the other.
std::vector<int> equal_classes(Index n, Index k) {
  std::vector<int> labels;
  for (Index c = 0; c < k; ++c)
    labels.insert(labels.end(), static_cast<std::size_t>(n / k + (c < n % k ? 1 : 0)),
                  static_cast<int>(c));
  return labels;
}

void require_one_each(Index samples, Index classes, const char* name) {
  if (samples < classes)
    throw ModelError(
        fmt::format("samples = {} must be >= {}, so that every class of \"{}\" has one", samples,
                    classes, name));
}

void common_fields(Fields& f, Index& samples, Index& seed) {
  f("samples", samples, "1", "number of samples, before the split", at_least(1));
  f("seed", seed, "1", "seed of the generated numbers", at_least(0));
}

}  // namespace

void TwoMoons::fields(Fields& f) {
  common_fields(f, samples, seed);
  f("noise", noise, "1", "standard deviation of the noise on both coordinates", at_least(0.0));
  preparation.fields(f);
}

TwoMoons::operator Dataset() const {
  require_one_each(samples, 2, "two_moons");
  Dataset data{.name = "two_moons", .X = Samples(samples, 2)};
  data.description = fmt::format("two moons, noise {}, seed {}", noise, seed);
  const Index outer = samples - samples / 2;
  for (Index i = 0; i < samples; ++i) {
    const bool first = i < outer;
    const double t = first ? spaced(0.0, pi, i, outer) : spaced(0.0, pi, i - outer, samples / 2);
    data.X(i, 0) = first ? std::cos(t) : 1.0 - std::cos(t);
    data.X(i, 1) = first ? std::sin(t) : 0.5 - std::sin(t);
  }
  add_noise(data.X, noise, stream(seed, "two_moons"));
  set_labels(data, equal_classes(samples, 2), {"upper", "lower"});
  return preparation(std::move(data));
}

void Rings::fields(Fields& f) {
  common_fields(f, samples, seed);
  f("inner", inner, "1", "radius of the disc", positive());
  f("ring", ring, "1", "inner radius of the ring", positive());
  f("outer", outer, "1", "outer radius of the ring", positive());
  if (f.reading() && !(inner < ring)) f.reject("ring", "must be larger than inner");
  if (f.reading() && !(ring < outer)) f.reject("outer", "must be larger than ring");
  preparation.fields(f);
}

Rings::operator Dataset() const {
  require_one_each(samples, 2, "rings");
  Dataset data{.name = "rings", .X = Samples(samples, 2)};
  data.description =
      fmt::format("disc of radius {} and ring from {} to {}, seed {}", inner, ring, outer, seed);
  Rng rng = stream(seed, "rings");
  const Index in = samples - samples / 2;
  for (Index i = 0; i < samples; ++i) {
    const double low = i < in ? 0.0 : ring * ring, high = i < in ? inner * inner : outer * outer;
    const double r = std::sqrt(low + (high - low) * rng.uniform());
    const double angle = 2.0 * pi * rng.uniform();
    data.X(i, 0) = r * std::cos(angle);
    data.X(i, 1) = r * std::sin(angle);
  }
  set_labels(data, equal_classes(samples, 2), {"disc", "ring"});
  return preparation(std::move(data));
}

void Spirals::fields(Fields& f) {
  common_fields(f, samples, seed);
  f("arms", arms, "1", "number of arms, each a class", at_least(2));
  f("turns", turns, "1", "turns of each arm", positive());
  f("noise", noise, "1", "standard deviation of the noise on both coordinates", at_least(0.0));
  preparation.fields(f);
}

Spirals::operator Dataset() const {
  require_one_each(samples, arms, "spirals");
  Dataset data{.name = "spirals", .X = Samples(samples, 2)};
  data.description =
      fmt::format("{} spirals of {} turns, noise {}, seed {}", arms, turns, noise, seed);
  const auto labels = equal_classes(samples, arms);
  Index on_arm = 0;
  for (Index i = 0; i < samples; ++i) {
    const int k = labels[static_cast<std::size_t>(i)];
    on_arm = i > 0 && labels[static_cast<std::size_t>(i - 1)] == k ? on_arm + 1 : 0;
    const Index m = samples / arms + (k < samples % arms ? 1 : 0);
    const double r = (static_cast<double>(on_arm) + 0.5) / static_cast<double>(m);
    const double angle = 2.0 * pi * (turns * r + k / static_cast<double>(arms));
    data.X.row(i) << r * std::cos(angle), r * std::sin(angle);
  }
  add_noise(data.X, noise, stream(seed, "spirals"));
  set_labels(data, labels, numbered_classes(arms));
  return preparation(std::move(data));
}

void Chebyshev::fields(Fields& f) {
  common_fields(f, samples, seed);
  f("degree", degree, "1", "degree of the Chebyshev polynomial", at_least(0));
  f("noise", noise, "1", "standard deviation of the noise on the targets", at_least(0.0));
  preparation.fields(f);
}

Chebyshev::operator Dataset() const {
  Dataset data{.name = "chebyshev", .X = Samples(samples, 1), .Y = Samples(samples, 1)};
  data.description = fmt::format("Chebyshev polynomial of degree {} on [-1, 1], noise {}, seed {}",
                                 degree, noise, seed);
  for (Index i = 0; i < samples; ++i) {
    const double x = spaced(-1.0, 1.0, i, samples);
    data.X(i, 0) = x;
    data.Y(i, 0) = std::cos(static_cast<double>(degree) * std::acos(x));
  }
  add_noise(data.Y, noise, stream(seed, "chebyshev"));
  return preparation(std::move(data));
}

void NoisySine::fields(Fields& f) {
  common_fields(f, samples, seed);
  f("noise", noise, "1", "standard deviation of the noise on the targets", at_least(0.0));
  preparation.fields(f);
}

NoisySine::operator Dataset() const {
  Dataset data{.name = "noisy_sine", .X = Samples(samples, 1), .Y = Samples(samples, 1)};
  data.description = fmt::format("sin(3 x) + 0.3 x on [-1, 1], noise {}, seed {}", noise, seed);
  auto state = static_cast<std::uint64_t>(seed);
  const auto uniform = [&] {  // splitmix64 (Steele, Lea and Flood, 2014), middle of 2^53 cells
    std::uint64_t z = (state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    z ^= z >> 31;
    return (static_cast<double>(z >> 11) + 0.5) * 0x1p-53;
  };
  double radius = 0.0, angle = 0.0;
  for (Index i = 0; i < samples; ++i) {
    const double x = -1.0 + 2.0 * (static_cast<double>(i) + 0.5) / static_cast<double>(samples);
    if (i % 2 == 0) {
      radius = std::sqrt(-2.0 * std::log(uniform()));
      angle = 2.0 * pi * uniform();
    }
    data.X(i, 0) = x;
    data.Y(i, 0) = std::sin(3.0 * x) + 0.3 * x +
                   noise * radius * (i % 2 == 0 ? std::cos(angle) : std::sin(angle));
  }
  return preparation(std::move(data));
}

void DampedOscillator::fields(Fields& f) {
  common_fields(f, samples, seed);
  f("damping", damping, "1/time", "decay rate of the amplitude", at_least(0.0));
  f("frequency", frequency, "1/time", "angular frequency", any_value());
  f("duration", duration, "time", "last time; the first is 0", positive());
  f("noise", noise, "1", "standard deviation of the noise on the targets", at_least(0.0));
  preparation.fields(f);
}

DampedOscillator::operator Dataset() const {
  Dataset data{.name = "damped_oscillator", .X = Samples(samples, 1), .Y = Samples(samples, 1)};
  data.description = fmt::format(
      "damped oscillator exp(-{} t) cos({} t) on [0, {}], noise {}, "
      "seed {}",
      damping, frequency, duration, noise, seed);
  for (Index i = 0; i < samples; ++i) {
    const double t = spaced(0.0, duration, i, samples);
    data.X(i, 0) = t;
    data.Y(i, 0) = std::exp(-damping * t) * std::cos(frequency * t);
  }
  add_noise(data.Y, noise, stream(seed, "damped_oscillator"));
  return preparation(std::move(data));
}

void GaussianMixture::fields(Fields& f) {
  common_fields(f, samples, seed);
  f("classes", classes, "1", "number of classes", at_least(2));
  f("dim", dim, "1", "number of inputs", at_least(1));
  f("separation", separation, "1", "root mean square norm of the class means", at_least(0.0));
  f("spread", spread, "1", "standard deviation inside a class", at_least(0.0));
  preparation.fields(f);
}

GaussianMixture::operator Dataset() const {
  require_one_each(samples, classes, "gaussian_mixture");
  Dataset data{.name = "gaussian_mixture", .X = Samples::Zero(samples, dim)};
  data.description = fmt::format(
      "mixture of {} Gaussians in {} dimensions, separation {}, spread "
      "{}, seed {}",
      classes, dim, separation, spread, seed);
  Samples means = Samples::Zero(classes, dim);
  add_noise(means, separation / std::sqrt(static_cast<double>(dim)),
            stream(seed, "gaussian_mixture.means"));
  const auto labels = equal_classes(samples, classes);
  for (Index i = 0; i < samples; ++i)
    data.X.row(i) = means.row(labels[static_cast<std::size_t>(i)]);
  add_noise(data.X, spread, stream(seed, "gaussian_mixture"));
  set_labels(data, labels, numbered_classes(classes));
  return preparation(std::move(data));
}

void TeacherStudent::fields(Fields& f) {
  common_fields(f, samples, seed);
  f("dim", dim, "1", "number of inputs", at_least(1));
  f("teacher_width", teacher_width, "1", "hidden units of the teacher, at most dim", at_least(1));
  f("activation", activation, "", "activation of the teacher",
    one_of({"erf", "tanh", "relu", "identity"}));
  f("noise", noise, "1", "standard deviation of the noise on the targets", at_least(0.0));
  if (f.reading() && teacher_width > dim)
    f.reject("teacher_width", fmt::format("must be <= dim = {}: the teacher's vectors are "
                                          "orthonormal",
                                          dim));
  preparation.fields(f);
}

TeacherStudent::operator Dataset() const {
  Dataset data{.name = "teacher_student", .X = Samples::Zero(samples, dim)};
  data.description = fmt::format("teacher of {} {} units on {} normal inputs, noise {}, seed {}",
                                 teacher_width, activation, dim, noise, seed);
  add_noise(data.X, 1.0, stream(seed, "teacher_student.inputs"));
  Samples random = Samples::Zero(dim, teacher_width);
  add_noise(random, 1.0, stream(seed, "teacher_student.teacher"));
  const Mat B = orthonormal_columns(random);
  const auto phi = [&](double z) {
    if (activation == "erf") return std::erf(z / std::numbers::sqrt2);
    if (activation == "tanh") return std::tanh(z);
    if (activation == "relu") return std::max(z, 0.0);
    return z;
  };
  data.Y = (data.X * B).unaryExpr(phi).rowwise().sum();
  add_noise(data.Y, noise, stream(seed, "teacher_student.noise"));
  return preparation(std::move(data));
}

}  // namespace thalweg
