// Blocks of draws hold the numbers of the file, however small the memory; verdicts of known
// numbers.
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <thalweg/diagnose/draws_file.hpp>
#include <thalweg/diagnose/verdicts.hpp>

#include <numeric>

using namespace thalweg;
using Catch::Matchers::Contains;

namespace {

void scale(h5::File& file, const std::string& name, Index n) {
  std::vector<double> values(static_cast<std::size_t>(n));
  std::iota(values.begin(), values.end(), 0.0);
  file.create(name, h5::Type::real, {n});
  file.write(name, std::span<const double>(values));
  file.make_scale(name);
}

/// posterior/w of shape (2 chains, 5 draws, 3, 4), each number its position.
std::string counted(const TemporaryDirectory& directory) {
  const std::string path = directory.file("draws.h5");
  auto file = h5::File::create(path);
  file.create_group("/posterior");
  const h5::Shape shape{2, 5, 3, 4};
  const std::vector<std::string> axes{"chain", "draw", "a", "b"};
  std::vector<double> values(2 * 5 * 3 * 4);
  std::iota(values.begin(), values.end(), 0.0);
  file.create("/posterior/w", h5::Type::real, shape);
  file.write("/posterior/w", std::span<const double>(values));
  for (std::size_t i = 0; i < axes.size(); ++i) {
    scale(file, "/posterior/" + axes[i], shape[i]);
    file.attach_scale("/posterior/w", i, "/posterior/" + axes[i]);
  }
  file.close();
  return path;
}

VariableDiagnosis variable(const std::string& group, double rhat, Index over) {
  VariableDiagnosis v{.group = group, .name = "x"};
  v.entries = 4;
  v.over_rhat = over;
  v.rhat_max = rhat;
  v.ess_bulk_min = v.ess_tail_min = 1000.0;
  return v;
}

const Verdict* find(const Judgement& judgement, const std::string& name) {
  for (const auto& v : judgement.verdicts)
    if (v.name == name) return &v;
  return nullptr;
}

}  // namespace

TEST_CASE("blocks of any size hold each entry's draws", "[diagnose][unit]") {
  const TemporaryDirectory directory;
  const DrawsFile file(counted(directory));
  REQUIRE(file.chains() == 2);
  REQUIRE(file.draws() == 5);
  const auto& w = *file.find("posterior", "w");
  CHECK(w.entry_name(7) == "w[1, 3]");
  for (const std::size_t bytes : {1U, 80U, 160U, 240U, 320U, 400U, 640U, 960U, 1U << 20}) {
    Index next = 0;
    Mat draws;
    file.for_blocks(w, bytes, [&](const DrawsBlock& block) {
      CHECK(block.first == next);
      CHECK(block.count * 80 <= static_cast<Index>(std::max<std::size_t>(bytes, 80)));
      for (Index k = 0; k < block.count; ++k) {
        block.column(k, draws);
        CHECK(draws == file.column(w, block.first + k));
        for (Index c = 0; c < 2; ++c)
          for (Index d = 0; d < 5; ++d)
            CHECK(draws(d, c) == static_cast<double>((c * 5 + d) * 12 + block.first + k));
      }
      next += block.count;
    });
    CHECK(next == 12);
  }
}

TEST_CASE("what mixes in function space and not in weights gets a hint", "[diagnose][unit]") {
  Diagnosis d;
  d.chains = 4;
  d.draws = 1000;
  d.by_chain.resize(4);
  d.functions = {variable("log_likelihood", 1.002, 0)};
  d.parameters = {variable("posterior", 1.8, 3)};
  const auto all = judge(d, Judged::all);
  CHECK_FALSE(all.passed());
  CHECK_THAT(find(all, "rhat_parameters")->sentence, Contains("3 of 4 parameters"));
  REQUIRE(all.hints.size() == 1);
  CHECK_THAT(all.hints.front(), Contains("order of hidden units"));
  CHECK(judge(d, Judged::functions).passed());
  CHECK(find(all, "divergences")->state == Verdict::State::unknown);

  d.functions.front().over_rhat = 1;  // then the functions are what is wrong
  CHECK_FALSE(judge(d, Judged::functions).passed());
  CHECK(judge(d, Judged::all).hints.empty());

  d.tells_divergences = true;
  d.divergences = 9;
  const auto diverged = judge(d, Judged::all);
  CHECK_THAT(find(diverged, "divergences")->sentence, Contains("9 of 4000"));
  d.tells_energy = true;
  for (auto& c : d.by_chain) c.bfmi = 0.9;
  d.by_chain[2].bfmi = 0.1;
  const auto slow = judge(d, Judged::all);
  CHECK_THAT(find(slow, "bfmi")->sentence, Contains("chain 2"));
}
