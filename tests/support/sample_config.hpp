// A small configuration with one field of each kind, for the tests of lib/config.
#pragma once
#include <cmath>
#include <thalweg/config/config_reader.hpp>
#include <thalweg/core/error.hpp>

namespace thalweg::test {

struct Schedule {
  double every = 1.0;
  std::optional<double> start{};

  void fields(Fields& f) {
    f("every", every, "time", "interval", positive());
    f("start", start, "time", "first time", at_least(0.0));
  }
};

struct SampleRecord {
  std::string name = "";
  std::vector<std::string> what{};
  Schedule when{};

  void fields(Fields& f) {
    f("name", name, "", "group in the file");
    f("what", what, "", "quantities", one_of({"loss", "gradient_norm"}));
    f("when", when, "", "schedule");
  }
};

struct SampleModel {
  std::string name = "";  // must be given
  double damping = 0.2;
  std::vector<Index> widths{3, 2};
  std::string complaint = "";

  void fields(Fields& f) {
    f("name", name, "", "which model", one_of({"quadratic", "rosenbrock", "mlp"}));
    f("damping", damping, "1/time", "friction coefficient", in_half_open(0.0, 1.0));
    f("widths", widths, "1", "hidden layers", at_least(1));
    f("complaint", complaint, "", "what the model says of itself");
    if (f.reading() && !complaint.empty()) throw ModelError(complaint);
  }
};

struct Sample {
  Index seed = 0;
  bool quiet = false;
  double rtol = 1e-6;
  double limit = INFINITY;
  std::vector<double> times{0.5, 1.0};
  std::optional<Index> steps{};
  SampleModel model{};
  std::vector<SampleRecord> records{};

  void fields(Fields& f) {
    f("seed", seed, "1", "of all random numbers", at_least(0));
    f("quiet", quiet, "", "no progress");
    f("rtol", rtol, "1", "relative tolerance", positive());
    f("limit", limit, "s", "wall time", positive());
    f("times", times, "time", "when to look", at_least(0.0));
    f("steps", steps, "1", "most steps", at_least(1));
    f("model", model, "", "the model");
    f.array_of_tables("record", records.size(), "what is recorded", [&](std::size_t i) {
      if (i >= records.size()) records.resize(i + 1);
      records[i].fields(f);
    });
  }
};

inline Sample read(ConfigReader& reader) {
  Sample sample;
  sample.fields(reader);
  reader.finish();
  return sample;
}

inline Sample read(const Config& config) {
  ConfigReader reader(config);
  return read(reader);
}

inline Sample read(const std::string& text) { return read(Config::from_text(text, "run.toml")); }

}  // namespace thalweg::test
