// RUN/checkpoint/checkpoint.h5 and checkpoint.previous.h5: everything that is needed to continue to
// the same bits. Written beside, checked, synced and renamed; a hash over the contents finds
// damage.
#pragma once
#include <thalweg/core/archive.hpp>

#include <string>

namespace thalweg {

struct Checkpoint {
  Archive archive;
  std::string config_sha256;
  std::string warning;  ///< not empty when the newest file was unusable and the one before served

  /// Throws ConfigError unless the checkpoint was written for this configuration.
  void require_config(const std::string& sha256) const;
};

/// Returns when the checkpoint is on the disk. Publish the rows first. `name`: another one than
/// "checkpoint" for what stands beside a run's result.
void save_checkpoint(const std::string& run_directory, const Archive& archive,
                     const std::string& config_sha256, const std::string& name = "checkpoint");

/// Throws IoError when neither file can be used.
Checkpoint load_checkpoint(const std::string& run_directory,
                           const std::string& name = "checkpoint");

/// Of what will not be continued; does nothing where there is none.
void remove_checkpoint(const std::string& run_directory, const std::string& name);

/// Whether there is one, usable or not.
bool has_checkpoint(const std::string& run_directory, const std::string& name = "checkpoint");

}  // namespace thalweg
