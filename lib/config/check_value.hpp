// One value of a configuration against its type and rule. Private to lib/config.
#pragma once
#include <thalweg/config/node.hpp>
#include <thalweg/core/fields.hpp>

#include <string>
#include <vector>

namespace thalweg {

/// The value as its user wrote it, shortened to fit a message.
std::string shown(const Node& node);

/// The value of `node` as a T. `standard` is the default: when it is infinite, infinity is allowed.
/// @throws ConfigError `run.toml:12:8: <path> = <value> <rule>`
template <class T>
T checked(const Node& node, const std::string& path, const Rule& rule, const T& standard);

/// False for NaN and for a default that breaks its own rule: the user must give the value.
template <class T>
bool is_usable_default(const T& value, const Rule& rule);

}  // namespace thalweg
