// What every model that learns can tell about itself: accuracy where there are classes, loss and
// accuracy on the held-out samples where there are any.
#pragma once
#include <thalweg/core/observable.hpp>
#include <thalweg/models/datasets/dataset.hpp>

#include <functional>

namespace thalweg {

/// Functions of the parameters; each must own what it needs. Those that the data set has no use for
/// may be empty.
struct Scores {
  std::function<double(In q)> accuracy{}, test_loss{}, test_accuracy{};
};

Observables learning_observables(const Dataset& data, Scores scores);

/// Share of rows of F, shape (n, C), whose largest entry is at the label.
double share_correct(const Samples& F, const std::vector<int>& labels);

}  // namespace thalweg
