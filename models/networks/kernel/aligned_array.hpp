// Uninitialised numbers on a cache line's boundary, as the kernel's vectors need them.
#pragma once
#include <cstddef>
#include <memory>
#include <new>

namespace thalweg::mlp_kernel {

template <class T>
class AlignedArray {
 public:
  AlignedArray() = default;
  explicit AlignedArray(std::ptrdiff_t n) : size_(n) {
    constexpr std::ptrdiff_t line = 64;
    const std::size_t bytes = static_cast<std::size_t>(n) * sizeof(T) + line;
    data_.reset(static_cast<T*>(::operator new (bytes, std::align_val_t{line})));
  }

  [[nodiscard]] T* data() const { return data_.get(); }
  [[nodiscard]] std::ptrdiff_t size() const { return size_; }

  /// Room for n numbers; the content is lost when it has to grow.
  T* reserve(std::ptrdiff_t n) {
    if (n > size_) *this = AlignedArray(n);
    return data();
  }

 private:
  struct Free {
    void operator()(T* p) const { ::operator delete (p, std::align_val_t{64}); }
  };
  std::unique_ptr<T, Free> data_;
  std::ptrdiff_t size_ = 0;
};

}  // namespace thalweg::mlp_kernel
