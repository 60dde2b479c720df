#include <thalweg/app/everything.hpp>

#include <thalweg/models/catalogue.hpp>
#include <thalweg/run/analysis.hpp>
#include <thalweg/run/quantities.hpp>
#include <thalweg/solvers/catalogue.hpp>

namespace thalweg {

namespace {

template <class T>
void append(std::vector<Named>& all, const std::string& group, const Registry<T>& registry) {
  for (const auto& e : registry.entries())
    all.push_back({group, registry.kind(), e.name, "", e.doc, e.describe});
}

}  // namespace

const std::vector<std::string>& groups() {
  static const std::vector<std::string> all = {"models",     "dynamics", "solvers", "samplers",
                                               "quantities", "analyses", "data",    "fields",
                                               "adjoints",   "planes"};
  return all;
}

std::vector<Named> everything() {
  std::vector<Named> all;
  append(all, "models", models());
  append(all, "dynamics", dynamics());
  append(all, "solvers", solvers());
  append(all, "samplers", samplers());
  for (const auto& q : quantities())
    all.push_back({"quantities", "quantity", q.name, q.unit, q.doc, {}});
  append(all, "analyses", analyses());
  append(all, "data", datasets());
  append(all, "fields", vector_fields());
  append(all, "adjoints", adjoints());
  append(all, "planes", planes());
  return all;
}

}  // namespace thalweg
