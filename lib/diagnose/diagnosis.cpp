#include <thalweg/diagnose/diagnosis.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <thalweg/core/parallel.hpp>

namespace thalweg {
namespace {

double larger(double a, double b) { return std::isnan(a) ? b : std::isnan(b) ? a : std::max(a, b); }
double smaller(double a, double b) { return -larger(-a, -b); }

/// What one column tells beside its summary.
struct Column {
  DrawSummary summary;
  double distance = DrawSummary::none;  ///< of divergent draws from the others
  std::vector<char> standing{}, not_finite{};
};

class Diagnoser {
 public:
  Diagnoser(const DrawsFile& file, const DiagnoseOptions& options)
      : file_(file), options_(options) {
    for (int i = 0; i < threads(); ++i) {
      convergence_.push_back(std::make_unique<Convergence>());
      draws_.emplace_back();
    }
  }

  Diagnosis run() {
    out_.file = file_.path();
    out_.title = file_.text("title");
    out_.model = file_.text("model");
    out_.sampler = file_.text("sampler");
    out_.chains = file_.chains();
    out_.draws = file_.draws();
    out_.warnings = file_.warnings();
    out_.by_chain.resize(static_cast<std::size_t>(out_.chains));
    chain_statistics();
    for (const auto& group : DrawsFile::groups())
      for (const auto& v : file_.variables(group)) {
        if (group == "sample_stats" && v.name != "lp") continue;
        total_ += static_cast<double>(v.size());
      }
    for (const auto& group : {"log_likelihood", "posterior_predictive"})
      for (const auto& v : file_.variables(group)) variable(v, out_.functions);
    if (const auto* lp = file_.find("sample_stats", "lp")) variable(*lp, out_.functions);
    for (const auto& v : file_.variables("log_prior")) variable(v, out_.functions);
    for (const auto& v : file_.variables("posterior")) variable(v, out_.parameters);
    for (auto& d : out_.divergent) describe(d);
    return std::move(out_);
  }

 private:
  template <class F>
  void each_chain(const char* statistic, F&& f) {
    const auto* v = file_.find("sample_stats", statistic);
    if (!v) return;
    const Mat x = file_.column(*v);
    for (Index c = 0; c < x.cols(); ++c) f(out_.by_chain[static_cast<std::size_t>(c)], x.col(c));
  }

  void chain_statistics() {
    const auto find = [&](const char* name) { return file_.find("sample_stats", name) != nullptr; };
    out_.tells_divergences = find("diverging");
    out_.tells_depth = find("reached_max_treedepth");
    out_.tells_energy = find("energy");
    each_chain("diverging",
               [](auto& chain, const auto& x) { chain.divergences = (x.array() != 0.0).count(); });
    each_chain("reached_max_treedepth",
               [](auto& chain, const auto& x) { chain.depth_share = x.mean(); });
    each_chain("acceptance_rate", [](auto& chain, const auto& x) { chain.acceptance = x.mean(); });
    each_chain("step_size", [](auto& chain, const auto& x) { chain.step_size = x.mean(); });
    each_chain("n_steps", [](auto& chain, const auto& x) { chain.steps = x.mean(); });
    each_chain("energy", [](auto& chain, const auto& x) { chain.bfmi = energy_bfmi(x)[0]; });
    each_chain("energy_error", [](auto& chain, const auto& x) {
      chain.energy_error = x.cwiseAbs().mean();
      chain.largest_energy_error = x.cwiseAbs().maxCoeff();
    });
    if (!out_.tells_divergences) return;
    const Mat diverging = file_.column(*file_.find("sample_stats", "diverging"));
    diverging_.resize(static_cast<std::size_t>(diverging.size()));
    std::transform(diverging.data(), diverging.data() + diverging.size(), diverging_.begin(),
                   [](double d) { return static_cast<char>(d != 0.0); });
    for (const auto& c : out_.by_chain) out_.divergences += c.divergences;
  }

  void column(int worker, const Mat& x, bool parameter, Column& out) {
    auto& convergence = *convergence_[static_cast<std::size_t>(worker)];
    out.summary = convergence.summarise(x);
    out.distance = DrawSummary::none;
    const auto chains = static_cast<std::size_t>(x.cols());
    out.standing.assign(chains, 0);
    out.not_finite.assign(chains, 0);
    if (out.summary.non_finite > 0) {
      for (Index c = 0; c < x.cols(); ++c)
        out.not_finite[static_cast<std::size_t>(c)] = static_cast<char>(!x.col(c).allFinite());
      return;
    }
    if (!parameter || out.summary.constant) return;
    for (Index c = 0; c < x.cols(); ++c)
      out.standing[static_cast<std::size_t>(c)] =
          static_cast<char>(x.rows() > 1 && (x.col(c).array() == x(0, c)).all());
    if (out_.divergences > 0 && static_cast<std::size_t>(x.size()) == diverging_.size())
      out.distance = convergence.sorted().distribution_distance(diverging_);
  }

