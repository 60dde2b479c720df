#include <thalweg/sweep/fiber.hpp>

#include <boost/context/fiber.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>
#include <utility>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

namespace thalweg {

namespace {

namespace context = boost::context;

struct Stack {
  const void* bottom = nullptr;
  std::size_t size = 0;
};

// What the address sanitizer must know of a change of stacks; nothing in other builds.
// `kept`: where the stack that is left keeps its state, null when it is left for good.
void leave([[maybe_unused]] void** kept, [[maybe_unused]] const Stack& to) {
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_start_switch_fiber(kept, to.bottom, to.size);
#endif
}
// `from`: gets the stack that was left.
void arrive([[maybe_unused]] void* kept, [[maybe_unused]] Stack* from) {
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(kept, from ? &from->bottom : nullptr,
                                  from ? &from->size : nullptr);
#endif
}

constexpr std::size_t stack_bytes = std::size_t{4} << 20;  // taken from memory as it is used

}  // namespace

class Fiber::Implementation {
 public:
  explicit Implementation(std::function<void()> body)
      : body_(std::move(body)),
        fiber_(std::allocator_arg, Allocator{&inside_}, [this](context::fiber&& caller) {
          arrive(nullptr, &outside_);
          caller_ = std::move(caller);
          body_();
          leave(nullptr, outside_);
          return std::move(caller_);
        }) {}

  void resume() {
    void* kept = nullptr;
    leave(&kept, inside_);
    fiber_ = std::move(fiber_).resume();
    arrive(kept, nullptr);
  }
  void wait() {
    void* kept = nullptr;
    leave(&kept, outside_);
    caller_ = std::move(caller_).resume();
    arrive(kept, &outside_);
  }
  [[nodiscard]] bool finished() const { return !fiber_; }

 private:
  // A page that nobody may touch ends the stack.
  struct Allocator {
    Stack* stack;
    context::protected_fixedsize_stack pages{stack_bytes};
    context::stack_context allocate() {
      const auto made = pages.allocate();
      *stack = {static_cast<const char*>(made.sp) - made.size, made.size};
      return made;
    }
    void deallocate(context::stack_context& made) noexcept { pages.deallocate(made); }
  };

  std::function<void()> body_;
  Stack inside_, outside_;
  context::fiber caller_, fiber_;
};

Fiber::Fiber(std::function<void()> body)
    : implementation_(std::make_unique<Implementation>(std::move(body))) {}
Fiber::~Fiber() = default;
void Fiber::resume() { implementation_->resume(); }
bool Fiber::finished() const { return implementation_->finished(); }
void Fiber::wait() { implementation_->wait(); }

}  // namespace thalweg
