// Work arrays of functions that are called often.
#pragma once
#include <thalweg/core/types.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace thalweg {

/// n numbers for the length of a call, of no particular value. The thread keeps them for the next
/// call, which allocates nothing. Unlike a thread_local array they stay the caller's own where a
/// call of the same function begins before this one ends: below it, or in another motion while
/// this one waits for its gradient.
class Scratch {
 public:
  explicit Scratch(Index n) : room_(take()) { room_->resize(n); }
  ~Scratch() { idle().push_back(std::move(room_)); }  // `take` made the room
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] Vec& operator*() const { return *room_; }
  [[nodiscard]] Vec* operator->() const { return room_.get(); }

 private:
  static std::vector<std::unique_ptr<Vec>>& idle() {
    thread_local std::vector<std::unique_ptr<Vec>> rooms;
    return rooms;
  }
  static std::unique_ptr<Vec> take() {
    auto& rooms = idle();
    if (!rooms.empty()) {
      auto room = std::move(rooms.back());
      rooms.pop_back();
      return room;
    }
    thread_local std::size_t made = 0;
    rooms.reserve(++made);
    return std::make_unique<Vec>();
  }

  std::unique_ptr<Vec> room_;
};

}  // namespace thalweg
