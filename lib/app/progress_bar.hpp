// How far a run is: one line that is redrawn on a terminal, a line every ten seconds elsewhere.
#pragma once
#include <thalweg/run/loop.hpp>

#include <chrono>
#include <limits>
#include <string>

namespace thalweg {

/// Seconds to the end at the present speed; old speeds are forgotten over some twenty seconds,
/// because the step size changes by orders of magnitude in a run.
class TimeLeft {
 public:
  /// @param seconds   since any fixed moment, not decreasing
  /// @param fraction  of the way, 0 to 1
  /// @returns         NaN until there are two points to tell from
  double update(double seconds, double fraction);

 private:
  double seconds_ = std::numeric_limits<double>::quiet_NaN(), fraction_ = 0.0;
  double rate_ = std::numeric_limits<double>::quiet_NaN();
};

struct ProgressView {
  Progress progress{};
  double fraction = 0.0;
  double loss = std::numeric_limits<double>::quiet_NaN();          ///< NaN: there is none
  double seconds_left = std::numeric_limits<double>::quiet_NaN();  ///< NaN: not known yet
};

/// "8 s", "1:23", "2:03:04", "3 d 4 h"
std::string duration_text(double seconds);

/// "[====>     ]  43 %  t 43.1/100  step 0.0023  loss 0.0123  rejected 1.2 %  left 1:23", at most
/// `width` characters: what matters least goes first.
std::string progress_bar_text(const ProgressView& view, int width);

/// The same as words: "t = 43.1 of 100 (43 %), step 0.0023, ..."
std::string progress_sentence(const ProgressView& view);

class ProgressBar {
 public:
  using Clock = std::chrono::steady_clock;

  /// Shows nothing at all when `quiet`.
  ProgressBar(bool quiet, bool terminal);
  ~ProgressBar() { clear(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void update(const Progress& progress, double loss);
  /// The same of something else: "[==>   ]  43 %  <words>  left 1:23".
  void update(double fraction, const std::string& words);
  /// Takes the line off the terminal, for something else to be said.
  void clear();

 private:
  [[nodiscard]] bool is_due() const;
  void redraw(const std::string& text);

  bool quiet_, terminal_, shown_ = false;
  Clock::time_point started_ = Clock::now(), last_ = started_;
  TimeLeft time_left_;
};

}  // namespace thalweg
