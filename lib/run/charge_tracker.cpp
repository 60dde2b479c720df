#include <thalweg/run/charge_tracker.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thalweg/core/error.hpp>
#include <thalweg/core/no_charge_law.hpp>

namespace thalweg {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double epsilon = std::numeric_limits<double>::epsilon();

// Of nothing, nothing is missing.
double ratio(double part, double whole) { return part == 0.0 ? 0.0 : part / whole; }

// What is no number is beyond any bound.
double worse(double so_far, double value) {
  return std::isnan(value) ? std::numeric_limits<double>::infinity() : std::max(so_far, value);
}

// Without a law: the charges of the parameters.
void plain_charges(const Symmetry& s, In q, MatOut y) {
  y.setZero();
  s.pairing(q, q, y.col(0));
}

}  // namespace

ChargeTracker::ChargeTracker(std::string name, const RunContext& context,
                             std::optional<double> bound)
    : name_(std::move(name)),
      law_(context.motion.charge_law()),
      wanted_(bound),
      rtol_(context.stepper.info().rtol),
      t_seen_(nan) {
  const auto* potential = context.motion.potential();
  if (!potential) throw ModelError("\"symmetry\" needs a potential; this model is a motion itself");
  parameters_ = potential->dim();
  for (auto& s : potential->symmetries())
    if (s.kind != Symmetry::Kind::rotation || (law_ && !law_->equation(s.kind).empty()))
      symmetries_.push_back(std::move(s));
  if (symmetries_.empty())
    throw ModelError(
        "\"symmetry\" needs a model that tells its symmetries: deep_linear, mlp with activation "
        "\"relu\" or \"identity\" or with loss \"cross_entropy\", weight_normalised_mlp, or one "
        "of your own with symmetries()");
  x_.resize(context.motion.dim());
  for (const auto& s : symmetries_) {
    y_start_.push_back(Mat::Zero(s.size(), 2));
    now_.push_back({.now = Vec::Zero(s.size()), .predicted = Vec::Zero(s.size())});
  }
  y_ = y_start_;
  force_scale_.resize(symmetries_.size());
}

bool ChargeTracker::has_law(std::size_t i) const {
  return law_ && !law_->equation(symmetries_[i].kind).empty();
}

std::string ChargeTracker::why_no_law() const {
  if (const auto* none = dynamic_cast<const NoChargeLaw*>(law_.get())) return none->why();
  return "this motion does not go along -grad L, of which alone the symmetry says that it has no "
         "part along A q";
}

double ChargeTracker::bound(std::size_t i) const {
  if (wanted_) return *wanted_;
  if (!has_law(i)) return nan;
  if (law_->is_identity()) return asymmetry_bound(i);
  return rtol_ > 0.0 ? 10.0 * rtol_ : nan;
}

std::string ChargeTracker::bound_origin() const {
  if (wanted_) return "as asked for";
  if (law_ && law_->is_identity()) return "1e-12, for the law is an identity of the iterates";
  if (rtol_ > 0.0) return "10 rtol of the solver";
  return "none, for the solver has no tolerance; ask for one";
}

double ChargeTracker::asymmetry_bound(std::size_t i) const {
  return 1e-12 * symmetries_[i].precision / epsilon;
}

void ChargeTracker::charges(std::size_t i, In x, double t, MatOut y) const {
  if (has_law(i)) return law_->charges(symmetries_[i], x, t, y);
  plain_charges(symmetries_[i], x.head(parameters_), y);
}

double ChargeTracker::scale(std::size_t i, In x) const {
  if (has_law(i)) return law_->scale(symmetries_[i], x);
  const double size = symmetries_[i].moved_norm(x.head(parameters_));
  return size * size;
}

void ChargeTracker::start(double t, In x) {
  t_start_ = t_done_ = t;
  t_seen_ = nan;
  for (std::size_t i = 0; i < symmetries_.size(); ++i) {
    charges(i, x, t, y_start_[i]);
    now_[i].scale = scale(i, x);
    now_[i].worst_deviation = now_[i].worst_asymmetry = 0.0;
    force_scale_[i] = 0.0;
  }
  y_ = y_start_;
}

void ChargeTracker::advance(Stepper& stepper, std::size_t i, double t_from, double t_to, MatOut y) {
  law_->advance(
      symmetries_[i], t_from, t_to,
      [&](double t) -> const Vec& {
        if (t == stepper.time()) return stepper.state();
        stepper.interpolate(t, x_);
        return x_;
      },
      y);
}

void ChargeTracker::on_step(Stepper& stepper, double t_from, double t_to) {
  for (std::size_t i = 0; i < symmetries_.size(); ++i)
    if (has_law(i) && law_->needs_every_step(symmetries_[i]))
      advance(stepper, i, t_from, t_to, y_[i]);
  t_done_ = t_to;
}

