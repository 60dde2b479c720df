// How a number with a standard error is told.
#pragma once
#include <string>

namespace thalweg {

/// Both with as many digits as show two of the error: "0.00033 +- 0.00046", "1234 +- 57". Six
/// significant digits of the value where there is no error to go by (0, NaN).
std::string with_error(double value, double error, const char* sign = " +- ");

}  // namespace thalweg
