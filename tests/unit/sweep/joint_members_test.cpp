// Members that go on together: how many at once, at which places, and what happens to one that is
// no longer what it was when the sweep was checked. That their numbers are those of members alone
// is in tests/properties/sweep_joint_test.py.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <thalweg/sweep/joint_members.hpp>

#include "../../support/catch.hpp"

using namespace thalweg;

namespace {

Config member_config(Index i, int samples = 4, int seed = 0) {
  return Config::from_text(
      fmt::format("seed = {}\ntime = {{ steps = {} }}\ndynamics = {{ name = \"gradient_descent\", "
                  "learning_rate = 0.1 }}\n[model]\nname = \"mlp\"\nhidden = [3]\n"
                  "data = {{ name = \"noisy_sine\", samples = {}, seed = {} }}\n",
                  i + 1, 5 + i, samples, seed),
      "run.toml");
}

// Runs ten, and keeps what happens.
struct Ten {
  std::vector<Collected> collected;
  std::vector<MemberId> ids;
  std::vector<MemberResult> results{10};
  std::vector<Index> done_at;  // places
  std::set<Index> places;
  Index begun = 0, ended = 0, most = 0;

  Ten() {
    collected = make_collected({}, check_member(member_config(0), nullptr).schemas);
    for (Index i = 0; i < 10; ++i) ids.push_back(check_member(member_config(i), &collected).id);
  }
  template <class F>
  void run(Index at_once, F config) {
    run_joint_members({.shape = check_member(member_config(0), &collected).joint_shape,
                       .next = [&]() -> std::optional<Index> {
                         if (begun == 10) return std::nullopt;
                         most = std::max(most, begun + 1 - ended);
                         return begun++;
                       },
                       .config = config,
                       .done =
                           [&](Index place, Index i, const MemberResult& result) {
                             results[static_cast<std::size_t>(i)] = result;
                             done_at.push_back(place);
                             ++ended;
                           },
                       .options =
                           [&](Index place) {
                             places.insert(place);
                             return MemoryRunOptions{};
                           },
                       .most = at_once},
                      ids, collected);
  }
};

}  // namespace

TEST_CASE("as many members as are asked for are under way, each at a place of its own", "[joint]") {
  Ten ten;
  ten.run(2, [](Index i) { return member_config(i); });
  CHECK(ten.ended == 10);
  CHECK(ten.most == 2);  // every vector has room for two
  CHECK(ten.places == std::set<Index>{0, 1});
  // In turns: the shorter of two ends first, and the next one takes its place.
  CHECK(ten.done_at == std::vector<Index>{0, 1, 0, 1, 0, 1, 0, 1, 0, 1});
  for (Index i = 0; i < 10; ++i) {
    const auto& r = ten.results[static_cast<std::size_t>(i)];
    CHECK(r.end == static_cast<int>(Outcome::complete));
    CHECK(r.accepted == 5 + i);
    const auto alone = run_member(member_config(i), r.id, ten.collected, {});
    CHECK(serialised(r) == serialised(alone));
  }
}

TEST_CASE("a member whose data have changed since its check is an error", "[joint]") {
  Ten ten;
  ten.run(16, [](Index i) {
    if (i == 0 || i == 3)
      return member_config(i, 9);               // other samples than its neighbours have room for
    if (i == 5) return member_config(i, 4, 7);  // others of the same number
    if (i == 6) return member_config(i, 5000);  // too many to go on with others
    return member_config(i);
  });
  CHECK(ten.ended == 10);
  for (Index i = 0; i < 10; ++i) {
    const auto& r = ten.results[static_cast<std::size_t>(i)];
    CAPTURE(i);
    if (i == 0 || i == 3 || i == 5 || i == 6) {
      CHECK(r.end == MemberEnd::error);
      CHECK(r.message.find("changed since the sweep began") != std::string::npos);
    } else {
      CHECK(r.end == static_cast<int>(Outcome::complete));
    }
  }
  CHECK(run_member(member_config(2, 4, 7), ten.ids[2], ten.collected, {}).end == MemberEnd::error);
}
