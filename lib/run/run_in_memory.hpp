// A run that leaves nothing on the disk: its rows go where the caller wants them. The same steps
// and the same rows, to the last bit, as those of `run`.
#pragma once
#include <thalweg/io/row_sink.hpp>
#include <thalweg/run/assembly.hpp>

#include <csignal>
#include <functional>

namespace thalweg {

struct MemoryRunOptions {
  const volatile std::sig_atomic_t* stop_signal = nullptr;
  /// A few times a second at most: the share of the time that has passed, in [0, 1].
  std::function<void(double fraction)> on_progress{};
};

/// Drives `parts` (not yet started) from their start to the end. One thread may do so while others
/// drive other parts.
LoopResult run_in_memory(Assembly& parts, RowSink& rows, const MemoryRunOptions& options);

}  // namespace thalweg
