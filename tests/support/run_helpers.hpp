// Runs a configuration text into a directory and reads back what was written.
#pragma once
#include <support/temporary_directory.hpp>
#include <thalweg/config/config.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/io/h5.hpp>
#include <thalweg/run/experiment.hpp>

#include <string>
#include <vector>

inline thalweg::RunSummary run_text(const std::string& toml, const std::string& directory,
                                    const volatile std::sig_atomic_t* stop = nullptr) {
  thalweg::RunRequest request;
  request.directory = directory;
  request.stop_signal = stop;
  return thalweg::run(thalweg::Config::from_text(toml, "test.toml"), request);
}

inline thalweg::RunSummary resume_in(const std::string& directory,
                                     const std::vector<std::string>& overrides = {}) {
  thalweg::RunRequest request;
  request.directory = directory;
  return thalweg::resume(overrides, request);
}

/// What is said of a configuration that cannot run.
inline std::string complaint_about(const std::string& toml) {
  try {
    thalweg::check(thalweg::Config::from_text(toml, "run.toml"));
  } catch (const thalweg::ConfigError& e) {
    return e.what();
  }
  return "no complaint";
}

inline std::vector<double> read_back(const std::string& directory, const std::string& dataset) {
  return thalweg::h5::File::open(directory + "/result.h5").read(dataset);
}
