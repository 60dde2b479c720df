#include <thalweg/models/datasets/fingerprint.hpp>

#include <thalweg/io/provenance.hpp>

namespace thalweg {

std::string fingerprint(const Dataset& data) {
  std::string bytes;
  for (const Samples* table : {&data.X, &data.Y, &data.X_test, &data.Y_test})
    bytes.append(reinterpret_cast<const char*>(table->data()),
                 static_cast<std::size_t>(table->size()) * sizeof(double));
  return sha256(bytes);
}

}  // namespace thalweg
