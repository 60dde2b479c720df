// A function that can stop in the middle of a call and go on later, on a stack of its own.
#pragma once
#include <functional>
#include <memory>

namespace thalweg {

class Fiber {
 public:
  /// `body` begins at the first `resume` and must not throw. A fiber that has begun must be resumed
  /// until it has finished.
  explicit Fiber(std::function<void()> body);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// From outside: goes on until it waits or has finished. Always on the same thread.
  void resume();
  [[nodiscard]] bool finished() const;
  /// From inside: until the next `resume`.
  void wait();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace thalweg
