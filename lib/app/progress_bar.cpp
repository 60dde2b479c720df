#include <thalweg/app/progress_bar.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <thalweg/app/talk.hpp>
#include <utility>
#include <vector>

namespace thalweg {

namespace {

// 100 % is said only at the end; NaN is nothing done yet.
int percent(double fraction) {
  return fraction > 0.0 ? static_cast<int>(100.0 * std::min(fraction, 1.0)) : 0;
}

double rejected_percent(const StepCounts& steps) {
  const auto tries = steps.accepted + steps.rejected;
  return tries > 0 ? 100.0 * static_cast<double>(steps.rejected) / static_cast<double>(tries) : 0.0;
}

constexpr int frame = 4, shortest_bar = 6, longest_bar = 30;  // frame: "[", "]", two spaces

// "[==>   ]  ", or nothing where there is no room.
std::string bar_text(int percent, int room) {
  room = std::min(room, longest_bar);
  if (room < shortest_bar) return "";
  const int full = percent * room / 100;
  std::string bar(static_cast<std::size_t>(full), '=');
  if (full < room) bar += '>';
  bar.resize(static_cast<std::size_t>(room), ' ');
  return "[" + bar + "]  ";
}

}  // namespace

double TimeLeft::update(double seconds, double fraction) {
  const double elapsed = seconds - seconds_;  // NaN at the first call
  if (elapsed > 0) {
    const double rate = (fraction - fraction_) / elapsed;
    const double keep = std::isnan(rate_) ? 0.0 : std::exp(-elapsed / 20.0);
    rate_ = keep > 0 ? keep * rate_ + (1 - keep) * rate : rate;
  }
  if (!(elapsed <= 0)) {
    seconds_ = seconds;
    fraction_ = fraction;
  }
  return rate_ > 0 ? (1.0 - fraction) / rate_ : std::numeric_limits<double>::quiet_NaN();
}

std::string duration_text(double seconds) {
  if (!(seconds < 1e9)) return "years";
  const auto s = static_cast<long long>(std::ceil(seconds));
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{}:{:02}", s / 60, s % 60);
  if (s < 86400) return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
  return fmt::format("{} d {} h", s / 86400, s / 3600 % 24);
}

std::string progress_bar_text(const ProgressView& view, int width) {
  const auto& p = view.progress;
  // In the order of the line; a part with the greatest number is left out first.
  std::vector<std::pair<int, std::string>> parts{{0, fmt::format("{:3} %", percent(view.fraction))},
                                                 {1, fmt::format("t {:.4g}/{:.4g}", p.t, p.t_end)},
                                                 {4, fmt::format("step {:.2g}", p.dt)}};
  if (!std::isnan(view.loss)) parts.emplace_back(2, fmt::format("loss {:.4g}", view.loss));
  parts.emplace_back(5, fmt::format("rejected {:.2g} %", rejected_percent(p.steps)));
  if (!std::isnan(view.seconds_left))
    parts.emplace_back(3, "left " + duration_text(view.seconds_left));

  const auto join = [&parts] {
    std::string text;
    for (const auto& part : parts) text += (text.empty() ? "" : "  ") + part.second;
    return text;
  };
  std::string text = join();
  while (parts.size() > 1 && static_cast<int>(text.size()) + frame + shortest_bar > width) {
    parts.erase(std::max_element(parts.begin(), parts.end(),
                                 [](const auto& a, const auto& b) { return a.first < b.first; }));
    text = join();
  }
  const auto bar = bar_text(percent(view.fraction), width - static_cast<int>(text.size()) - frame);
  return bar.empty() ? text.substr(0, static_cast<std::size_t>(std::max(width, 0))) : bar + text;
}

std::string progress_sentence(const ProgressView& view) {
  const auto& p = view.progress;
  auto text = fmt::format("t = {:.6g} of {:.6g} ({} %), step {:.3g}, {:.2g} % rejected", p.t,
                          p.t_end, percent(view.fraction), p.dt, rejected_percent(p.steps));
  if (!std::isnan(view.loss)) text += fmt::format(", loss {:.6g}", view.loss);
  if (!std::isnan(view.seconds_left))
    text += ", about " + duration_text(view.seconds_left) + " left";
  return text;
}

ProgressBar::ProgressBar(bool quiet, bool terminal) : quiet_(quiet), terminal_(terminal) {}

bool ProgressBar::is_due() const {
  return Clock::now() - last_ >=
         (terminal_ ? std::chrono::milliseconds(200) : std::chrono::seconds(10));
}

void ProgressBar::redraw(const std::string& text) {
  std::fprintf(stderr, "\r%s\x1b[K", text.c_str());
  std::fflush(stderr);
  shown_ = true;
}

void ProgressBar::update(const Progress& progress, double loss) {
  if (quiet_) return;
  const auto now = Clock::now();
  const double fraction = (progress.t - progress.t_start) / (progress.t_end - progress.t_start);
  const double seconds = std::chrono::duration<double>(now - started_).count();
  const ProgressView view{progress, fraction, loss, time_left_.update(seconds, fraction)};
  if (!is_due()) return;
  last_ = now;
  if (!terminal_) return say(progress_sentence(view));
  // Not the last column: some terminals go to the next line there.
  redraw(progress_bar_text(view, terminal_width() - 1));
}

void ProgressBar::update(double fraction, const std::string& words) {
  if (quiet_) return;
  const auto now = Clock::now();
  const double seconds = std::chrono::duration<double>(now - started_).count();
  const double left = time_left_.update(seconds, fraction);
  if (!is_due()) return;
  last_ = now;
  const std::string rest = std::isnan(left) ? "" : ", about " + duration_text(left) + " left";
  const std::string text = words + fmt::format(" ({} %)", percent(fraction)) + rest;
  if (!terminal_) return say(text);
  const int width = terminal_width() - 1;
  const std::string framed = bar_text(percent(fraction), width - static_cast<int>(text.size()) - 4);
  redraw((framed + text).substr(0, static_cast<std::size_t>(std::max(width, 0))));
}

void ProgressBar::clear() {
  if (!shown_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace thalweg
