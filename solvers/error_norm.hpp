// The scaled size of an error estimate,
//   e = sqrt( (1/n) sum_i (err_i / (atol + rtol max(|x_i|, |x_new_i|)))^2 ),
// in one pass without a temporary. Anything that is not finite makes it infinite, so that a step
// with a NaN in its error or in its new state can never be accepted.
#pragma once
#include <thalweg/core/layout.hpp>
#include <thalweg/core/types.hpp>

#include <string>

namespace thalweg {

[[nodiscard]] double error_norm(In err, In x, In x_new, double rtol, double atol);

/// RMS of v_i / (atol + rtol |x_i|), infinite when anything is not finite.
[[nodiscard]] double scaled_norm(In v, In x, double rtol, double atol);

/// The entry that makes error_norm large: the first that is not finite, else the largest term.
[[nodiscard]] Index worst_entry(In err, In x, In x_new, double rtol, double atol);

/// "entry 34 (W1[34])".
[[nodiscard]] std::string entry_name(const Layout& layout, Index i);

}  // namespace thalweg
