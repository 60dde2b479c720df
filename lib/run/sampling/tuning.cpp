#include <thalweg/run/sampling/tuning.hpp>

#include <fmt/format.h>

#include <thalweg/io/h5.hpp>

namespace thalweg {

namespace {
const char* const metric_name = "/sample_stats/inv_metric";
const char* const step_name = "/sample_stats/step_size";
}  // namespace

void put_tuning(RunOutput& output, const std::vector<Tuning>& chains) {
  const auto kind = chains.front().metric.kind;
  if (kind == InverseMetric::Kind::unit) return;
  const bool dense = kind == InverseMetric::Kind::dense;
  const auto& first = chains.front().metric;
  const Index d = dense ? first.dense.rows() : first.diagonal.size();
  Variable v{.name = "inv_metric",
             .long_name = "inverse mass matrix, the estimate of the covariance"};
  v.axes = {Axis{.name = "chain", .size = static_cast<Index>(chains.size())},
            Axis{.name = "inv_metric_dim_0", .size = d}};
  if (dense) v.axes.push_back(Axis{.name = "inv_metric_dim_1", .size = d});
  std::vector<double> values;
  for (const auto& c : chains) {
    const double* x = dense ? c.metric.dense.data() : c.metric.diagonal.data();
    values.insert(values.end(), x, x + (dense ? d * d : d));  // symmetric: any order
  }
  output.put_counted("/sample_stats", v, values);
}

void put_replicas(RunOutput& output, const std::vector<double>& temperatures,
                  const std::vector<Vec>& swap_rates, const std::vector<double>& round_trips) {
  const Axis chain{.name = "chain", .size = static_cast<Index>(swap_rates.size())};
  const auto put = [&](Variable v, std::vector<Axis> axes, const std::vector<double>& values) {
    v.axes = std::move(axes);
    output.put_counted("/replicas", v, values);
  };
  put({.name = "temperature", .long_name = "temperature of each replica, that of the draws first"},
      {{.name = "replica", .size = static_cast<Index>(temperatures.size())}}, temperatures);
  std::vector<double> rates;
  for (const auto& r : swap_rates) rates.insert(rates.end(), r.begin(), r.end());
  put({.name = "swap_rate", .long_name = "exchanges of each pair of neighbours, of those tried"},
      {chain, {.name = "pair", .size = swap_rates.front().size()}}, rates);
  Variable trips{.name = "round_trips",
                 .long_name = "times that a walker came back from the hottest replica"};
  trips.type = Variable::Type::integer;
  put(trips, {chain}, round_trips);
}

std::vector<Tuning> stored_tuning(const std::string& run_directory, Index dim) {
  const auto file = [&] {
    try {
      return h5::File::open(run_directory + "/result.h5");
    } catch (const IoError& e) {
      throw ConfigError(fmt::format("{}; name the directory of a run that drew samples", e.what()));
    }
  }();
  const auto refuse = [&](const std::string& why) {
    throw ConfigError(
        fmt::format("{} {}; name the directory of a run that drew samples of this "
                    "model",
                    file.path(), why));
  };
  if (!file.exists("/sample_stats") || !file.exists(step_name)) refuse("has no draws");
  const auto shape = file.shape(step_name);
  if (shape.size() != 2 || shape[0] < 1 || shape[1] < 1) refuse("has no draws");
  std::vector<Tuning> all(static_cast<std::size_t>(shape[0]));
  std::vector<double> last(all.size());
  file.read_rows(step_name, shape[1] - 1, 1, last.data(), h5::Growth::second);
  for (std::size_t c = 0; c < all.size(); ++c) all[c].step_size = last[c];
  if (!file.exists(metric_name)) return all;

  const auto metric = file.shape(metric_name);
  const bool dense = metric.size() == 3;
  if (metric.size() < 2 || metric[0] != shape[0] || metric[1] != dim || (dense && metric[2] != dim))
    refuse(fmt::format("has a metric of {} parameters where this model has {}",
                       metric.size() > 1 ? metric[1] : 0, dim));
  const auto values = file.read(metric_name);
  const Index n = dense ? dim * dim : dim;
  for (std::size_t c = 0; c < all.size(); ++c) {
    const double* x = values.data() + static_cast<Index>(c) * n;
    auto& m = all[c].metric;
    m.kind = dense ? InverseMetric::Kind::dense : InverseMetric::Kind::diagonal;
    if (dense)
      m.dense = Eigen::Map<const Mat>(x, dim, dim);
    else
      m.diagonal = Eigen::Map<const Vec>(x, dim);
  }
  return all;
}

}  // namespace thalweg
