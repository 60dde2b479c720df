// MlpEvaluator's calls in one precision: samples packed once, blocks shared by threads, work arrays
// borrowed by calls, sums in fixed order. Only mlp_evaluate.cpp includes this.
#pragma once
#include <thalweg/core/parallel.hpp>

#include <algorithm>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

#include "chunk_sums.hpp"
#include "mlp_evaluate.hpp"
#include "mlp_packing.hpp"
#include "mlp_workspace.hpp"

namespace thalweg::mlp_kernel {

// Chunk gradients of several directions at once take at most this much memory.
inline constexpr Index direction_bytes = Index{64} << 20;
// Bytes of one feature over the part of a block that a Hessian product takes at once, 64 samples in
// double, so that its six arrays stay in the L2 cache.
inline constexpr Index tangent_bytes = 512;

class MlpEvaluator::Implementation {
 public:
  Implementation(MlpShape shape, const Kernels& kernels, Index n)
      : shape_(std::move(shape)), kernels_(kernels), n_parameters_(shape_.n_parameters()), n_(n) {}
  virtual ~Implementation() = default;

  [[nodiscard]] const MlpShape& shape() const { return shape_; }
  [[nodiscard]] const Kernels& kernels() const { return kernels_; }
  [[nodiscard]] Index n_samples() const { return n_; }

  virtual double value(const double* theta) const = 0;
  virtual double value(const double* theta, const MlpSamples& samples) const = 0;
  virtual double value_and_gradient(const double* theta, double* g) const = 0;
  virtual double value_and_gradient(const double* theta, const Index* batch, Index m,
                                    double* g) const = 0;
  virtual PrimalPass* primal_pass(const double* theta, std::size_t cache_bytes) const = 0;
  virtual void release(PrimalPass* pass) const noexcept = 0;
  virtual void gradient(const PrimalPass& pass, double* g) const = 0;
  virtual void product(const PrimalPass& pass, Matrix matrix, const double* V, Index v_stride,
                       double* MV, Index mv_stride, Index k) const = 0;
  virtual void hvp_once(const double* theta, const double* V, Index v_stride, double* HV,
                        Index hv_stride, Index k) const = 0;
  virtual void third(const double* theta, const double* u, const double* V, Index v_stride,
                     double* TUV, Index t_stride, Index k) const = 0;
  virtual void outputs(const double* theta, const double* x, Index n, double* f) const = 0;
  virtual double accuracy(const double* theta, const MlpSamples* samples) const = 0;
  [[nodiscard]] virtual bool has_labels() const = 0;

 protected:
  MlpShape shape_;
  const Kernels& kernels_;
  Index n_parameters_, n_;
};

struct MlpEvaluator::PrimalPass {
  virtual ~PrimalPass() = default;
  double value = 0;
  bool cached = false;
};

template <class T>
struct KeptPass : MlpEvaluator::PrimalPass {
  AlignedArray<T> theta;
  PrimalArrays<T> arrays;
};

// Objects that calls borrow and give back, so that only the first of them allocates.
template <class X>
class Shelf {
 public:
  std::unique_ptr<X> take() const {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) {
      idle_.reserve(++made_);
      return std::make_unique<X>();
    }
    std::unique_ptr<X> x = std::move(idle_.back());
    idle_.pop_back();
    return x;
  }
  void give_back(std::unique_ptr<X> x) const noexcept {  // `take` made the room
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(x));
  }

 private:
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<X>> idle_;
  mutable std::size_t made_ = 0;
};

template <class T>
class Evaluation final : public MlpEvaluator::Implementation {
  using PrimalPass = MlpEvaluator::PrimalPass;

 public:
  Evaluation(MlpShape shape, const MlpSamples& samples, const Kernels& kernels,
             const Functions<T>& functions)
      : Implementation(std::move(shape), kernels, samples.n),
        functions_(functions),
        plan_(plan(samples.n)),
        data_(shape_, functions.tile, plan_.tiles) {
    for (const Index width : shape_.widths)
      strides_.push_back(tile_stride<T>(width, functions.tile));
    with_targets(samples, [&](const auto& y) {
      data_.pack(shape_, 0, n_, plan_.tiles, weight(n_), x_rows(samples.x), y);
    });
    if (samples.labels) labels_.assign(samples.labels, samples.labels + n_);
  }

  double value(const double* theta) const override {
    const Call call(*this, theta);
    return sum_blocks(call, plan_, Needs::forward, packed(), value_of(call));
  }

