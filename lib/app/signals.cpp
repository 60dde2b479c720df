#include <thalweg/app/signals.hpp>

#include <unistd.h>

#include <cerrno>

namespace thalweg {

namespace {

volatile std::sig_atomic_t signal_received = 0;

extern "C" void on_signal(int signal) {
  const int saved = errno;
  if (signal_received != 0) {  // what is on the disk is whole at any moment
    std::signal(signal, SIG_DFL);
    raise(signal);  // delivered when this handler returns
  } else {
    signal_received = signal;
    constexpr char text[] = "\nstopping after this step; once more stops at once\n";
    [[maybe_unused]] const auto ignored = write(STDERR_FILENO, text, sizeof(text) - 1);
  }
  errno = saved;
}

void watch(int signal, struct sigaction& before) {
  sigaction(signal, nullptr, &before);
  if (before.sa_handler == SIG_IGN) return;
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;  // a file that is being written is not disturbed
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

SignalWatch::SignalWatch() {
  signal_received = 0;
  watch(SIGINT, before_int_);
  watch(SIGTERM, before_term_);
}

SignalWatch::~SignalWatch() {
  sigaction(SIGINT, &before_int_, nullptr);
  sigaction(SIGTERM, &before_term_, nullptr);
}

const volatile std::sig_atomic_t* SignalWatch::received() { return &signal_received; }

}  // namespace thalweg
