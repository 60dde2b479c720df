// Judgements of a diagnosis in sentences that say what to do.
#pragma once
#include <thalweg/diagnose/diagnosis.hpp>

#include <string>
#include <vector>

namespace thalweg {

struct Verdict {
  enum class State {
    met,
    failed,
    unknown,  ///< the file does not tell what is needed
  };
  std::string name;  ///< "rhat_functions"
  State state = State::met;
  double value = DrawSummary::none;  ///< the worst number
  double limit = DrawSummary::none;
  std::string sentence{};
};

struct Judgement {
  std::vector<Verdict> verdicts;
  std::vector<std::string> hints{};
  /// No verdict has failed.
  [[nodiscard]] bool passed() const;
};

/// Which numbers of a file must pass. With `functions` alone, the parameters are shown and not
/// judged, as befits a network whose weights have symmetries.
enum class Judged { all, functions };

Judgement judge(const Diagnosis& diagnosis, Judged judged);

}  // namespace thalweg
