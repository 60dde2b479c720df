// Layout: groups reals, integers and texts with one dataset per entry; an entry "a/b" of the
// archive lies in a sub-group. Vectors name their axis by its length, so that netCDF readers open
// them.
#include <thalweg/core/error.hpp>
#include <thalweg/io/checkpoint.hpp>
#include <thalweg/io/durable_file.hpp>
#include <thalweg/io/h5.hpp>
#include <thalweg/io/provenance.hpp>

#include <filesystem>
#include <span>

namespace thalweg {
namespace {

namespace fs = std::filesystem;
const char* const format = "thalweg-checkpoint-1";

std::string newest(const std::string& run, const std::string& name) {
  return (fs::path(run) / "checkpoint" / (name + ".h5")).string();
}
std::string previous(const std::string& run, const std::string& name) {
  return (fs::path(run) / "checkpoint" / (name + ".previous.h5")).string();
}

template <class T>
std::string hash_of(const std::vector<T>& values) {
  return sha256({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)});
}

/// Over all names and bits.
std::string hash_of(const Archive& archive) {
  std::string all;
  const auto add = [&](char kind, const std::string& key, const std::string& digest) {
    all += kind + std::to_string(key.size()) + ":" + key + digest;
  };
  for (const auto& [key, v] : archive.reals) add('r', key, hash_of(v));
  for (const auto& [key, v] : archive.integers) add('i', key, hash_of(v));
  for (const auto& [key, text] : archive.texts) add('t', key, sha256(text));
  return sha256(all);
}

std::string prepare(h5::File& file, const std::string& group, const std::string& key) {
  const std::string dataset = group + "/" + key;
  if (key.empty() || key.front() == '/' || key.back() == '/' ||
      key.find("//") != std::string::npos || key.find('\0') != std::string::npos ||
      file.exists(dataset))
    throw IoError("\"" + key + "\" cannot be the name of a checkpoint entry: it is empty, has an " +
                  "empty part or contains another entry");
  file.create_group(dataset.substr(0, dataset.rfind('/')));
  return dataset;
}

template <class T>
void write_numbers(h5::File& file, const std::string& group, h5::Type type,
                   const std::map<std::string, std::vector<T>>& entries) {
  file.create_group(group);
  for (const auto& [key, values] : entries) {
    const std::string dataset = prepare(file, group, key);
    const auto n = static_cast<Index>(values.size());
    file.create(dataset, type, n == 1 ? h5::Shape{} : h5::Shape{n});
    file.write(dataset, std::span<const T>(values));
    if (n == 1) continue;
    const std::string axis = group + "/n" + std::to_string(n);
    if (!file.exists(axis)) file.create_dimension(axis, n);
    file.attach_scale(dataset, 0, axis);
  }
}

void write(h5::File& file, const Archive& archive, const std::string& config_sha256) {
  file.set_attribute("/", "format", format);
  file.set_attribute("/", "source", source_version());
  file.set_attribute("/", "date_created", utc_now());
  file.set_attribute("/", "config_sha256", config_sha256);
  file.set_attribute("/", "content_sha256", hash_of(archive));
  write_numbers(file, "/reals", h5::Type::real, archive.reals);
  write_numbers(file, "/integers", h5::Type::integer, archive.integers);
  file.create_group("/texts");
  for (const auto& [key, text] : archive.texts) {
    if (text.find('\0') != std::string::npos)
      throw IoError("the checkpoint text \"" + key + "\" contains a zero byte");
    const std::string dataset = prepare(file, "/texts", key);
    file.create(dataset, h5::Type::text, {});
    file.write(dataset, std::span<const std::string>(&text, 1));
  }
}

template <class Take>
void for_each_dataset(const h5::File& file, const std::string& group, const std::string& prefix,
                      Take take) {
  for (const auto& name : file.datasets(group))
    if (!file.is_bare_dimension(group + "/" + name)) take(prefix + name, group + "/" + name);
  for (const auto& name : file.groups(group))
    for_each_dataset(file, group + "/" + name, prefix + name + "/", take);
}

Checkpoint read(const std::string& path) {
  const auto file = h5::File::open(path);
  const auto text = [&](const char* name) {
    const auto value = file.attribute("/", name);
    const auto* s = value ? std::get_if<std::string>(&*value) : nullptr;
    return s ? *s : std::string();
  };
  if (text("format") != format)
    throw IoError(path + ": its format is \"" + text("format") + "\" but this program reads " +
                  format);
  Checkpoint c;
  c.config_sha256 = text("config_sha256");
  for_each_dataset(file, "/reals", "", [&](const std::string& key, const std::string& dataset) {
    c.archive.reals[key] = file.read(dataset);
  });
  for_each_dataset(file, "/integers", "", [&](const std::string& key, const std::string& dataset) {
    c.archive.integers[key] = file.read_integers(dataset);
  });
  for_each_dataset(file, "/texts", "", [&](const std::string& key, const std::string& dataset) {
    c.archive.texts[key] = file.read_texts(dataset).at(0);
  });
  if (hash_of(c.archive) != text("content_sha256"))
    throw IoError(path + " is damaged: its contents do not match their SHA-256");
  return c;
}

bool usable(const std::string& path) {
  try {
    (void)read(path);
    return true;
  } catch (const IoError&) {
    return false;
  }
}

}  // namespace

void Checkpoint::require_config(const std::string& sha256) const {
  if (sha256 != config_sha256)
    throw ConfigError("the checkpoint was written for another configuration (SHA-256 " +
                      config_sha256.substr(0, 12) + ", now " + sha256.substr(0, 12) +
                      "): resume with the configuration of the run, or start a new run");
}

void save_checkpoint(const std::string& run_directory, const Archive& archive,
                     const std::string& config_sha256, const std::string& name) {
  const std::string path = newest(run_directory, name), temporary = temporary_name(path);
  fs::create_directories(fs::path(path).parent_path());
  try {
    auto file = h5::File::create(temporary);
    write(file, archive, config_sha256);
    file.close();
    (void)read(temporary);
    sync_file(temporary);
    // A damaged file must not push out the good one that the run was resumed from.
    if (usable(path)) fs::rename(path, previous(run_directory, name));
    publish_file(temporary, path);
  } catch (...) {
    discard_file(temporary);
    throw;
  }
}

void remove_checkpoint(const std::string& run_directory, const std::string& name) {
  std::error_code ignored;  // what stays is refused or replaced by the next command
  fs::remove(newest(run_directory, name), ignored);
  fs::remove(previous(run_directory, name), ignored);
  fs::remove(fs::path(run_directory) / "checkpoint", ignored);  // when nothing else is in it
}

bool has_checkpoint(const std::string& run_directory, const std::string& name) {
  return fs::exists(newest(run_directory, name)) || fs::exists(previous(run_directory, name));
}

Checkpoint load_checkpoint(const std::string& run_directory, const std::string& name) {
  const std::string path = newest(run_directory, name), older = previous(run_directory, name);
  const bool two = fs::exists(older);
  if (!two && !fs::exists(path))
    throw IoError(run_directory + " has no checkpoint: the run cannot be resumed");
  try {
    return read(path);
  } catch (const IoError& e) {
    if (!two) throw;
    Checkpoint c = read(older);
    c.warning = std::string(e.what()) + "; resuming from the checkpoint before it";
    return c;
  }
}

}  // namespace thalweg