const std::vector<ChargeTracker::Charges>& ChargeTracker::at(Probe& probe, Stepper& stepper) {
  const double t = probe.t();
  if (t == t_seen_) return now_;
  const Vec& x = probe.state();
  const auto q = probe.parameters();
  const Vec& g = probe.gradient();
  const bool followed = stepper.state().size() == x.size();  // a stepper that never began is not
  for (std::size_t i = 0; i < symmetries_.size(); ++i) {
    const auto& s = symmetries_[i];
    auto& c = now_[i];
    Mat y(s.size(), 2);
    charges(i, x, t, y);
    c.now = y.col(0);
    c.scale = std::max(c.scale, scale(i, x));

    pairs_.resize(s.size());
    s.pairing(g, q, pairs_);
    if (s.decay != 0.0) {
      Vec with(s.size());
      s.pairing(q, q, with);
      pairs_ -= s.decay * with;
    }
    force_scale_[i] = std::max(force_scale_[i], s.moved_norm(g) * s.moved_norm(q));
    c.asymmetry = ratio(pairs_.lpNorm<Eigen::Infinity>(), force_scale_[i]);
    c.worst_asymmetry = worse(c.worst_asymmetry, c.asymmetry);
    c.symmetric = c.asymmetry <= asymmetry_bound(i);

    c.predicted.setConstant(nan);
    c.deviation = nan;
    if (!has_law(i)) {
      c.verdict = no_law;
      continue;
    }
    const bool steps = law_->needs_every_step(s);
    if (steps && t != t_start_ && (!followed || t > stepper.time())) {
      c.verdict = needs_every_step;
      continue;
    }
    y = steps ? y_[i] : y_start_[i];
    const double from = steps ? t_done_ : t_start_;
    if (t > from) advance(stepper, i, from, t, y);
    c.predicted = y.col(0);
    c.deviation = ratio((c.now - c.predicted).lpNorm<Eigen::Infinity>(), c.scale);
    c.worst_deviation = worse(c.worst_deviation, c.deviation);
    const double most = bound(i);
    c.verdict = std::isnan(most) ? no_bound : c.deviation <= most ? pass : fail;
  }
  t_seen_ = t;
  return now_;
}

void ChargeTracker::save(Archive& archive) const {
  archive.put(name_ + ".t_start", t_start_);
  archive.put(name_ + ".t", t_done_);
  for (std::size_t i = 0; i < symmetries_.size(); ++i) {
    const auto key = fmt::format("{}.{}.", name_, symmetries_[i].name);
    archive.put(key + "y", Vec(y_[i].reshaped()));
    archive.put(key + "y_start", Vec(y_start_[i].reshaped()));
    archive.put(key + "scale", now_[i].scale);
    archive.put(key + "force_scale", force_scale_[i]);
    archive.put(key + "worst_deviation", now_[i].worst_deviation);
    archive.put(key + "worst_asymmetry", now_[i].worst_asymmetry);
  }
}

void ChargeTracker::load(const Archive& archive) {
  t_start_ = archive.real(name_ + ".t_start");
  t_done_ = archive.real(name_ + ".t");
  t_seen_ = nan;
  for (std::size_t i = 0; i < symmetries_.size(); ++i) {
    const auto key = fmt::format("{}.{}.", name_, symmetries_[i].name);
    y_[i] = archive.vector(key + "y").reshaped(symmetries_[i].size(), 2);
    y_start_[i] = archive.vector(key + "y_start").reshaped(symmetries_[i].size(), 2);
    now_[i].scale = archive.real(key + "scale");
    force_scale_[i] = archive.real(key + "force_scale");
    now_[i].worst_deviation = archive.real(key + "worst_deviation");
    now_[i].worst_asymmetry = archive.real(key + "worst_asymmetry");
  }
}

// What has no law or no bound, or is no sum over steps, cannot fail.
bool ChargeTracker::passed() const {
  for (std::size_t i = 0; i < symmetries_.size(); ++i)
    if (now_[i].worst_asymmetry > asymmetry_bound(i) || now_[i].worst_deviation > bound(i))
      return false;
  return true;
}

std::vector<std::string> ChargeTracker::verdicts() const {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < symmetries_.size(); ++i) {
    const auto& c = now_[i];
    const auto word = [](bool met) { return met ? "PASS" : "FAIL"; };
    std::string text = fmt::format(
        "symmetry {}: {}, asymmetry of the loss {:.2g} (bound {:.2g})", symmetries_[i].name,
        word(c.worst_asymmetry <= asymmetry_bound(i)), c.worst_asymmetry, asymmetry_bound(i));
    const double most = bound(i);
    if (!has_law(i))
      text += "; its charge has no law here: " + why_no_law();
    else if (std::isnan(most))
      text += fmt::format("; charge off its law by {:.2g}, no bound", c.worst_deviation);
    else
      text += fmt::format("; {}, charge off its law by {:.2g} (bound {:.2g})",
                          word(c.worst_deviation <= most), c.worst_deviation, most);
    all.push_back(std::move(text));
  }
  return all;
}

}  // namespace thalweg
