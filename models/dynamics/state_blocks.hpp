// States of dynamics with memory: the parameters first, then copies of their blocks for velocity or
// moments, "velocity_W1" beside "W1".
#pragma once
#include <thalweg/core/layout.hpp>
#include <thalweg/core/observable.hpp>
#include <thalweg/core/types.hpp>

#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

namespace thalweg {

inline Layout with_copies(const Layout& parameters, Index dim,
                          std::initializer_list<const char*> prefixes) {
  Layout all = parameters;
  Index offset = dim;
  for (const char* prefix : prefixes) {
    for (Block b : parameters) {
      b.name = std::string(prefix) + "_" + b.name;
      b.group = prefix;
      b.offset += offset;
      all.push_back(std::move(b));
    }
    offset += dim;
  }
  return all;
}

/// Observables of the parameters, as observables of a state that begins with them.
inline Observables of_parameters(Observables all, Index dim) {
  for (auto& o : all)
    o.compute = [compute = std::move(o.compute), dim](In x, double t, Out out) {
      compute(x.head(dim), t, out);
    };
  return all;
}

/// q followed by zeros.
inline std::optional<Vec> with_zeros(const std::optional<Vec>& q, Index dim) {
  if (!q) return std::nullopt;
  Vec x = Vec::Zero(dim);
  x.head(q->size()) = *q;
  return x;
}

}  // namespace thalweg
