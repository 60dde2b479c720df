// A diagnosis as a table for people and as JSON for programs.
#pragma once
#include <thalweg/diagnose/verdicts.hpp>

#include <string>

namespace thalweg {

std::string diagnosis_text(const Diagnosis& diagnosis, const Judgement& judgement);

/// schema "thalweg-diagnose-1"; numbers that there are not, or that are not finite, are null.
std::string diagnosis_json(const Diagnosis& diagnosis, const Judgement& judgement, int exit_code);

}  // namespace thalweg
