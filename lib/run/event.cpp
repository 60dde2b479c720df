#include <thalweg/run/event.hpp>

#include <algorithm>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <utility>

namespace thalweg {

void EventConfig::fields(Fields& f) {
  f("name", name, "", "name of the event in the output");
  f("quantity", quantity, "", "a recorded scalar quantity (thalweg list quantities)");
  f("level", level, "unit of the quantity", "the value to cross");
  f("direction", direction, "", "which crossing counts", one_of({"down", "up", "both"}));
  f("action", action, "", "what happens then", one_of({"stop", "record", "restart"}));
  f("once", once, "", "only the first crossing");
  place = f.place("quantity");
}

void Events::start(double t, In x) {
  previous_.clear();
  for (std::size_t i = 0; i < events_.size(); ++i) {
    const bool over = events_[i].once && happened_[i] != 0.0;
    previous_.push_back(over ? 0.0 : events_[i].indicator(t, x));
  }
  x_.resize(x.size());
}

namespace {

bool crosses(double before, double after, int direction) {
  if (std::isnan(before) || std::isnan(after)) return false;
  const bool up = before < 0.0 && after >= 0.0, down = before > 0.0 && after <= 0.0;
  return (up && direction >= 0) || (down && direction <= 0);
}

}  // namespace

std::vector<EventHit> Events::find(Stepper& stepper) {
  std::vector<EventHit> hits;
  const double t0 = stepper.previous_time(), t1 = stepper.time();
  for (std::size_t i = 0; i < events_.size(); ++i) {
    const auto& e = events_[i];
    if (e.once && happened_[i] != 0.0) continue;
    const double before = previous_[i], after = e.indicator(t1, stepper.state());
    // A zero at the start of the step was reported by the step that ended there.
    if (crosses(before, after, e.direction)) {
      double t = t1;
      if (!stepper.info().discrete && after != 0.0) {
        const auto g = [&](double s) {
          if (s <= t0) return before;
          if (s >= t1) return after;
          stepper.interpolate(s, x_);
          return e.indicator(s, x_);
        };
        std::uintmax_t tries = 100;
        // 46 bits: the root is as good as the dense output, and the bracket's far end is past it.
        const auto bracket = boost::math::tools::toms748_solve(
            g, t0, t1, before, after, boost::math::tools::eps_tolerance<double>(46), tries);
        t = bracket.second;
      }
      hits.push_back({i, t});
    }
    previous_[i] = after;
  }
  std::sort(hits.begin(), hits.end(), [](const EventHit& a, const EventHit& b) {
    return a.t < b.t || (a.t == b.t && a.event < b.event);
  });
  return hits;
}

void Events::save(Archive& archive) const {
  const auto put = [&](const char* key, const std::vector<double>& x) {
    archive.put(key, Eigen::Map<const Vec>(x.data(), static_cast<Index>(x.size())));
  };
  if (events_.empty()) return;
  put("events.previous", previous_);
  put("events.happened", happened_);
}

void Events::load(const Archive& archive) {
  if (events_.empty()) return;
  for (const auto& [key, x] :
       {std::pair{"events.previous", &previous_}, std::pair{"events.happened", &happened_}}) {
    const auto v = archive.vector(key);
    x->assign(v.data(), v.data() + v.size());
  }
}

}  // namespace thalweg
