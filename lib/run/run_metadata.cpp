#include <thalweg/run/run_metadata.hpp>

#include <fmt/format.h>

#include <thalweg/chaos/difference_motion.hpp>
#include <thalweg/core/parallel.hpp>
#include <thalweg/io/provenance.hpp>

namespace thalweg {

Metadata model_metadata(const RunConfig& config, const std::string& resolved,
                        const AnyPotential* potential, const std::string& parent_run_id,
                        const std::vector<std::string>& arguments) {
  Metadata m;
  m.title = config.title.empty() ? config.model_name : config.title;
  m.attributes["model"] = config.model_name;
  if (potential) m.attributes["derivatives"] = to_text(potential->derivatives());
  RunFacts facts;
  facts.arguments = arguments;
  facts.config = resolved;
  facts.seed = static_cast<std::uint64_t>(config.seed);
  facts.threads = threads();
  facts.parent_run_id = parent_run_id;
  if (potential)
    for (const auto& [name, text] : potential->facts()) {
      if (name == "data_sha256")
        facts.data_sha256 = text;
      else if (name == "precision")
        facts.precision = text;
      else if (name == "instruction_set")
        facts.instruction_set = text;
      else
        m.attributes[name] = text;
    }
  m.provenance = provenance(facts);
  return m;
}

Metadata run_metadata(const Assembly& parts, const std::vector<std::string>& arguments) {
  const auto& c = parts.config;
  const auto* potential = parts.motion.potential();
  Metadata m = model_metadata(c, parts.resolved, potential, parts.parent_run_id, arguments);
  m.summary = fmt::format("{} on {}", potential ? c.motion.dynamics_name : "motion", c.model_name);
  if (potential) m.attributes["dynamics"] = c.motion.dynamics_name;
  if (c.tangents && c.tangents->by_differences())
    m.attributes["approximation"] = std::string(difference_approximation);
  const auto& solver = parts.stepper->info();
  m.attributes["solver"] = solver.name;
  m.attributes["solver_description"] = solver.description;
  m.attributes["restart"] = solver.restart == Restart::bitwise
                                ? "a resumed run gives the same bits"
                                : "a resumed run agrees within the tolerance, not to the last bit";
  return m;
}

}  // namespace thalweg
