// Loss, gradient norm, accuracy and sharpness against time.
#pragma once
#include <thalweg/report/record_plan.hpp>

namespace thalweg::report {

/// Each draws what is open of its kind; a run beside its companions and closed forms.
void losses(RecordPlan& p);
void gradient_norms(RecordPlan& p);
void accuracies(RecordPlan& p);
void sharpnesses(RecordPlan& p);

}  // namespace thalweg::report
