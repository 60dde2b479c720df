// SIGINT and SIGTERM during a run: the first asks for an orderly end, the second ends at once.
#pragma once
#include <csignal>

namespace thalweg {

/// Catches the two signals for its lifetime. A signal that is ignored on entry (a job started in
/// the background by a script) stays ignored.
class SignalWatch {
 public:
  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  /// The signal that came, or 0.
  [[nodiscard]] static const volatile std::sig_atomic_t* received();

 private:
  struct sigaction before_int_ {
  }, before_term_{};
};

}  // namespace thalweg
