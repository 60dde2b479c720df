// What a run for Lyapunov exponents writes: the running values as a series, and the final numbers.
#pragma once
#include <thalweg/chaos/lyapunov.hpp>
#include <thalweg/io/result_file.hpp>
#include <thalweg/run/experiment.hpp>
#include <thalweg/run/results.hpp>

#include <string>
#include <utility>
#include <vector>

namespace thalweg {

using Orbits = std::vector<std::unique_ptr<LyapunovTrajectory>>;

/// The series "curves": exponents so far and their standard errors, shape (start, rank), NaN
/// once an orbit has an outcome. `unit`: of what is counted, time_meaning.hpp.
SeriesSchema lyapunov_schema(Index starts, Index exponents, const std::string& unit);
Vec lyapunov_row(const Orbits& orbits);

/// Means over the orbits that gave numbers, as a summary tells them.
EstimateSummary lyapunov_numbers(const Orbits& orbits, const Motion& motion,
                                 const std::string& unit);
/// The means in the group /lyapunov, and the exponents by theory where the motion has an observable
/// "exponent_theory".
void put_lyapunov_means(const PutArray& put, const Orbits& orbits, const Motion& motion,
                        const std::string& unit);
/// Every orbit's own numbers and outcome, in the same group.
void put_lyapunov_orbits(const PutArray& put, const Orbits& orbits, const Motion& motion,
                         const std::string& unit);
/// What became of orbits that gave no numbers, one sentence each outcome.
std::vector<std::string> lyapunov_warnings(const Orbits& orbits);
/// How a run ends of whose orbits none gives numbers: complete when all are superstable, whose
/// exponent is known to be minus infinity; diverged when one escaped; else not_finite.
std::pair<Outcome, std::string> outcome_without_numbers(const Orbits& orbits);

}  // namespace thalweg