  double value(const double* theta, const MlpSamples& samples) const override {
    const Call call(*this, theta);
    double total = 0;
    with_targets(samples, [&](const auto& y) {
      total = sum_blocks(call, plan(samples.n), Needs::forward,
                         gathered(samples.n, x_rows(samples.x), y), value_of(call));
    });
    return total;
  }

  double value_and_gradient(const double* theta, double* g) const override {
    return sum_gradients(theta, plan_, packed(), g);
  }

  double value_and_gradient(const double* theta, const Index* batch, Index m,
                            double* g) const override {
    const BatchRows<T> x = {data_.x.data(), data_.x_stride, functions_.tile, batch};
    const BatchRows<T> y = {data_.y.data(), data_.y_stride, functions_.tile, batch};
    return sum_gradients(theta, plan(m), gathered(m, x, y), g);
  }

  PrimalPass* primal_pass(const double* theta, std::size_t cache_bytes) const override {
    std::unique_ptr<KeptPass<T>> pass = passes_.take();
    T* const own_theta = pass->theta.reserve(n_parameters_);
    for (Index i = 0; i < n_parameters_; ++i) own_theta[i] = static_cast<T>(theta[i]);
    Index numbers = 0;
    for (std::size_t l = 1; l < strides_.size(); ++l) numbers += 4 * strides_[l] * plan_.tiles;
    pass->cached = static_cast<std::size_t>(numbers) * sizeof(T) <= cache_bytes;
    const Call call(*this, static_cast<const T*>(own_theta));
    if (pass->cached) {
      for (LayerArrays<T>* arrays :
           {&pass->arrays.a, &pass->arrays.d, &pass->arrays.delta, &pass->arrays.c})
        arrays->reserve(strides_, plan_.tiles);
      pass->value = sum_blocks(call, plan_, Needs::tangent, packed(),
                               [&](const Block<T>& block, Workspace<T>& work, const Place& place) {
                                 return functions_.linearise(
                                     call.net, block, work.at_tile(pass->arrays, place.first_tile));
                               });
    } else {
      pass->value = sum_blocks(call, plan_, Needs::forward, packed(), value_of(call));
    }
    return pass.release();
  }

  void release(PrimalPass* pass) const noexcept override {
    passes_.give_back(std::unique_ptr<KeptPass<T>>(static_cast<KeptPass<T>*>(pass)));
  }

  void gradient(const PrimalPass& any_pass, double* g) const override {
    const auto& pass = static_cast<const KeptPass<T>&>(any_pass);
    const Call call(*this, static_cast<const T*>(pass.theta.data()));
    T* const results = call.space->chunk_results.reserve(plan_.chunks * n_parameters_);
    sum_blocks(call, plan_, Needs::tangent, packed(),
               [&](const Block<T>& block, Workspace<T>& work, const Place& place) {
                 const Primal at = primal(pass.cached ? &pass : nullptr, call, block, work, place);
                 functions_.gradient(call.net, block, work.at_tile(at.arrays, at.tile),
                                     results + place.chunk * n_parameters_, place.add);
                 return 0.0;
               });
    sum_chunks(results, n_parameters_, plan_.chunks, n_parameters_, g);
  }

  void product(const PrimalPass& any_pass, Matrix matrix, const double* V, Index v_stride,
               double* MV, Index mv_stride, Index k) const override {
    const auto& pass = static_cast<const KeptPass<T>&>(any_pass);
    const Call call(*this, static_cast<const T*>(pass.theta.data()));
    products(call, pass.cached ? &pass : nullptr, matrix, V, v_stride, MV, mv_stride, k);
  }

  void hvp_once(const double* theta, const double* V, Index v_stride, double* HV, Index hv_stride,
                Index k) const override {
    products(Call(*this, theta), nullptr, Matrix::hessian, V, v_stride, HV, hv_stride, k);
  }

