// Workspaces of DepthNetwork: one block of samples with its flow, leased to one thread at a time.
#pragma once
#include <thalweg/models/depth/depth_network.hpp>

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace thalweg {

struct DepthNetwork::Work {
  std::unique_ptr<DifferentiableFlow> flow;
  std::vector<Index> rows{};  // of one output
  Mat A0{}, X{}, X_bar{}, F{}, F_bar{}, bar{}, dX{}, dX_bar{}, dF{}, dF_bar{}, zero{};
  Vec g{};
  double weight = 1.0;  // of a sample's loss at one output, in F_bar
};

struct DepthNetwork::Lease {
  const DepthNetwork& owner;
  std::unique_ptr<Work> work;
  Lease(const DepthNetwork& network, std::unique_ptr<Work> w)
      : owner(network), work(std::move(w)) {}
  Lease(Lease&&) = default;
  ~Lease() {
    if (!work) return;
    const std::lock_guard lock(owner.mutex_);
    owner.idle_.push_back(std::move(work));
  }
};

}  // namespace thalweg
