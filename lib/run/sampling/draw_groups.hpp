// What the file keeps of a draw: the groups of the ArviZ schema, their variables, and the values of
// one draw of one chain. https://python.arviz.org/en/stable/schema/schema.html
#pragma once
#include <thalweg/core/potential.hpp>
#include <thalweg/core/sampler.hpp>
#include <thalweg/io/result_file.hpp>
#include <thalweg/run/sampling/draws_config.hpp>

#include <string>
#include <vector>

namespace thalweg {

/// The variables of the groups, for one chain: `fill` may use workspaces of the model's own
/// closures, so each chain has its own DrawGroups.
class DrawGroups {
 public:
  DrawGroups(const AnyPotential& potential, const SamplerInfo& sampler, const DrawsConfig& config);

  /// Posterior, then what the model computes of a draw, and sample_stats last; the same again as
  /// warmup_posterior and warmup_sample_stats when the warm-up is stored.
  [[nodiscard]] std::vector<SeriesSchema> schemas() const;
  [[nodiscard]] std::size_t count() const { return groups_.size(); }
  /// Whether group `g` takes transitions of the warm-up, rather than draws.
  [[nodiscard]] bool of_warmup(std::size_t g) const { return groups_[g].warmup; }
  [[nodiscard]] Index width(std::size_t g) const { return groups_[g].width; }
  [[nodiscard]] const std::vector<Variable>& variables(std::size_t g) const {
    return groups_[g].variables;
  }
  /// Values of one draw for group g, variable after variable.
  void fill(std::size_t g, In q, const SampleInfo& info, Out out) const;

 private:
  struct Group {
    std::string name;
    bool warmup = false;
    Index width = 0;
    std::vector<Variable> variables{};
    std::vector<std::function<void(In q, const SampleInfo&, Out)>> values{};
    void add(Variable variable, std::function<void(In q, const SampleInfo&, Out)> value);
  };
  Group& group(const std::string& name);
  std::vector<Group> groups_;
  Index chains_;
};

/// @throws ConfigError when draws.keep names what the model's draws do not have
void check_keep(const AnyPotential& potential, const DrawsConfig& config);

}  // namespace thalweg