  void third(const double* theta, const double* u, const double* V, Index v_stride, double* TUV,
             Index t_stride, Index k) const override {
    const Call call(*this, theta);
    const T* along_u;
    if constexpr (std::is_same_v<T, double>) {
      along_u = u;
    } else {
      T* const own = call.space->fixed_direction.reserve(n_parameters_);
      for (Index i = 0; i < n_parameters_; ++i) own[i] = static_cast<T>(u[i]);
      along_u = own;
    }
    in_groups(call, Needs::third, V, v_stride, TUV, t_stride, k,
              [&](const Block<T>& block, Workspace<T>& work, const Place& place,
                  const Directions& v, Index count, const auto& result) {
                functions_.linearise_twice(call.net, block, work.third_arrays(0));
                for_parts(block, [&](const Block<T>& part, Index begin, bool later) {
                  const Activity<T> at = work.third_arrays(begin);
                  const FullTangent<T> tu = work.along_u.arrays(), tv = work.along_v.arrays();
                  functions_.tangent(call.net, part, at, along_u, tu);
                  for (Index j = 0; j < count; ++j) {
                    functions_.tangent(call.net, part, at, v(j), tv);
                    functions_.third_product(call.net, part, at, along_u, tu, v(j), tv,
                                             work.tangent_arrays(), result(j), place.add || later);
                  }
                });
              });
  }

  void outputs(const double* theta, const double* x, Index n, double* f) const override {
    const Call call(*this, theta);
    const auto write = [&](const Block<T>& block, Workspace<T>& work, const Place& place) {
      functions_.forward(call.net, block, work.gradient_arrays());
      for_each_sample(block, work, place, n, [&](Index s, const T* output) {
        for (Index o = 0; o < shape_.outputs(); ++o)
          f[s * shape_.outputs() + o] = static_cast<double>(output[o * functions_.tile]);
      });
      return 0.0;
    };
    if (x)
      sum_blocks(call, plan(n), Needs::forward, gathered(n, x_rows(x), no_targets), write);
    else
      sum_blocks(call, plan_, Needs::forward, packed(), write);
  }

  double accuracy(const double* theta, const MlpSamples* samples) const override {
    const Call call(*this, theta);
    const Index n = samples ? samples->n : n_;
    const int* const labels = samples ? samples->labels : labels_.data();
    const auto count_hits = [&](const Block<T>& block, Workspace<T>& work, const Place& place) {
      functions_.forward(call.net, block, work.gradient_arrays());
      double hits = 0;
      for_each_sample(block, work, place, n, [&](Index s, const T* output) {
        hits += predicted_class(output) == labels[s] ? 1 : 0;
      });
      return hits;
    };
    const double hits = samples
                            ? sum_blocks(call, plan(n), Needs::forward,
                                         gathered(n, x_rows(samples->x), no_targets), count_hits)
                            : sum_blocks(call, plan_, Needs::forward, packed(), count_hits);
    return hits / static_cast<double>(n);
  }

  [[nodiscard]] bool has_labels() const override { return !labels_.empty(); }

 private:
  static constexpr Rows<double> no_targets = {nullptr, 0};

  // A borrowed set of work arrays and the network at theta.
  struct Call {
    const Evaluation& owner;
    std::unique_ptr<CallSpace<T>> space;
    Net<T> net;

    template <class S>
    Call(const Evaluation& evaluation, const S* theta)
        : owner(evaluation),
          space(evaluation.spaces_.take()),
          net{static_cast<Index>(evaluation.shape_.widths.size()) - 1,
              evaluation.shape_.widths.data(),
              evaluation.strides_.data(),
              evaluation.shape_.activation,
              evaluation.shape_.loss,
              evaluation.shape_.bias,
              nullptr} {
      if constexpr (std::is_same_v<S, T>) {
        net.theta = theta;
      } else {
        T* const converted = space->theta.reserve(owner.n_parameters_);
        for (Index i = 0; i < owner.n_parameters_; ++i) converted[i] = static_cast<T>(theta[i]);
        net.theta = converted;
      }
    }
    ~Call() { owner.spaces_.give_back(std::move(space)); }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
  };

  struct Place {
    Index chunk, first_tile;
    bool add;  // not the first block of its chunk
  };

  struct Directions {
    const T* data;
    Index stride;
    [[nodiscard]] const T* operator()(Index j) const { return data + j * stride; }
  };

  [[nodiscard]] Index tiles_of(Index bytes_of_feature) const {
    const Index tile_bytes = functions_.tile * static_cast<Index>(sizeof(T));
    return std::max<Index>(1, bytes_of_feature / tile_bytes);
  }
  [[nodiscard]] Index tangent_tiles() const { return tiles_of(tangent_bytes); }
  [[nodiscard]] Plan plan(Index n) const { return {n, functions_.tile, tiles_of(block_bytes)}; }

  [[nodiscard]] T weight(Index n) const {
    return static_cast<T>(shape_.scale / static_cast<double>(n));
  }

  [[nodiscard]] Rows<double> x_rows(const double* x) const { return {x, shape_.inputs()}; }

