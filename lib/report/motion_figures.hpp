// Energies, distances, paths and the costs of a motion.
#pragma once
#include <thalweg/report/record_plan.hpp>

namespace thalweg::report {

void energies(RecordPlan& p);
/// To motions from the same start, at equal time.
void distances(RecordPlan& p);
/// Paths and components of a state of few entries, with closed forms and companions.
void state(RecordPlan& p);
/// Checks of the integration, its steps and its work.
void numerics(RecordPlan& p);

}  // namespace thalweg::report
