#include <thalweg/run/analysis.hpp>

namespace thalweg {

void AnalysisConfig::fields(Fields& f) {
  f("name", name, "", "name of the series in the file: /series/<name>");
  f("when", when, "", "when to analyse");
  part<Analysis>(f, "method", method, analyses(), "what is computed",
                 [&](Analysis&& a) { make = std::move(a); });
  when_place = f.place("when");
  method_place = f.place("method");
}

}  // namespace thalweg
