// sweep.h5: the numbers of all members over the swept axes.
#pragma once
#include <thalweg/io/array_file.hpp>
#include <thalweg/sweep/member.hpp>
#include <thalweg/sweep/plan.hpp>

#include <functional>
#include <string>
#include <vector>

namespace thalweg {

/// `result(i)`: of member i; one that has not run has the end not_run and no values.
std::vector<StoredArray> make_sweep_arrays(const SweepPlan& plan,
                                           const std::vector<Collected>& collected,
                                           const std::function<MemberResult(Index)>& result);

/// Names of the file that an axis must not have.
bool is_reserved(const std::string& name);

}  // namespace thalweg
