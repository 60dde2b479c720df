// A sweep before it runs: its file read and taken apart, every member checked.
#pragma once
#include <thalweg/sweep/member.hpp>
#include <thalweg/sweep/plan.hpp>
#include <thalweg/sweep/sweep.hpp>

#include <memory>
#include <string>
#include <vector>

namespace thalweg {

struct PreparedSweep {
  SweepConfig config;
  std::unique_ptr<SweepPlan> plan;
  std::vector<Collected> collected;
  std::vector<MemberId> ids;
  std::vector<std::string> joint_shapes;  ///< of which members can go on together
  std::vector<std::int32_t> joint_shape;  ///< of each member, -1 for none
  CheckedMember first;
};

/// The first complaint in the order of members is thrown, whatever the threads do. When the stop
/// signal comes meanwhile, it returns with ids that are not of use.
/// @throws ConfigError, ModelError, IoError
PreparedSweep prepare_sweep(const SweepRequest& request);

/// "member 3 (learning_rate = 0.1)"
std::string member_words(const SweepPlan& plan, Index member);

}  // namespace thalweg
