#include <thalweg/core/version.hpp>
#include <thalweg/io/provenance.hpp>

#include <Spectra/Util/Version.h>
#include <openssl/evp.h>
#include <unistd.h>
#include <Eigen/Core>
#include <boost/version.hpp>

#include <array>
#include <chrono>
#include <ctime>
#include <fstream>
#include <random>

namespace thalweg {
namespace {

std::string dotted(std::initializer_list<int> numbers) {
  std::string text;
  for (const int n : numbers) text += (text.empty() ? "" : ".") + std::to_string(n);
  return text;
}

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name") || line.starts_with("Model"))
      if (const auto colon = line.find(": "); colon != std::string::npos)
        return line.substr(colon + 2);
  return "unknown";
}

/// As one would type it in a shell.
std::string command_line(const std::vector<std::string>& arguments) {
  std::string line;
  for (const auto& a : arguments) {
    const bool plain =
        !a.empty() && a.find_first_of(" \t\n\"'\\$`&|;<>()*?[]#~!{}") == std::string::npos;
    line += line.empty() ? "" : " ";
    if (plain) {
      line += a;
      continue;
    }
    line += '\'';
    for (const char c : a) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line += '\'';
  }
  return line;
}

std::string hexadecimal(const unsigned char* bytes, std::size_t n) {
  static const char* const digits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < n; ++i) {
    text += digits[bytes[i] >> 4];
    text += digits[bytes[i] & 15];
  }
  return text;
}

}  // namespace

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text.data();
}

std::string random_uuid() {
  std::random_device device;
  std::array<unsigned char, 16> bytes{};
  for (auto& b : bytes) b = static_cast<unsigned char>(device());
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  std::string text = hexadecimal(bytes.data(), bytes.size());
  for (const std::size_t dash : {20U, 16U, 12U, 8U}) text.insert(dash, "-");
  return text;
}

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
    throw IoError("the cryptographic library cannot compute SHA-256");
  return hexadecimal(digest.data(), size);
}

std::string source_version() {
  const auto& build = build_info();
  return "thalweg " + build.version + " (" + build.commit.substr(0, 12) +
         (build.dirty ? ", modified)" : ")");
}

h5::Attributes provenance(const RunFacts& facts) {
  const auto& build = build_info();
  const std::string now = utc_now(), command = command_line(facts.arguments);
  h5::Attributes all{
      {"run_id", random_uuid()},
      {"parent_run_id", facts.parent_run_id},
      {"date_created", now},
      {"history", now + " " + command},
      {"command", command},
      {"config", facts.config},
      {"config_sha256", sha256(facts.config)},
      {"seed", static_cast<std::int64_t>(facts.seed)},
      {"random_generator", facts.rng},
      {"threads", std::int64_t{facts.threads}},
      {"precision", facts.precision},
      {"instruction_set", facts.instruction_set},
      {"cpu_model", cpu_model()},
      {"data_sha256", facts.data_sha256},
      {"version", build.version},
      {"commit", build.commit},
      {"modified", std::int64_t{build.dirty}},
      {"compiler", build.compiler},
      {"compiler_flags", build.flags},
      {"build_type", build.build_type},
      {"eigen_version", dotted({EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION})},
      {"boost_version",
       dotted({BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100})},
      {"hdf5_version", h5::library_version()},
      {"spectra_version",
       dotted({SPECTRA_MAJOR_VERSION, SPECTRA_MINOR_VERSION, SPECTRA_PATCH_VERSION})},
  };
  std::erase_if(all, [](const auto& entry) {
    const auto* text = std::get_if<std::string>(&entry.second);
    return text && text->empty();
  });
  if (facts.host_and_user) {
    std::array<char, 256> host{};
    gethostname(host.data(), host.size() - 1);
    const char* user = std::getenv("USER");
    all.emplace_back("host", std::string(host.data()));
    all.emplace_back("user", std::string(user ? user : ""));
  }
  return all;
}

}  // namespace thalweg
