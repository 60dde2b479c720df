// Eigenvalues along a run, by rank and by branch, their condition number and their density.
#pragma once
#include <thalweg/report/record_plan.hpp>

namespace thalweg::report {

void spectra(RecordPlan& p);

}  // namespace thalweg::report
