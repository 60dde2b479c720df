#include <thalweg/sweep/joint_members.hpp>

#include <algorithm>
#include <exception>
#include <memory>
#include <stdexcept>
#include <thalweg/core/joint_gradients.hpp>
#include <thalweg/core/potential.hpp>
#include <thalweg/sweep/fiber.hpp>
#include <vector>

namespace thalweg {

namespace {

/// Places whose members go on in turns; what they wait for is computed at once.
class Together {
 public:
  Together(const JointMembers& members, const std::vector<MemberId>& ids,
           const std::vector<Collected>& collected)
      : members_(members), ids_(ids), collected_(collected) {}

  void run() {
    // The first place learns from its member how many there are.
    places_.push_back(std::make_shared<Place>(*this, 0));
    places_[0]->fiber.resume();
    for (Index i = 1; joint_ && i < std::min(joint_->places(), most_joint_members); ++i) {
      places_.push_back(std::make_shared<Place>(*this, i));
      places_.back()->fiber.resume();
    }
    std::vector<JointGradients::Call> calls(joint_ ? static_cast<std::size_t>(joint_->places())
                                                   : 0);
    const auto waits = [](const auto& p) { return !p->fiber.finished(); };
    while (std::any_of(places_.begin(), places_.end(), waits)) {
      for (std::size_t i = 0; i < places_.size(); ++i) calls[i] = places_[i]->call;
      evaluate(calls);
      for (std::size_t i = 0; i < places_.size(); ++i) {
        if (!waits(places_[i])) continue;
        places_[i]->call = {.value = calls[i].value};
        places_[i]->fiber.resume();
      }
    }
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  struct Place final : GradientSource {
    Place(Together& all, Index i)
        : together(all), index(i), fiber([this] { together.live(*this); }) {}

    void serve(const AnyPotential& potential) override {
      const auto shape = potential.joint_shape();
      if (!together.joint_) together.joint_ = shape.value().make();
      shape.value().put(*together.joint_, index);
    }
    double value_and_gradient(In q, Out g) override {
      call = {q.data(), g.data()};
      fiber.wait();
      if (together.failure_) throw std::runtime_error("another member has failed");
      return call.value;
    }

    Together& together;
    Index index;
    JointGradients::Call call{};
    Fiber fiber;
  };

  void evaluate(std::vector<JointGradients::Call>& calls) {
    if (failure_) return;
    try {
      joint_->evaluate(calls);
    } catch (...) {
      failure_ = std::current_exception();
    }
  }

  // One member after another at a place.
  void live(Place& place) {
    try {
      const auto options = members_.options(place.index);
      const auto source =
          std::shared_ptr<GradientSource>(std::shared_ptr<GradientSource>(), &place);
      while (!failure_) {
        const auto member = members_.next();
        if (!member) return;
        const auto result =
            run_member(members_.config(*member), ids_[static_cast<std::size_t>(*member)],
                       collected_, options, source);
        if (!failure_) members_.done(*member, place.index, result);
      }
    } catch (...) {
      if (!failure_) failure_ = std::current_exception();
    }
  }

  const JointMembers& members_;
  const std::vector<MemberId>& ids_;
  const std::vector<Collected>& collected_;
  std::vector<std::shared_ptr<Place>> places_;
  std::unique_ptr<JointGradients> joint_;
  std::exception_ptr failure_;
};

}  // namespace

void run_joint_members(const JointMembers& members, const std::vector<MemberId>& ids,
                       const std::vector<Collected>& collected) {
  Together(members, ids, collected).run();
}

}  // namespace thalweg