  template <class F>
  void with_targets(const MlpSamples& samples, F f) const {
    if (shape_.loss == Loss::mse)
      f(Rows<double>{samples.targets, shape_.outputs()});
    else
      f(Rows<int>{samples.labels, 1});
  }

  // Where a plan's blocks come from: the packed data set,
  struct Packed {
    const Evaluation& owner;
    void reserve(Workspace<T>&, Index) const {}
    Block<T> operator()(Workspace<T>&, Index first_tile, Index tiles) const {
      return owner.data_.block(first_tile, tiles);
    }
  };
  [[nodiscard]] Packed packed() const { return {*this}; }

  // or n rows, packed block by block.
  template <class XRows, class YRows>
  struct Gathered {
    const Evaluation& owner;
    Index n;
    XRows x;
    YRows y;
    void reserve(Workspace<T>& work, Index tiles) const {
      work.reserve_batch(owner.shape_, owner.functions_.tile, tiles);
    }
    Block<T> operator()(Workspace<T>& work, Index first_tile, Index tiles) const {
      work.batch->pack(owner.shape_, first_tile * owner.functions_.tile, n, tiles, owner.weight(n),
                       x, y);
      return work.batch->block(0, tiles);
    }
  };
  template <class XRows, class YRows>
  [[nodiscard]] Gathered<XRows, YRows> gathered(Index n, XRows x, YRows y) const {
    return {*this, n, x, y};
  }

  // Sum over all blocks of f(block, workspace, place), in the plan's order.
  template <class Source, class F>
  double sum_blocks(const Call& call, const Plan& plan, Needs needs, const Source& source,
                    F f) const {
    CallSpace<T>& space = *call.space;
    const auto n_workers = static_cast<std::size_t>(threads());
    if (space.workers.size() < n_workers) space.workers.resize(n_workers);
    // Here, not in the workers: whether a worker gets a chunk is up to the scheduler.
    for (std::size_t w = 0; w < n_workers; ++w) {
      space.workers[w].reserve(strides_, plan.most_tiles_in_block(), tangent_tiles(), needs);
      source.reserve(space.workers[w], plan.most_tiles_in_block());
    }
    space.chunk_sums.resize(
        std::max(space.chunk_sums.size(), static_cast<std::size_t>(plan.chunks)));
    parallel_for(plan.chunks, [&](Index chunk, int worker) {
      Workspace<T>& work = space.workers[static_cast<std::size_t>(worker)];
      double sum = 0;
      const Index first = plan.first_block(chunk);
      for (Index block = first; block < plan.first_block(chunk + 1); ++block) {
        const Index tile = plan.first_tile(block), tiles = plan.first_tile(block + 1) - tile;
        sum += f(source(work, tile, tiles), work, Place{chunk, tile, block > first});
      }
      space.chunk_sums[static_cast<std::size_t>(chunk)] = sum;
    });
    double total = 0;
    for (Index chunk = 0; chunk < plan.chunks; ++chunk)
      total += space.chunk_sums[static_cast<std::size_t>(chunk)];
    return total;
  }

  [[nodiscard]] auto value_of(const Call& call) const {
    return [this, &call](const Block<T>& block, Workspace<T>& work, const Place&) {
      return functions_.value(call.net, block, work.gradient_arrays());
    };
  }

  template <class Source>
  double sum_gradients(const double* theta, const Plan& plan, const Source& source,
                       double* g) const {
    const Call call(*this, theta);
    T* const results = call.space->chunk_results.reserve(plan.chunks * n_parameters_);
    const double loss = sum_blocks(
        call, plan, Needs::gradient, source,
        [&](const Block<T>& block, Workspace<T>& work, const Place& place) {
          return functions_.value_and_gradient(call.net, block, work.gradient_arrays(),
                                               results + place.chunk * n_parameters_, place.add);
        });
    sum_chunks(results, n_parameters_, plan.chunks, n_parameters_, g);
    return loss;
  }

