// What a run for the evidence has found so far, as arrays of its file and as numbers.
#pragma once
#include <thalweg/evidence/annealed_importance.hpp>
#include <thalweg/evidence/laplace.hpp>
#include <thalweg/io/result_file.hpp>
#include <thalweg/run/evidence/ladder.hpp>
#include <thalweg/run/experiment.hpp>

#include <optional>
#include <string>
#include <vector>

namespace thalweg {

/// -W of the particles that have come along, NaN for the others.
struct Works {
  Vec forward, reverse;
};

/// /ladder, one entry for each b, and /annealing, one for each particle; NaN is not there yet.
void put_progress(RunOutput& output, const Ladder& ladder, const Works& works);
/// /laplace: mode and standard deviations.
void put_laplace(RunOutput& output, const Laplace& laplace);

/// The numbers of all that is finished. `mcmc_starts`: in reverse the particles started from draws
/// of chains, not from exact ones, which their bound names.
EstimateSummary evidence_numbers(const std::optional<double>& laplace, const Ladder& ladder,
                                 const Works& works);
/// Arrays of the group /evidence that such a run may leave; a number that it could not make is not
/// there.
std::vector<Variable> evidence_variables(bool laplace, bool annealing);
/// The same in the group /evidence.
void put_numbers(RunOutput& output, const EstimateSummary& numbers);
/// What a reader must know before believing them, one sentence each.
std::vector<std::string> evidence_warnings(const Ladder& ladder, const Works& works);

}  // namespace thalweg
