// The tuning of a sampler, its step size and inverse metric, as a result file keeps it: what one
// run has learned in its warm-up, another may start with.
#pragma once
#include <thalweg/core/sampler.hpp>
#include <thalweg/io/result_file.hpp>

#include <string>
#include <vector>

namespace thalweg {

struct Tuning {
  double step_size = 0.0;
  InverseMetric metric{};
};

/// Puts sample_stats/inv_metric, (chain, d) or (chain, d, d), unless the metric is the unit one.
void put_tuning(RunOutput& output, const std::vector<Tuning>& chains);

/// Puts the group /replicas: temperature (pair's colder first), swap_rate (chain, pair) and
/// round_trips (chain).
void put_replicas(RunOutput& output, const std::vector<double>& temperatures,
                  const std::vector<Vec>& swap_rates, const std::vector<double>& round_trips);

/// One tuning per chain of that run. @throws ConfigError when it is not a run of `dim` parameters
/// that drew samples
std::vector<Tuning> stored_tuning(const std::string& run_directory, Index dim);

}  // namespace thalweg
