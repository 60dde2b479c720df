// Functions that stop in the middle of a call, in turns.
#include <array>
#include <memory>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <thalweg/config/config.hpp>
#include <thalweg/core/scratch.hpp>
#include <thalweg/sweep/fiber.hpp>
#include <thalweg/sweep/joint_members.hpp>

#include "../../support/catch.hpp"

using thalweg::Fiber;

TEST_CASE("fibers go on where they waited, in the order in which they are resumed", "[fiber]") {
  std::string story;
  std::vector<std::unique_ptr<Fiber>> fibers;
  for (int i = 0; i < 3; ++i)
    fibers.push_back(std::make_unique<Fiber>([&, i] {
      for (int turn = 0; turn <= i; ++turn) {
        story += std::to_string(i) + std::to_string(turn) + " ";
        fibers[static_cast<std::size_t>(i)]->wait();
      }
    }));
  CHECK(story.empty());
  int resumed = 0;
  for (int round = 0; round < 4; ++round)
    for (auto& f : fibers)
      if (!f->finished()) {
        f->resume();
        ++resumed;
      }
  CHECK(story == "00 10 20 11 21 22 ");
  CHECK(resumed == 2 + 3 + 4);
  for (const auto& f : fibers) CHECK(f->finished());
}

TEST_CASE("a fiber that never began is no harm", "[fiber]") {
  bool ran = false;
  {
    const Fiber idle([&] { ran = true; });
  }
  CHECK_FALSE(ran);
}

TEST_CASE("exceptions and objects of a fiber are its own", "[fiber]") {
  std::unique_ptr<Fiber> first, second;
  std::string caught[2];
  const auto body = [&](std::unique_ptr<Fiber>& self, std::size_t i) {
    const auto waits_and_throws = [&](int depth, const auto& again) -> void {
      std::array<double, 256> local{};
      std::iota(local.begin(), local.end(), static_cast<double>(depth));
      self->wait();
      CHECK(std::accumulate(local.begin(), local.end(), 0.0) == 256.0 * depth + 255.0 * 128.0);
      if (depth == 20) throw std::runtime_error("from " + std::to_string(i));
      again(depth + 1, again);
    };
    try {
      waits_and_throws(0, waits_and_throws);
    } catch (const std::exception& e) {
      caught[i] = e.what();
    }
    self->wait();
  };
  first = std::make_unique<Fiber>([&] { body(first, 0); });
  second = std::make_unique<Fiber>([&] { body(second, 1); });
  while (!first->finished() || !second->finished())
    for (auto* f : {&first, &second})
      if (!(*f)->finished()) (*f)->resume();
  CHECK(caught[0] == "from 0");
  CHECK(caught[1] == "from 1");
}

// What thread_local arrays would get wrong.
TEST_CASE("work arrays stay their caller's while another fiber uses the same function", "[fiber]") {
  std::vector<std::unique_ptr<Fiber>> fibers;
  std::vector<double> sums(3);
  const auto f = [&](std::size_t i) {
    const thalweg::Scratch x(10 + static_cast<thalweg::Index>(i));
    x->setConstant(static_cast<double>(i));
    fibers[i]->wait();
    sums[i] = x->sum();
  };
  for (std::size_t i = 0; i < 3; ++i) fibers.push_back(std::make_unique<Fiber>([&f, i] { f(i); }));
  for (int round = 0; round < 2; ++round)
    for (auto& fiber : fibers) fiber->resume();
  CHECK(sums == std::vector<double>{0.0, 11.0, 24.0});
  // Of those that were given back, which calls after it take again.
  const double* given = nullptr;
  {
    const thalweg::Scratch again(4);
    CHECK(again->size() == 4);
    given = again->data();
  }
  std::vector<thalweg::Vec> others(32);  // memory that was let go is theirs
  for (auto& v : others) v.resize(4);
  const thalweg::Scratch first(4), second(4);
  CHECK(first->data() == given);
  CHECK(second->data() != given);
}

TEST_CASE("members that go on together end with the first that cannot be kept", "[fiber]") {
  const auto config = thalweg::Config::from_text(
      "model = { name = \"mlp\", hidden = [3], data = { name = \"noisy_sine\", samples = 5 } }\n"
      "dynamics = { name = \"gradient_descent\" }\ntime = { steps = 20 }\n",
      "test");
  const std::vector<thalweg::Collected> nothing;
  const auto checked = thalweg::check_member(config, &nothing);
  const std::vector<thalweg::MemberId> ids(40, checked.id);
  const auto run = [&](thalweg::Index keeps) {
    thalweg::Index begun = 0, kept = 0, refused = 0;
    const auto all = [&] {
      thalweg::run_joint_members(
          {.shape = checked.joint_shape,
           .next = [&]() -> std::optional<thalweg::Index> {
             return begun < 40 ? std::optional(begun++) : std::nullopt;
           },
           .config = [&](thalweg::Index) { return config; },
           .done =
               [&](thalweg::Index place, thalweg::Index, const thalweg::MemberResult& result) {
                 CHECK(result.accepted == 20);
                 CHECK((place >= 0 && place < thalweg::most_joint_members));
                 if (kept == keeps) {
                   ++refused;
                   throw std::runtime_error("the disk is full");
                 }
                 ++kept;
               },
           .options = [](thalweg::Index) { return thalweg::MemoryRunOptions{}; },
           .most = thalweg::most_joint_members},
          ids, nothing);
    };
    if (keeps < 40) {
      CHECK_THROWS_WITH(all(), "the disk is full");
      CHECK(refused == 1);
      CHECK(begun <= keeps + thalweg::most_joint_members);
    } else {
      all();
    }
    CHECK(kept == keeps);
  };
  run(40);
  run(3);
}
