#include <thalweg/run/run_metadata.hpp>

#include <fmt/format.h>

#include <thalweg/core/parallel.hpp>
#include <thalweg/io/provenance.hpp>

namespace thalweg {

Metadata run_metadata(const Assembly& parts, const std::vector<std::string>& arguments) {
  const auto& c = parts.config;
  Metadata m;
  m.title = c.title.empty() ? c.model_name : c.title;
  m.summary = fmt::format("{} on {}", parts.motion.potential() ? c.motion.dynamics_name : "motion",
                          c.model_name);
  const auto fact = [&](const std::string& name, const std::string& text) {
    m.attributes[name] = text;
  };
  fact("model", c.model_name);
  if (const auto* potential = parts.motion.potential()) {
    fact("dynamics", c.motion.dynamics_name);
    fact("derivatives", to_text(potential->derivatives()));
  }
  fact("solver", parts.stepper->info().name);
  fact("solver_description", parts.stepper->info().description);
  fact("restart", parts.stepper->info().restart == Restart::bitwise
                      ? "a resumed run gives the same bits"
                      : "a resumed run agrees within the tolerance, not to the last bit");
  RunFacts facts;
  facts.arguments = arguments;
  facts.config = parts.resolved;
  facts.seed = static_cast<std::uint64_t>(c.seed);
  facts.threads = threads();
  facts.parent_run_id = parts.parent_run_id;
  if (const auto* potential = parts.motion.potential())
    for (const auto& [name, text] : potential->facts()) {
      if (name == "data_sha256")
        facts.data_sha256 = text;
      else if (name == "precision")
        facts.precision = text;
      else if (name == "instruction_set")
        facts.instruction_set = text;
      else
        fact(name, text);
    }
  m.provenance = provenance(facts);
  return m;
}

}  // namespace thalweg
