#include <thalweg/app/talk.hpp>

#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <thalweg/core/error.hpp>

namespace thalweg {

namespace {

std::shared_ptr<spdlog::logger> make_logger(const TalkOptions& options) {
  const auto mode = options.color ? spdlog::color_mode::automatic : spdlog::color_mode::never;
  auto sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>(mode);
  sink->set_color(spdlog::level::debug, sink->reset);
  sink->set_color(spdlog::level::info, sink->bold);
  std::string name;  // a % would be a pattern
  for (const char c : options.name) name += c == '%' ? std::string("%%") : std::string(1, c);
  sink->set_pattern("%^" + name + ":%$ %v");
  auto logger = std::make_shared<spdlog::logger>("talk", std::move(sink));
  logger->set_level(options.quiet     ? spdlog::level::warn
                    : options.verbose ? spdlog::level::debug
                                      : spdlog::level::info);
  return logger;
}

std::shared_ptr<spdlog::logger>& logger() {
  static std::shared_ptr<spdlog::logger> instance = make_logger({});
  return instance;
}

// A message of several lines, such as two wrong keys, is several messages.
void log_lines(spdlog::level::level_enum level, std::string_view prefix, std::string_view text) {
  while (true) {
    const auto end = text.find('\n');
    logger()->log(level, "{}{}", prefix, text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

void set_talk(const TalkOptions& options) { logger() = make_logger(options); }
void remark(std::string_view text) { log_lines(spdlog::level::debug, "", text); }
void say(std::string_view text) { log_lines(spdlog::level::info, "", text); }
void warn(std::string_view text) { log_lines(spdlog::level::warn, "warning: ", text); }
void complain(std::string_view text) { log_lines(spdlog::level::err, "", text); }

void print(std::string_view text) {
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!written && errno != EPIPE)
    throw IoError(std::string("standard output cannot be written: ") + std::strerror(errno));
}

std::string pad(std::string_view text, std::size_t width) {
  std::string padded(text);
  padded.resize(std::max(width, text.size() + 1), ' ');
  return padded;
}

bool talks_to_terminal() {
  const char* term = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && !(term && std::strcmp(term, "dumb") == 0);
}

int terminal_width() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

}  // namespace thalweg
