// Where a result comes from: the group /provenance of result.h5. Everything that may differ between
// two runs of one configuration (dates, seconds, machine, command line) stands here, so that the
// rest of the file can be compared exactly.
#pragma once
#include <thalweg/io/h5.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace thalweg {

/// What the caller knows.
struct RunFacts {
  std::vector<std::string> arguments;  ///< argv
  std::string config;                  ///< resolved configuration, text
  std::uint64_t seed = 0;
  std::string rng = "Philox4x32-10";
  int threads = 1;
  std::string instruction_set{};  ///< of the kernels: "x86-64-v3"
  std::string precision{};        ///< of the model's arithmetic: "double", "float"
  std::string data_sha256{};      ///< of the training data
  std::string parent_run_id{};    ///< of the run whose stored state this one starts from
  bool host_and_user = false;     ///< only when the user asks
};

/// Adds version, commit, compiler, libraries, CPU, run id and dates.
h5::Attributes provenance(const RunFacts& facts);

/// "thalweg 0.1.0 (1a2b3c4d5e6f, modified)"
std::string source_version();

/// Random UUID, version 4.
std::string random_uuid();

/// "2026-11-24T06:24:50Z"
std::string utc_now();

/// Of bytes, as 64 hexadecimal digits.
std::string sha256(std::string_view bytes);

}  // namespace thalweg