  void variable(const DrawsVariable& v, std::vector<VariableDiagnosis>& to) {
    VariableDiagnosis d{.group = v.group, .name = v.name, .axes = v.axes, .shape = v.shape};
    const bool parameter = v.group == "posterior";
    const bool summed = v.group == "log_likelihood" && v.size() > 1;
    Mat sum = Mat::Zero(summed ? v.draws : 0, summed ? v.chains : 0);
    const Index stride =
        options_.most_entries > 0 ? std::max<Index>(1, v.size() / options_.most_entries) : 1;
    file_.for_blocks(v, options_.block_bytes, [&](const DrawsBlock& block) {
      columns_.resize(static_cast<std::size_t>(block.count));
      parallel_for(block.count, [&](std::ptrdiff_t k, int worker) {
        if ((block.first + k) % stride != 0) return;
        auto& draws = draws_[static_cast<std::size_t>(worker)];
        block.column(k, draws);
        column(worker, draws, parameter, columns_[static_cast<std::size_t>(k)]);
      });
      for (Index k = 0; k < block.count; ++k)
        if ((block.first + k) % stride == 0)
          take(v, block.first + k, columns_[static_cast<std::size_t>(k)], d);
      for (Index k = 0; summed && k < block.count; ++k) {
        block.column(k, draws_.front());
        sum += draws_.front();
      }
      done_ += static_cast<double>(block.count);
      if (options_.on_progress) options_.on_progress(done_ / total_, v.name);
    });
    if (summed) {
      VariableDiagnosis all{.group = v.group, .name = v.name + ", sum"};
      Column c;
      column(0, sum, false, c);
      DrawsVariable scalar{
          .group = v.group, .name = all.name, .chains = v.chains, .draws = v.draws};
      take(scalar, 0, c, all);
      to.push_back(std::move(all));
    }
    to.push_back(std::move(d));
  }

  void take(const DrawsVariable& v, Index entry, const Column& column, VariableDiagnosis& d) {
    const auto& s = column.summary;
    ++d.entries;
    for (std::size_t c = 0; c < column.standing.size(); ++c) {
      out_.by_chain[c].standing += column.standing[c];
      out_.by_chain[c].not_finite += column.not_finite[c];
    }
    d.constant += s.constant;
    d.not_finite += s.non_finite > 0;
    if (!s.constant && s.non_finite == 0) {
      d.undiagnosed += std::isnan(s.rhat) || std::isnan(s.ess_bulk);
      d.over_rhat += s.rhat >= limits::rhat;
      const double least = limits::ess_per_chain * static_cast<double>(v.chains);
      d.under_ess += s.ess_bulk <= least || s.ess_tail <= least;
      d.rhat_max = larger(d.rhat_max, s.rhat);
      d.ess_bulk_min = smaller(d.ess_bulk_min, s.ess_bulk);
      d.ess_tail_min = smaller(d.ess_tail_min, s.ess_tail);
    }
    keep({v.entry_name(entry), entry, s}, v.size(), d.kept);
    if (!std::isnan(column.distance)) {
      out_.divergent.push_back({.name = v.entry_name(entry),
                                .variable = v.name,
                                .entry = entry,
                                .distance = column.distance});
      std::ranges::stable_sort(out_.divergent, std::greater{}, &DivergentCoordinate::distance);
      if (out_.divergent.size() > 3) out_.divergent.pop_back();
    }
  }

  /// Not finite first, then by R-hat, constants last.
  static double badness(const DrawSummary& s) {
    if (s.non_finite > 0) return std::numeric_limits<double>::infinity();
    return std::isnan(s.rhat) ? -1.0 : s.rhat;
  }

  void keep(EntryDiagnosis entry, Index size, std::vector<EntryDiagnosis>& kept) const {
    const bool all = options_.keep_all || size <= options_.small;
    kept.push_back(std::move(entry));
    if (all) return;
    std::ranges::stable_sort(kept, std::greater{},
                             [](const EntryDiagnosis& e) { return badness(e.summary); });
    if (kept.size() > options_.worst) kept.pop_back();
  }

  /// The two ranges of a coordinate that its divergent draws set apart.
  void describe(DivergentCoordinate& d) const {
    const Mat x = file_.column(*file_.find("posterior", d.variable), d.entry);
    std::vector<double> with, without;
    for (std::size_t i = 0; i < diverging_.size(); ++i)
      (diverging_[i] != 0 ? with : without).push_back(x.data()[i]);
    SortedDraws sorted;
    sorted.sort(with);
    d.low = sorted.quantile(0.05);
    d.high = sorted.quantile(0.95);
    sorted.sort(without);
    d.other_low = sorted.quantile(0.05);
    d.other_high = sorted.quantile(0.95);
  }

  const DrawsFile& file_;
  const DiagnoseOptions& options_;
  std::vector<std::unique_ptr<Convergence>> convergence_;  // one for each thread
  std::vector<Mat> draws_;
  std::vector<Column> columns_;
  std::vector<char> diverging_;
  double total_ = 0.0, done_ = 0.0;
  Diagnosis out_;
};

}  // namespace

Diagnosis diagnose(const DrawsFile& file, const DiagnoseOptions& options) {
  return Diagnoser(file, options).run();
}

}  // namespace thalweg
