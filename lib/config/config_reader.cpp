#include <thalweg/config/config_reader.hpp>

#include <thalweg/config/check_value.hpp>
#include <thalweg/config/toml_text.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/core/names.hpp>

namespace thalweg {

namespace {

// One that says where in the configuration it comes from: tables around it add nothing.
struct PlacedIoError : IoError {
  using IoError::IoError;
};

std::string join(const std::string& path, std::string_view key) {
  return (path.empty() ? "" : path + ".") + toml_key(key);
}

bool is_array_of_tables(const Node& node) {
  if (node.kind != Node::Kind::array) return false;
  for (const auto& item : node.items)
    if (item.kind != Node::Kind::table) return false;
  return true;
}

}  // namespace

ConfigReader::ConfigReader(const Config& config) : root_(config.root()) {
  frames_.push_back({&root_, &records_, "", root_.where});
}

std::string ConfigReader::path_of(std::string_view key) const {
  return join(frames_.back().path, key);
}

const Node* ConfigReader::take(std::string_view key) {
  const Node* node = frames_.back().node ? frames_.back().node->find(key) : nullptr;
  if (node) visited_.insert(node);
  return node;
}

const Node* ConfigReader::node(std::string_view key, std::string_view doc) {
  remember(Record::Kind::value, key, "", doc);
  return take(key);
}

ConfigReader::Record& ConfigReader::remember(Record::Kind kind, std::string_view key,
                                             std::string_view unit, std::string_view doc) {
  auto& children = frames_.back().record->children;
  for (auto& child : children)
    if (child.key == key) return child;  // visited twice, as when a name decides what follows
  return children.emplace_back(Record{
      .kind = kind, .key = std::string(key), .unit = std::string(unit), .doc = std::string(doc)});
}

void ConfigReader::enter(const Node* node, Record& record, std::string path,
                         const std::function<void()>& body) {
  const std::string where = node ? node->where : frames_.back().where;
  frames_.push_back({node, &record, path, where});
  const auto depth = frames_.size();
  try {
    body();
  } catch (const ModelError& e) {
    frames_.resize(depth - 1);
    throw ConfigError(where + ": " + path + ": " + e.what());
  } catch (const PlacedIoError&) {
    frames_.resize(depth - 1);
    throw;
  } catch (const IoError& e) {  // of a file that a value names
    frames_.resize(depth - 1);
    throw PlacedIoError(where + ": " + path + ": " + e.what());
  } catch (...) {
    frames_.resize(depth - 1);
    throw;
  }
  frames_.pop_back();
}

void ConfigReader::table(std::string_view key, std::string_view doc,
                         const std::function<void()>& body) {
  const Node* node = take(key);
  const std::string path = path_of(key);
  if (node && is_array_of_tables(*node) && !node->items.empty())
    throw ConfigError(node->where + ": " + path + " must be one table: write [" + path +
                      "], not [[" + path + "]]");
  if (node && node->kind != Node::Kind::table)
    throw ConfigError(node->where + ": " + path + " = " + shown(*node) +
                      " must be a table: write [" + path + "] and its keys below");
  enter(node, remember(Record::Kind::table, key, "", doc), path, body);
}

void ConfigReader::array_of_tables(std::string_view key, std::size_t count, std::string_view doc,
                                   const std::function<void(std::size_t)>& body) {
  const Node* node = take(key);
  const std::string path = path_of(key);
  Record& array = remember(Record::Kind::array, key, "", doc);
  if (!node) {
    array.children.resize(count, Record{.kind = Record::Kind::element, .key = ""});
    std::size_t i = 0;
    for (auto& element : array.children) {
      enter(nullptr, element, path + '[' + std::to_string(i) + ']', [&] { body(i); });
      ++i;
    }
    return;
  }
  if (!is_array_of_tables(*node)) {
    const std::string value = node->kind == Node::Kind::table ? "" : " = " + shown(*node);
    throw ConfigError(node->where + ": " + path + value + " must be a list of tables: write [[" +
                      path + "]], once for each");
  }
  array.children.resize(node->items.size(), Record{.kind = Record::Kind::element, .key = ""});
  std::size_t i = 0;
  for (auto& element : array.children) {
    visited_.insert(&node->items[i]);
    enter(&node->items[i], element, path + '[' + std::to_string(i) + ']', [&] { body(i); });
    ++i;
  }
}

bool ConfigReader::given(std::string_view key) const {
  return frames_.back().node && frames_.back().node->find(key);
}

void ConfigReader::reject(std::string_view key, std::string_view rule) const {
  const auto& frame = frames_.back();
  const Node* node = frame.node ? frame.node->find(key) : nullptr;
  std::string value;
  if (node)
    value = shown(*node);
  else
    for (const auto& child : frame.record->children)
      if (child.key == key) value = child.text;
  throw ConfigError((node ? node->where : frame.where) + ": " + path_of(key) +
                    (value.empty() ? "" : " = " + value) +
                    (node || value.empty() ? "" : " (default)") + ' ' + std::string(rule));
}

std::string ConfigReader::place(std::string_view key, std::optional<std::size_t> element) const {
  const auto& frame = frames_.back();
  const Node* node = frame.node ? frame.node->find(key) : nullptr;
  const Node* item =
      node && element && *element < node->items.size() ? &node->items[*element] : node;
  return (item ? item->where : frame.where) + ": " + path_of(key) +
         (element ? '[' + std::to_string(*element) + ']' : "");
}

// A value that must be given is not there. If the first table or key on the way to it that is
// absent has a near namesake that nobody asked for, that is what happened.
void ConfigReader::missing(std::string_view key, const Rule& rule) const {
  std::size_t last = frames_.size() - 1;
  while (!frames_[last].node) --last;
  const auto& present = frames_[last];
  const std::string absent =
      last + 1 < frames_.size() ? frames_[last + 1].record->key : std::string(key);
  std::string text = present.where + ": " + path_of(key) + " is missing";
  if (!rule.text().empty()) text += "; it " + rule.text();
  std::vector<std::string> strangers;
  for (const auto& [name, node] : present.node->entries)
    if (!visited_.contains(&node)) strangers.push_back(name);
  const auto near = nearest_name(absent, strangers);
  if (!near.empty())
    text += "; is \"" + near + "\" (" + present.node->find(near)->where + ") meant to be \"" +
            absent + "\"?";
  throw ConfigError(text);
}

template <class T>
void ConfigReader::read(std::string_view key, T& value, std::string_view unit, std::string_view doc,
                        const Rule& rule) {
  const Node* node = take(key);
  Record& record = remember(Record::Kind::value, key, unit, doc);
  if (node)
    value = checked<T>(*node, path_of(key), rule, value);
  else if (!is_usable_default(value, rule))
    missing(key, rule);
  record.text = toml_text(value);
}

template <class T>
void ConfigReader::read_optional(std::string_view key, std::optional<T>& value,
                                 std::string_view unit, std::string_view doc, const Rule& rule) {
  const Node* node = take(key);
  Record& record = remember(Record::Kind::value, key, unit, doc);
  if (node) value = checked<T>(*node, path_of(key), rule, T{});
  if (value) record.text = toml_text(*value);
}

#define THALWEG_VISIT(TYPE, READ)                                                    \
  void ConfigReader::visit(std::string_view key, TYPE& value, std::string_view unit, \
                           std::string_view doc, const Rule& rule) {                 \
    READ(key, value, unit, doc, rule);                                               \
  }
THALWEG_VISIT(double, read)
THALWEG_VISIT(Index, read)
THALWEG_VISIT(bool, read)
THALWEG_VISIT(std::string, read)
THALWEG_VISIT(std::vector<double>, read)
THALWEG_VISIT(std::vector<Index>, read)
THALWEG_VISIT(std::vector<std::string>, read)
THALWEG_VISIT(std::optional<double>, read_optional)
THALWEG_VISIT(std::optional<Index>, read_optional)
#undef THALWEG_VISIT

void ConfigReader::find_unknown(const Node& node, const Record& record, const std::string& path,
                                std::vector<std::string>& messages) const {
  std::vector<std::string> known;
  for (const auto& child : record.children) known.push_back(child.key);
  for (const auto& [key, child] : node.entries) {
    const std::string child_path = join(path, key);
    if (!visited_.contains(&child)) {
      messages.push_back(child.where + ": " + child_path + " is not a parameter here" +
                         name_hint(key, known));
      continue;
    }
    for (const auto& visited : record.children) {
      if (visited.key != key) continue;
      if (visited.kind == Record::Kind::table) find_unknown(child, visited, child_path, messages);
      if (visited.kind != Record::Kind::array) continue;
      std::size_t i = 0;
      for (const auto& element : visited.children) {
        find_unknown(child.items[i], element, child_path + '[' + std::to_string(i) + ']', messages);
        ++i;
      }
    }
  }
}

void ConfigReader::finish() const {
  std::vector<std::string> messages;
  find_unknown(root_, records_, "", messages);
  if (messages.empty()) return;
  std::string text;
  for (const auto& message : messages) text += (text.empty() ? "" : "\n") + message;
  throw ConfigError(text);
}

void ConfigReader::print(const Record& record, const std::string& path, std::string& text) const {
  for (const auto& child : record.children) {
    if (child.kind != Record::Kind::value || child.text.empty()) continue;
    std::string remark = child.unit.empty() || child.unit == "1" ? "" : '[' + child.unit + "] ";
    remark += child.doc;
    for (char& c : remark)
      if (c == '\n') c = ' ';
    text +=
        toml_key(child.key) + " = " + child.text + (remark.empty() ? "" : "  # " + remark) + '\n';
  }
  for (const auto& child : record.children) {
    const std::string child_path = join(path, child.key);
    if (child.kind == Record::Kind::table) {
      text += "\n[" + child_path + "]\n";
      print(child, child_path, text);
    } else if (child.kind == Record::Kind::array) {
      for (const auto& element : child.children) {
        text += "\n[[" + child_path + "]]\n";
        print(element, child_path, text);
      }
    }
  }
}

const ConfigReader::Record* ConfigReader::find(const Record& table, const std::string& path,
                                               std::string_view key) {
  std::size_t i = 0;
  for (const auto& child : table.children) {
    const auto here = child.kind == Record::Kind::element ? path + '[' + std::to_string(i) + ']'
                                                          : join(path, child.key);
    if (here == key) return &child;
    ++i;
    if (const auto* inside = find(child, here, key)) return inside;
  }
  return nullptr;
}

std::optional<ConfigReader::Meaning> ConfigReader::meaning(std::string_view key) const {
  const auto* record = find(records_, "", key);
  if (!record || record->kind != Record::Kind::value) return std::nullopt;
  return Meaning{record->unit, record->doc};
}

std::string ConfigReader::resolved() const {
  std::string text;
  print(records_, "", text);
  return text;
}

}  // namespace thalweg
