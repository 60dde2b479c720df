#include <thalweg/sweep/member_process.hpp>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <optional>
#include <thalweg/core/error.hpp>
#include <thalweg/io/durable_file.hpp>
#include <thalweg/io/h5.hpp>
#include <thalweg/sweep/results.hpp>
#include <thread>

namespace thalweg {

namespace {

namespace fs = std::filesystem;

/// Starts this program with other arguments, waits, and hands a signal on. Returns the status of
/// wait. The child ends with us, whatever ends us.
int call_program(const std::vector<std::string>& arguments, const std::string& log,
                 const volatile std::sig_atomic_t* stop_signal) {
  std::vector<char*> argv;
  for (const auto& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (out < 0) throw IoError(log + ": cannot open: " + std::strerror(errno));
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {  // only calls that are safe between fork and exec of a program with threads
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    ::dup2(out, 1);
    ::dup2(out, 2);
    ::execv("/proc/self/exe", argv.data());
    ::_exit(127);
  }
  const int why = errno;
  ::close(out);
  if (child < 0) throw IoError(std::string("cannot start a process: ") + std::strerror(why));
  int status = 0, told = 0;
  auto pause = std::chrono::microseconds(500);
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (stop_signal && *stop_signal != told) {
      told = *stop_signal;
      ::kill(child, SIGTERM);
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, std::chrono::microseconds(20000));
  }
  return status;
}

std::string last_line(const std::string& text) {
  const auto end = text.find_last_not_of('\n');
  if (end == std::string::npos) return "";
  const auto begin = text.rfind('\n', end);
  return text.substr(begin == std::string::npos ? 0 : begin + 1,
                     end - (begin == std::string::npos ? std::string::npos : begin));
}

std::string text_of(const h5::File& file, const char* name) {
  const auto value = file.attribute("/", name);
  const auto* text = value ? std::get_if<std::string>(&*value) : nullptr;
  return text ? *text : "";
}

std::int64_t count_of(const h5::File& file, const char* name) {
  const auto value = file.attribute("/", name);
  const auto* n = value ? std::get_if<std::int64_t>(&*value) : nullptr;
  return n ? *n : 0;
}

/// The rows of a finished run, one series after another, as its recorder took them.
void read_rows(const h5::File& file, const std::vector<Collected>& collected, Collector& to) {
  std::size_t series = 0;
  for (const auto& c : collected)
    if (!c.once) series = std::max(series, c.series + 1);
  for (std::size_t s = 0; s < series; ++s) {
    Index width = 0, rows = 0;
    std::vector<double> time;
    std::vector<std::pair<const Collected*, std::vector<double>>> columns;
    for (const auto& c : collected) {
      if (c.series != s || c.once) continue;
      rows = file.read_integers(c.group + "/n_committed").at(0);
      if (time.empty()) time = file.read(c.group + "/" + c.time_axis);
      columns.emplace_back(&c, file.read(c.group + "/" + c.variable.name));
      width = std::max(width, c.offset + c.size());
    }
    Vec row = Vec::Zero(width);
    for (Index r = 0; r < rows; ++r) {
      for (const auto& [c, x] : columns)
        for (Index k = 0; k < c->size(); ++k)
          row[c->offset + k] = x[static_cast<std::size_t>(r * c->size() + k)];
      to.append(s, time[static_cast<std::size_t>(r)], 0, row);
    }
  }
}

/// A reason has a line for each thing that is to be said.
std::string in_one_line(const std::string& reason, const std::vector<Collected>& collected) {
  const bool motion =
      std::none_of(collected.begin(), collected.end(), [](const auto& c) { return c.once; });
  std::string text = motion ? reason.substr(0, reason.find('\n')) : reason;
  for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n'))
    text.replace(at, 1, "; ");
  return text;
}

void remove_run(const std::string& directory) {
  std::error_code ignored;  // what is left over is no harm
  fs::remove_all(directory, ignored);
  for (const char* end : {".toml", ".log"}) fs::remove(directory + end, ignored);
}

/// What a run left behind, when it has ended. `may_go_on`: one that ran out of wall time has not.
std::optional<MemberResult> finished(const std::string& directory, const MemberId& id,
                                     const std::vector<Collected>& collected, bool may_go_on) {
  const auto path = (fs::path(directory) / "result.h5").string();
  const auto alone = h5::lock_library();
  if (!fs::exists(path)) return std::nullopt;
  const auto file = h5::File::open(path);
  const auto end = MemberEnd::from_name(text_of(file, "status"));
  if (!end || *end == MemberEnd::not_run) return std::nullopt;
  if (may_go_on && MemberEnd::may_differ(*end)) return std::nullopt;
  MemberResult result{.id = id, .end = *end};
  const auto reason = text_of(file, "status_reason");
  result.message = in_one_line(reason, collected);
  if (const auto t = file.attribute("/", "t_reached"))
    if (const auto* number = std::get_if<double>(&*t)) result.t = *number;
  result.accepted = count_of(file, "steps_accepted");
  result.rejected = count_of(file, "steps_rejected");
  result.calls.rhs = count_of(file, "rhs_calls");
  result.calls.gradients = count_of(file, "gradient_calls");
  result.calls.hessian_products = count_of(file, "hessian_products");
  result.calls.jvp = count_of(file, "jacobian_products");
  Collector collector(collected);
  read_rows(file, collected, collector);
  read_results(directory, collected, collector);
  result.values = collector.values();
  return result;
}

}  // namespace

MemberResult run_member_process(const MemberProcess& process, const MemberId& id,
                                const std::vector<Collected>& collected,
                                const volatile std::sig_atomic_t* stop_signal) {
  const auto& directory = process.directory;
  MemberResult result{.id = id, .end = MemberEnd::error};
  result.values = Collector(collected).values();
  try {
    const auto give = [&](const MemberResult& done) {
      if (!process.keep) remove_run(directory);
      return done;
    };
    if (auto done = finished(directory, id, collected, true)) return give(*done);
    const auto config = directory + ".toml", log = directory + ".log";
    write_text_file(config, process.resolved_config);
    std::vector<std::string> anew{"thalweg", "run",       config, "--out",  directory,
                                  "--force", "--threads", "1",    "--quiet"};
    const std::vector<std::string> on{"thalweg", "resume", directory, "--threads", "1", "--quiet"};
    if (!process.keep) anew.insert(anew.end(), {"--set", "output.report=false"});
    const bool started = fs::exists(fs::path(directory) / "checkpoint" / "checkpoint.h5") &&
                         fs::exists(fs::path(directory) / "result.h5");
    int status = call_program(started ? on : anew, log, stop_signal);
    const auto stopped = [&] { return stop_signal && *stop_signal != 0; };
    // What cannot be continued is begun anew.
    if (started && !stopped() && WIFEXITED(status) &&
        (WEXITSTATUS(status) == 2 || WEXITSTATUS(status) == 5))
      status = call_program(anew, log, stop_signal);
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (code == 0 || code == 3 || code == 4 || code == 6)
      if (auto done = finished(directory, id, collected, false)) return give(*done);
    if (code == 3) {  // the numbers failed before the first row
      result.end = static_cast<int>(Outcome::not_finite);
      result.message = last_line(read_text_file(log));
      if (const auto colon = result.message.find(": "); colon != std::string::npos)
        result.message.erase(0, colon + 2);
      return result;
    }
    if (stopped()) {
      result.end = MemberEnd::not_run;
      return result;
    }
    result.message = WIFSIGNALED(status)
                         ? "its process was ended by signal " + std::to_string(WTERMSIG(status))
                         : last_line(read_text_file(log));
  } catch (const std::exception& e) {
    result.message = e.what();
  }
  return result;
}

}  // namespace thalweg
