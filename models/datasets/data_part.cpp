#include <thalweg/models/catalogue.hpp>
#include <thalweg/models/datasets/data_part.hpp>

namespace thalweg {

void DataPart::fields(Fields& f) {
  part<Dataset>(f, "data", name, datasets(), "samples to learn from", [this](Dataset&& made) {
    data = std::make_shared<const Dataset>(std::move(made));
  });
}

}  // namespace thalweg
