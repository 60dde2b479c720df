// What can go wrong, by whose fault it is. Each message is one sentence: where, which value,
// which rule, what to do. The exit code of the program follows from the type.
#pragma once
#include <stdexcept>
#include <string>
#include <utility>

namespace thalweg {

class Error : public std::runtime_error {
 public:
  Error(std::string message, int exit_code)
      : std::runtime_error(std::move(message)), exit_code_(exit_code) {}
  [[nodiscard]] int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

/// The user's configuration or command line cannot be carried out (exit code 2).
struct ConfigError : Error {
  explicit ConfigError(std::string message) : Error(std::move(message), 2) {}
};

/// A model, its data or its start point is unusable (exit code 2). `read_fields` turns it into a
/// ConfigError that carries file:line:column.
struct ModelError : Error {
  explicit ModelError(std::string message) : Error(std::move(message), 2) {}
};

/// The numbers failed: not finite, step underflow, diverged (exit code 3).
struct SolveError : Error {
  explicit SolveError(std::string message) : Error(std::move(message), 3) {}
};

/// The motion has no right-hand side at a point: what it must solve there cannot be solved.
struct MotionError : SolveError {
  using SolveError::SolveError;
};

/// A file cannot be read or written (exit code 5).
struct IoError : Error {
  explicit IoError(std::string message) : Error(std::move(message), 5) {}
};

/// Runs `body`; what it says about the configuration or the model gets the place it is about in
/// front: `run.toml:12:8: record[0].what[1]: unknown quantity "los"`.
template <class F>
decltype(auto) placed(const std::string& place, F&& body) {
  try {
    return std::forward<F>(body)();
  } catch (const ConfigError& e) {
    throw ConfigError(place + ": " + e.what());
  } catch (const ModelError& e) {
    throw ConfigError(place + ": " + e.what());
  }
}

}  // namespace thalweg
