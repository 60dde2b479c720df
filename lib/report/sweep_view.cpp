#include <thalweg/report/sweep_view.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <thalweg/report/run_file.hpp>

namespace thalweg::report {

namespace {

std::vector<std::string> list(const h5::File& file, const char* name) {
  const auto value = file.attribute("/", name);
  const auto* texts = value ? std::get_if<std::vector<std::string>>(&*value) : nullptr;
  if (texts) return *texts;
  const auto* text = value ? std::get_if<std::string>(&*value) : nullptr;
  return text ? std::vector<std::string>{*text} : std::vector<std::string>{};
}

std::string attribute(const h5::File& file, const std::string& dataset, const char* name) {
  const auto value = file.attribute(dataset, name);
  return value ? to_text(*value) : std::string();
}

/// At which no two different values read alike: 3, or what it takes.
int telling_digits(std::vector<double> values) {
  std::erase_if(values, [](double v) { return std::isnan(v); });  // no member's value
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  for (int digits = 3; digits < 17; ++digits) {
    std::string before;
    bool alike = false;
    for (const double v : values) {
      auto text = fmt::format("{:.{}g}", v, digits);
      alike = alike || text == before;
      before = std::move(text);
    }
    if (!alike) return digits;
  }
  return 17;
}

std::string with_unit(const std::string& text, const std::string& unit) {
  return unit.empty() || unit == "1" ? text : text + " [" + unit + "]";
}

}  // namespace

std::string SweepAxis::text(std::size_t i) const {
  return texts.empty() ? fmt::format("{:.{}g}", values[i], digits) : texts[i];
}

std::string SweepAxis::range() const {
  if (!texts.empty()) {
    auto all = different();
    std::erase(all, "");  // the base's own value
    return fmt::format("{}", fmt::join(all, ", "));
  }
  const auto less = [](double a, double b) { return a < b; };  // NaN is no member's value
  const auto [low, high] = std::minmax_element(values.begin(), values.end(), less);
  const auto text = [this](double x) {
    const bool whole = x == std::round(x) && std::abs(x) < 1e6;
    return whole ? fmt::format("{:.0f}", x) : fmt::format("{:.{}g}", x, digits);
  };
  return text(*low) + " to " + text(*high);
}

std::vector<std::string> SweepAxis::different() const {
  std::vector<std::string> all;
  for (const auto& t : texts)
    if (std::find(all.begin(), all.end(), t) == all.end()) all.push_back(t);
  return all;
}

std::string SweepAxis::label() const {
  std::string words = name;
  std::replace(words.begin(), words.end(), '_', ' ');
  return with_unit(words, unit);
}

std::size_t SweepVariable::size() const {
  std::size_t n = 1;
  for (const auto s : shape) n *= static_cast<std::size_t>(s);
  return n;
}

std::string SweepVariable::label() const { return with_unit(long_name, unit); }

SweepView::SweepView(const std::string& path) : file_(h5::File::open(path)) {
  const auto names = list(file_, "swept"), scales = list(file_, "swept_scales");
  if (names.empty() || !file_.exists("/outcome"))
    throw IoError(path + " is not the file of a sweep");
  grid_ = text("sweep_mode") == "grid";
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string dataset = "/" + names[i];
    SweepAxis axis{.name = names[i],
                   .long_name = attribute(file_, dataset, "long_name"),
                   .unit = attribute(file_, dataset, "units")};
    if (i < scales.size() && scales[i] == "log") axis.scale = Scale::log;
    if (file_.type(dataset) == h5::Type::text)
      axis.texts = file_.read_texts(dataset);
    else
      axis.values = file_.read(dataset);
    axis.digits = telling_digits(axis.values);
    axes_.push_back(std::move(axis));
  }
  const std::size_t swept = grid_ ? axes_.size() : 1;
  for (const auto& name : list(file_, "collected")) {
    const std::string dataset = "/" + name;
    SweepVariable v{.name = name,
                    .long_name = attribute(file_, dataset, "long_name"),
                    .unit = attribute(file_, dataset, "units"),
                    .comment = attribute(file_, dataset, "comment")};
    const auto shape = file_.shape(dataset);
    const auto axes = file_.axes(dataset);
    v.shape.assign(shape.begin() + static_cast<std::ptrdiff_t>(swept), shape.end());
    v.axes.assign(axes.begin() + static_cast<std::ptrdiff_t>(swept), axes.end());
    collected_.push_back(std::move(v));
  }
  std::istringstream words(attribute(file_, "/outcome", "flag_meanings"));
  for (std::string word; words >> word;) meanings_.push_back(word);
  outcome_ = file_.read_integers("/outcome");
}

std::string SweepView::text(const std::string& name) const {
  const auto value = file_.attribute("/", name);
  return value ? to_text(*value) : std::string();
}

std::string SweepView::title(const SweepVariable& variable) const {
  const auto in_short = [](const SweepVariable& v) {
    return v.long_name.substr(0, v.long_name.find(", "));
  };
  const auto same = std::count_if(collected_.begin(), collected_.end(), [&](const auto& v) {
    return in_short(v) == in_short(variable) && v.long_name != variable.long_name;
  });
  auto text = same > 0 ? variable.long_name : in_short(variable);
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

const std::string& SweepView::outcome(std::size_t member) const {
  return meanings_.at(static_cast<std::size_t>(outcome_[member]));
}

bool SweepView::failed(std::size_t member) const {
  static const std::vector<std::string> sound{"complete", "event", "not_run", "step_budget",
                                              "wall_budget"};
  return std::find(sound.begin(), sound.end(), outcome(member)) == sound.end();
}

std::vector<double> SweepView::read(const SweepVariable& v) const {
  return file_.read("/" + v.name);
}

std::vector<std::string> SweepView::messages() const { return file_.read_texts("/message"); }

std::vector<std::size_t> SweepView::indices(std::size_t member) const {
  std::vector<std::size_t> all(axes_.size(), member);
  if (!grid_) return all;
  for (std::size_t i = axes_.size(); i-- > 0;) {
    all[i] = member % axes_[i].size();
    member /= axes_[i].size();
  }
  return all;
}

std::string SweepView::words(std::size_t member) const {
  const auto at = indices(member);
  std::string out;
  for (std::size_t i = 0; i < axes_.size(); ++i)
    out += (out.empty() ? "" : ", ") + axes_[i].name + " = " + axes_[i].text(at[i]);
  return out;
}

}  // namespace thalweg::report
