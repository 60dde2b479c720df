#include <thalweg/run/recorder.hpp>
#include <thalweg/run/time_meaning.hpp>

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <thalweg/core/clock.hpp>
#include <thalweg/core/error.hpp>

namespace thalweg {

namespace {

// What a scientist would look at first when the config does not say.
std::vector<std::string> default_quantities(RunContext& context) {
  const bool layers = context.motion.layout().size() > 1;
  std::vector<std::string> what;
  if (context.motion.potential()) what = {"loss", "gradient_norm", "step_size"};
  if (context.motion.potential() && layers) what.emplace_back("layer_speed");
  if (!context.motion.potential() || context.motion.dim() <= 16) what.emplace_back("state");
  return what;
}

// Where the numbers fail (a Hessian that is not finite on the way to divergence), the quantity is
// NaN (an integer is 0) and the run goes on to the end that it names itself.
void compute(const Quantity& q, Probe& probe, Stepper& stepper, Out out) {
  try {
    q.compute(probe, stepper, out);
  } catch (const SolveError&) {
    const bool integer = q.variable.type == Variable::Type::integer;
    out.setConstant(integer ? 0.0 : std::numeric_limits<double>::quiet_NaN());
  }
}

}  // namespace

Recorder::Recorder(const std::vector<RecordConfig>& records,
                   const std::vector<AnalysisConfig>& analyses,
                   const std::vector<EventConfig>& events, RunContext& context, double t_end)
    : context_(context),
      probe_(context.motion),
      event_configs_(events),
      x_(context.motion.dim()),
      last_loss_(std::numeric_limits<double>::quiet_NaN()) {
  for (const auto& c : records) {
    Record r{.name = c.name, .when = c.when, .quantities = {}, .row = {}};
    Index size = 0;
    placed(c.when_place, [&] { r.when.prepare(context.t0, t_end); });
    const auto what = c.what.empty() ? default_quantities(context) : c.what;
    for (std::size_t q = 0; q < what.size(); ++q) {
      placed(q < c.what_places.size() ? c.what_places[q] : "record",
             [&] { r.quantities.push_back(make(what[q])); });
      size += r.quantities.back()->variable.size();
    }
    r.row.resize(size);
    r.needed = r.quantities.size();
    records_.push_back(std::move(r));
  }
  plain_ = records_.size();
  for (const auto& a : analyses) {
    Record r{.name = a.name, .when = a.when, .quantities = {}, .row = {}};
    r.seconds = std::numeric_limits<double>::infinity();  // nobody knows before the first row
    Index size = 0;
    placed(a.when_place, [&] { r.when.prepare(context.t0, t_end); });
    for (auto& q : placed(a.method_place, [&] { return a.make(context, a.name); })) {
      const std::string name = a.name + "/" + q.variable.name;
      r.quantities.push_back(&made_.emplace(name, std::move(q)).first->second);
      size += r.quantities.back()->variable.size();
    }
    r.row.resize(size);
    r.needed = r.quantities.size();
    records_.push_back(std::move(r));
  }
  due_.resize(records_.size());
  for (const auto& e : event_configs_)
    placed(e.place, [&] {
      const Quantity* q = make(e.quantity);
      if (q->variable.size() != 1)
        throw ConfigError(fmt::format("quantity \"{}\" is an array; choose a scalar", e.quantity));
      if (q->companion) q->companion->may_go_back();
    });
}

const Quantity* Recorder::make(const std::string& name) {
  const auto it = made_.find(name);
  if (it != made_.end()) return &it->second;
  return &made_.emplace(name, make_quantity(name, context_)).first->second;
}

void Recorder::compute_only(const std::function<bool(std::size_t series, Index offset)>& needed) {
  for (std::size_t i = 0; i < plain_; ++i) {
    auto& r = records_[i];
    r.needed = 0;
    Index offset = 0;
    for (std::size_t q = 0; q < r.quantities.size(); ++q) {
      if (needed(i, offset)) r.needed = q + 1;
      offset += r.quantities[q]->variable.size();
    }
  }
}

std::vector<SeriesSchema> Recorder::schemas() const {
  std::vector<SeriesSchema> all;
  for (const auto& r : records_) {
    SeriesSchema s{.name = r.name, .variables = {}};
    s.time_axis = all.empty() ? "time" : "time_" + r.name;
    s.time_name = time_axis_name(context_.time_unit);
    s.comment = context_.stepper.info().discrete
                    ? "rows are taken at iterates of the map"
                    : "rows are interpolated inside accepted steps to the order of the method";
    for (const auto* q : r.quantities) s.variables.push_back(q->variable);
    all.push_back(std::move(s));
  }
  if (!event_configs_.empty()) {
    SeriesSchema s{.name = "events", .variables = {}};
    s.time_axis = "time_events";
    s.time_name = time_axis_name(context_.time_unit);
    s.group = "/events";
    std::string meanings;
    for (std::size_t i = 0; i < event_configs_.size(); ++i)
      meanings += fmt::format("{}{} = {}", i ? ", " : "", i, event_configs_[i].name);
    Variable which{.name = "event", .long_name = "which event: " + meanings};
    which.type = Variable::Type::integer;
    for (const auto& c : event_configs_) which.flag_meanings.push_back(c.name);
    Variable state{.name = "state", .long_name = "state vector at the event"};
    state.axes = {Axis{.name = "unknown", .size = context_.motion.dim(), .long_name = "unknown"}};
    s.variables = {which, state};
    all.push_back(std::move(s));
  }
  return all;
}

std::vector<Event> Recorder::events() const {
  std::vector<Event> all;
  for (const auto& c : event_configs_) {
    Event e;
    e.name = c.name;
    e.direction = c.direction == "down" ? -1 : c.direction == "up" ? 1 : 0;
    e.action = c.action == "stop"     ? EventAction::stop
               : c.action == "record" ? EventAction::record
                                      : EventAction::restart;
    e.once = c.once;
    const Quantity* q = &made_.at(c.quantity);
    auto probe = std::make_shared<Probe>(context_.motion);
    e.indicator = [q, probe, &stepper = context_.stepper, level = c.level](double t, In x) {
      probe->move_to(t, 0, x);
      Vec out(1);
      compute(*q, *probe, stepper, out);
      return out[0] - level;
    };
    all.push_back(std::move(e));
  }
  return all;
}

double Recorder::value(const std::string& quantity, Stepper& stepper, double t, In x) {
  probe_.move_to(t, context_.steps.accepted, x);
  Vec out(1);
  compute(*make(quantity), probe_, stepper, out);
  return out[0];
}

void Recorder::take(std::size_t record, Stepper& stepper, double t, In x) {
  auto& r = records_[record];
  // What waits for the file must not wait for a row that takes long.
  if (output_ && r.seconds > 1.0) output_->publish();
  const auto begin = Clock::now();
  probe_.move_to(t, context_.steps.accepted, x);
  Index offset = 0;
  for (std::size_t i = 0; i < r.quantities.size(); ++i) {
    const auto* q = r.quantities[i];
    const Index n = q->variable.size();
    if (i < r.needed || q->accumulator)
      compute(*q, probe_, stepper, r.row.segment(offset, n));
    else
      r.row.segment(offset, n).setConstant(std::numeric_limits<double>::quiet_NaN());
    if (q->variable.name == "loss") last_loss_ = r.row[offset];
    offset += n;
  }
  r.seconds = seconds_since(begin);
  seconds_ += r.seconds;
  r.last_time = t;
  r.has_row = true;
  if (output_) output_->append(record, t, context_.steps.accepted, r.row);
}

void Recorder::start(Stepper& stepper) {
  for (auto& [name, q] : made_)
    if (q.accumulator) q.accumulator->start(stepper.time(), stepper.state());
  for (std::size_t i = 0; i < records_.size(); ++i) {
    auto& r = records_[i];
    const auto first = r.when.time(0);
    if (r.when.by_steps() || (first && *first <= stepper.time())) {
      take(i, stepper, stepper.time(), stepper.state());
      if (!r.when.by_steps()) ++r.next;
    }
  }
}

void Recorder::on_interval(Stepper& stepper, double t_from, double t_to) {
  const auto take_at = [&](std::size_t i, double t) {
    if (t == stepper.time()) return take(i, stepper, t, stepper.state());
    stepper.interpolate(t, x_);
    take(i, stepper, t, x_);
  };
  // A map has no state between iterates: a row that is due is taken at the next one, once.
  const bool discrete = stepper.info().discrete;
  const double slack = discrete ? 1e-9 * (t_to - t_from) : 0.0;
  for (std::size_t i = 0; i < records_.size(); ++i)
    due_[i] = records_[i].when.by_steps() && records_[i].when.due_at_step(context_.steps.accepted);
  // In the order of time over all records: companions go forward only.
  while (true) {
    std::size_t first = records_.size();
    double t_first = t_to + slack;
    for (std::size_t i = 0; i < records_.size(); ++i) {
      const auto t = records_[i].when.time(records_[i].next);
      if (t && (*t < t_first || (*t == t_first && first == records_.size()))) {
        first = i;
        t_first = *t;
      }
    }
    if (first == records_.size()) break;
    ++records_[first].next;
    if (discrete)
      due_[first] = true;
    else
      take_at(first, t_first);
  }
  for (std::size_t i = 0; i < records_.size(); ++i)
    if (due_[i]) take_at(i, t_to);
  for (auto& [name, q] : made_)
    if (q.accumulator) q.accumulator->on_step(stepper, t_from, t_to);
  for (auto& c : context_.companions) c->settle(t_to);
}

void Recorder::on_event(Stepper&, const Event& event, double t, In x) {
  Vec row(1 + x.size());
  for (std::size_t i = 0; i < event_configs_.size(); ++i)
    if (event_configs_[i].name == event.name) row[0] = static_cast<double>(i);
  row.tail(x.size()) = x;
  if (output_) output_->append(records_.size(), t, context_.steps.accepted, row);
}

void Recorder::finish(Stepper& stepper, double t, In x) {
  for (std::size_t i = 0; i < records_.size(); ++i)
    if (!records_[i].has_row || records_[i].last_time < t) take(i, stepper, t, x);
}

std::vector<std::pair<std::string, double>> Recorder::last_values() const {
  std::vector<std::pair<std::string, double>> values;
  if (records_.empty() || !records_.front().has_row) return values;
  const auto& r = records_.front();
  Index offset = 0;
  for (const auto* q : r.quantities) {
    if (q->variable.size() == 1) values.emplace_back(q->variable.name, r.row[offset]);
    offset += q->variable.size();
  }
  return values;
}

std::vector<std::string> Recorder::verdicts() const {
  std::vector<std::string> all;
  for (const auto& [name, q] : made_)
    if (q.accumulator)
      for (auto& text : q.accumulator->verdicts()) all.push_back(std::move(text));
  return all;
}

bool Recorder::passed() const {
  return std::all_of(made_.begin(), made_.end(), [](const auto& made) {
    return !made.second.accumulator || made.second.accumulator->passed();
  });
}

void Recorder::save(Archive& archive) const {
  for (const auto& r : records_) {
    archive.put("record." + r.name + ".row", r.row);
    archive.put("record." + r.name + ".last_time", r.last_time);
    archive.put("record." + r.name + ".has_row", static_cast<std::int64_t>(r.has_row));
  }
  archive.put("record.last_loss", last_loss_);
  for (const auto& [name, q] : made_)
    if (q.accumulator) q.accumulator->save(archive);
}

void Recorder::load(const Archive& archive, double t_now) {
  for (auto& r : records_) {
    r.row = archive.vector("record." + r.name + ".row");
    r.last_time = archive.real("record." + r.name + ".last_time");
    r.has_row = archive.integer("record." + r.name + ".has_row") != 0;
    // Rows up to now are in the file. Times are found again rather than counted, so that a later
    // end time may move the schedule.
    const bool discrete = context_.stepper.info().discrete;
    const double slack = discrete ? 1e-9 * std::abs(t_now) : 0.0;
    for (auto t = r.when.time(r.next); t && *t <= t_now + slack; t = r.when.time(r.next)) ++r.next;
  }
  last_loss_ = archive.real("record.last_loss");
  for (auto& [name, q] : made_)
    if (q.accumulator) q.accumulator->load(archive);
}

}  // namespace thalweg