  // out[:, j] = sum over blocks of what f adds to result(j) for direction j of the k in V, in
  // groups whose chunk results fit into memory: f(block, workspace, place, directions, count,
  // result).
  template <class F>
  void in_groups(const Call& call, Needs needs, const double* V, Index v_stride, double* out,
                 Index out_stride, Index k, F f) const {
    const Index per_direction = plan_.chunks * n_parameters_;
    const Index most =
        std::max<Index>(direction_bytes / (per_direction * static_cast<Index>(sizeof(T))), 1);
    T* const results = call.space->chunk_results.reserve(std::min(most, k) * per_direction);
    for (Index first = 0; first < k; first += most) {
      const Index count = std::min(most, k - first);
      const Directions v = directions(*call.space, V + first * v_stride, v_stride, count);
      sum_blocks(call, plan_, needs, packed(),
                 [&](const Block<T>& block, Workspace<T>& work, const Place& place) {
                   f(block, work, place, v, count, [&](Index j) {
                     return results + j * per_direction + place.chunk * n_parameters_;
                   });
                   return 0.0;
                 });
      for (Index j = 0; j < count; ++j)
        sum_chunks(results + j * per_direction, n_parameters_, plan_.chunks, n_parameters_,
                   out + (first + j) * out_stride);
    }
  }

  void products(const Call& call, const KeptPass<T>* pass, Matrix matrix, const double* V,
                Index v_stride, double* MV, Index mv_stride, Index k) const {
    const auto product = matrix == Matrix::hessian        ? functions_.hessian_product
                         : matrix == Matrix::gauss_newton ? functions_.gauss_newton_product
                                                          : functions_.gradient_product;
    in_groups(call, Needs::tangent, V, v_stride, MV, mv_stride, k,
              [&](const Block<T>& block, Workspace<T>& work, const Place& place,
                  const Directions& v, Index count, const auto& result) {
                const Primal at = primal(pass, call, block, work, place);
                for (Index j = 0; j < count; ++j)
                  for_parts(block, [&](const Block<T>& part, Index begin, bool later) {
                    product(call.net, part, work.at_tile(at.arrays, at.tile + begin), v(j),
                            work.tangent_arrays(), result(j), place.add || later);
                  });
              });
  }

  // f(part, its first tile in the block, not the first part) for parts of a block that a tangent
  // pass takes at once.
  template <class F>
  void for_parts(const Block<T>& block, F f) const {
    const Index parts = (block.tiles + tangent_tiles() - 1) / tangent_tiles();
    for (Index part = 0; part < parts; ++part) {
      const Index begin = part * block.tiles / parts, end = (part + 1) * block.tiles / parts;
      f(data_.part(block, begin, end - begin), begin, part > 0);
    }
  }

  // Primal arrays, and the tile in them where the block begins.
  struct Primal {
    const PrimalArrays<T>& arrays;
    Index tile;
  };

  Primal primal(const KeptPass<T>* pass, const Call& call, const Block<T>& block,
                Workspace<T>& work, const Place& place) const {
    if (pass) return {pass->arrays, place.first_tile};
    functions_.linearise(call.net, block, work.at_tile(work.primal, 0));
    return {work.primal, 0};
  }

  Directions directions(CallSpace<T>& space, const double* V, Index stride, Index k) const {
    if constexpr (std::is_same_v<T, double>) {
      return {V, stride};
    } else {
      T* const converted = space.directions.reserve(k * n_parameters_);
      for (Index j = 0; j < k; ++j)
        for (Index i = 0; i < n_parameters_; ++i)
          converted[j * n_parameters_ + i] = static_cast<T>(V[j * stride + i]);
      return {converted, n_parameters_};
    }
  }

  // f(sample, its outputs, which are a tile's size apart) for the real samples of a block.
  template <class F>
  void for_each_sample(const Block<T>& block, Workspace<T>& work, const Place& place, Index n,
                       F f) const {
    const T* const last = work.primal.a.data()[strides_.size() - 1];
    const Index tile = functions_.tile, first = place.first_tile * tile;
    for (Index s = 0; s < std::min(block.tiles * tile, n - first); ++s)
      f(first + s, last + s / tile * strides_.back() + s % tile);
  }

  // -1 if an output is not a number.
  [[nodiscard]] int predicted_class(const T* output) const {
    if (shape_.outputs() == 1) return *output > 0 ? 1 : *output <= 0 ? 0 : -1;
    Index best = 0;
    for (Index o = 0; o < shape_.outputs(); ++o) {
      const T x = output[o * functions_.tile];
      if (x != x) return -1;
      if (x > output[best * functions_.tile]) best = o;
    }
    return static_cast<int>(best);
  }

  const Functions<T>& functions_;
  std::vector<Index> strides_;
  Plan plan_;
  PackedSamples<T> data_;
  std::vector<int> labels_;
  Shelf<CallSpace<T>> spaces_;
  Shelf<KeptPass<T>> passes_;
};

}  // namespace thalweg::mlp_kernel
