// The configuration of a run, table by table. This is the whole schema: what is visited here is
// what a config file may say.
#pragma once
#include <thalweg/core/fields.hpp>
#include <thalweg/core/model.hpp>
#include <thalweg/core/stepper.hpp>
#include <thalweg/models/catalogue.hpp>
#include <thalweg/run/analysis.hpp>
#include <thalweg/run/event.hpp>
#include <thalweg/run/evidence/evidence_config.hpp>
#include <thalweg/run/lyapunov/lyapunov_config.hpp>
#include <thalweg/run/sampling/draws_config.hpp>
#include <thalweg/run/schedule.hpp>
#include <thalweg/run/tangents_config.hpp>
#include <thalweg/solvers/catalogue.hpp>

#include <optional>
#include <string>
#include <vector>

namespace thalweg {

struct StartConfig {
  std::vector<double> state{};
  std::string from{};   ///< a run directory, or FILE.h5:/dataset
  std::string place{};  ///< where it stands in the file
  void fields(Fields& f);
};

struct TimeConfig {
  double start = 0.0;
  std::optional<double> end{};
  std::optional<Index> steps{};
  void fields(Fields& f);
};

struct LimitsConfig {
  Index max_steps = 10'000'000;
  double max_wall = 0.0, divergence = 1e100;
  /// Chains have no bound of divergence, they reject; orbits have neither, they have a duration and
  /// an escape of their own.
  bool of_motion = true, of_steps = true;
  void fields(Fields& f);
};

struct OutputConfig {
  double checkpoint_every = 60.0, publish_every = 10.0;
  bool report = true;
  void fields(Fields& f);
};

struct QualityConfig {
  std::optional<double> global_error{}, energy_balance{};
  bool symmetry = false;
  void fields(Fields& f);
};

struct RecordConfig {
  std::string name = "curves";
  Schedule when{};
  std::vector<std::string> what{};
  std::string when_place{};  ///< where they stand in the file
  std::vector<std::string> what_places{};
  void fields(Fields& f);
};

/// How a motion is made from the model: a dynamics by name and, for a flow, a solver by name.
/// A table that could say nothing is refused where it stands: dynamics of a model that is a motion
/// of its own, a solver for a map.
struct MotionConfig {
  const std::optional<AnyModel>* model = nullptr;  ///< read before; not needed to describe
  std::string dynamics_name = default_dynamics, solver_name = default_solver;
  Dynamics dynamics{};
  SolverFactory solver{};
  void fields(Fields& f);
};

struct CompareConfig {
  std::string name = "other";
  std::string place{};  ///< of the name, in the file
  MotionConfig motion{};
  void fields(Fields& f);
};

struct RunConfig {
  std::string title{};
  Index seed = 0;
  std::string model_name = default_model;
  std::optional<AnyModel> model{};
  MotionConfig motion{};
  std::string sampler_name = default_sampler;
  SamplerFactory sampler{};  ///< empty: a motion is run, not a sampler
  DrawsConfig draws{};
  EvidenceConfig evidence{};
  LyapunovConfig lyapunov{};
  std::optional<TangentsConfig> tangents{};
  StartConfig start{};
  TimeConfig time{};
  LimitsConfig limits{};
  OutputConfig output{};
  QualityConfig quality{};
  std::vector<RecordConfig> records{};
  std::vector<AnalysisConfig> analyses{};
  std::vector<EventConfig> events{};
  std::vector<CompareConfig> compare{};
  void fields(Fields& f);

 private:
  void sampling_fields(Fields& f);
  void motion_fields(Fields& f);
  void lyapunov_fields(Fields& f);
};

}  // namespace thalweg
