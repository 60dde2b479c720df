// Events: a quantity crosses a level inside an accepted step. The root is found on the dense output
// (Boost's TOMS 748 bracketing), so the step sequence does not notice the search; events are never
// tested on rejected steps.
#pragma once
#include <thalweg/core/archive.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/stepper.hpp>

#include <functional>
#include <string>
#include <vector>

namespace thalweg {

enum class EventAction {
  record,   ///< note time and state, go on
  stop,     ///< the run ends here, successfully
  restart,  ///< the stepper starts anew here (for right-hand sides that jump)
};

struct EventConfig {
  std::string name = "goal";
  std::string quantity = "loss";
  double level = 0.0;
  std::string direction = "both";
  std::string action = "stop";
  bool once = false;
  std::string place{};  ///< of the quantity, in the file
  void fields(Fields& f);
};

/// A configured event with the function whose zero it looks for.
struct Event {
  std::string name;
  int direction = 0;  ///< -1: falling through the level, +1: rising, 0: both
  EventAction action = EventAction::stop;
  bool once = false;  ///< not looked for any more after its first crossing
  std::function<double(double t, In x)> indicator;  ///< quantity - level
};

struct EventHit {
  std::size_t event = 0;
  double t = 0.0;
};

class Events {
 public:
  explicit Events(std::vector<Event> events = {})
      : events_(std::move(events)), happened_(events_.size(), 0.0) {}

  /// Value of every indicator at the start (or after a restart).
  void start(double t, In x);
  /// Crossings inside the last accepted step, in order of time. Values at its end are kept as the
  /// start of the next. A zero exactly at a node counts once, at the step that ends there.
  std::vector<EventHit> find(Stepper& stepper);

  /// The run has acted on a hit of this event.
  void happened(std::size_t event) { happened_[event] = 1.0; }

  [[nodiscard]] bool empty() const { return events_.empty(); }
  [[nodiscard]] const std::vector<Event>& all() const { return events_; }
  void save(Archive& archive) const;
  void load(const Archive& archive);

 private:
  std::vector<Event> events_;
  std::vector<double> previous_, happened_;  // happened: 0 or 1
  Vec x_;
};

}  // namespace thalweg
