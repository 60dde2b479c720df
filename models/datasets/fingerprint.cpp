#include <thalweg/models/datasets/fingerprint.hpp>

#include <thalweg/io/provenance.hpp>

namespace thalweg {

std::string fingerprint(const Dataset& data) {
  std::string digests;
  for (const Samples* table : {&data.X, &data.Y, &data.X_test, &data.Y_test})
    digests += sha256({reinterpret_cast<const char*>(table->data()),
                       static_cast<std::size_t>(table->size()) * sizeof(double)});
  return sha256(digests);
}

}  // namespace thalweg
