#include <thalweg/run/start_from.hpp>

#include <thalweg/core/error.hpp>
#include <thalweg/io/h5.hpp>
#include <thalweg/io/table_reader.hpp>

namespace thalweg {

namespace {

// What cannot be opened is a mistake of the configuration, which names it.
template <class F>
auto opened(F&& body) {
  try {
    return body();
  } catch (const IoError& e) {
    throw ConfigError(std::string(e.what()) +
                      "; name the directory of a run, or a dataset \"file.h5:/path\"");
  }
}

}  // namespace

Vec stored_state(const std::string& from) {
  const bool dataset = from.find(".h5:") != std::string::npos;
  const auto table =
      opened([&] { return read_table(dataset ? from : from + "/result.h5:/final/state"); });
  return Eigen::Map<const Vec>(table.values.data(), static_cast<Index>(table.values.size()));
}

std::string stored_run_id(const std::string& from) {
  const auto dataset = from.find(".h5:");
  const auto file =
      dataset == std::string::npos ? from + "/result.h5" : from.substr(0, dataset + 3);
  const auto alone = h5::lock_library();
  const auto stored = opened([&] { return h5::File::open(file); });
  if (!stored.exists("/provenance")) return {};
  const auto id = stored.attribute("/provenance", "run_id");
  const auto* text = id ? std::get_if<std::string>(&*id) : nullptr;
  return text ? *text : "";
}

}  // namespace thalweg
