#include <thalweg/models/networks/learning_observables.hpp>

namespace thalweg {

Observables learning_observables(const Dataset& data, Scores scores) {
  Observables all;
  const auto add = [&](const char* name, const char* long_name, const char* comment,
                       std::function<double(In)> score) {
    all.push_back({{.name = name, .long_name = long_name, .comment = comment},
                   [score = std::move(score)](In q, double, Out out) { out[0] = score(q); }});
  };
  const bool test = data.X_test.rows() > 0;
  if (data.classification())
    add("accuracy", "training accuracy",
        "share of training samples whose largest output is their "
        "label",
        std::move(scores.accuracy));
  if (test)
    add("test_loss", "test loss", "scale times the mean loss of the held-out samples, without l2",
        std::move(scores.test_loss));
  if (test && data.classification())
    add("test_accuracy", "test accuracy",
        "share of held-out samples whose largest output is their "
        "label",
        std::move(scores.test_accuracy));
  return all;
}

double share_correct(const Samples& F, const std::vector<int>& labels) {
  Index correct = 0;
  for (Index i = 0; i < F.rows(); ++i) {
    Index largest = 0;
    F.row(i).maxCoeff(&largest);
    correct += largest == labels[static_cast<std::size_t>(i)] ? 1 : 0;
  }
  return static_cast<double>(correct) / static_cast<double>(F.rows());
}

}  // namespace thalweg
