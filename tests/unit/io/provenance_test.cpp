#include "support/catch.hpp"

#include <thalweg/io/provenance.hpp>

#include <algorithm>
#include <set>

using namespace thalweg;

namespace {

/// In the pattern x stands for a lower-case hexadecimal digit and # for a decimal one.
bool looks_like(const std::string& text, const std::string& pattern) {
  return std::equal(text.begin(), text.end(), pattern.begin(), pattern.end(), [](char c, char p) {
    const bool digit = c >= '0' && c <= '9';
    if (p == '#') return digit;
    if (p == 'x') return digit || (c >= 'a' && c <= 'f');
    return c == p;
  });
}

}  // namespace

TEST_CASE("SHA-256 agrees with the examples of FIPS 180-2") {
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256(std::string(1000000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("run ids are random UUIDs and dates are UTC in ISO 8601") {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    ids.insert(random_uuid());
    const std::string id = random_uuid();
    REQUIRE(looks_like(id, "xxxxxxxx-xxxx-4xxx-xxxx-xxxxxxxxxxxx"));
    REQUIRE(std::string("89ab").find(id[19]) != std::string::npos);
  }
  CHECK(ids.size() == 1000);
  CHECK(looks_like(utc_now(), "20##-##-##T##:##:##Z"));
}

TEST_CASE("provenance records the command as one would type it, and no host or user unasked") {
  RunFacts facts;
  facts.arguments = {"thalweg", "run", "a b.toml", "--set", "title='x'", ""};
  facts.config = "seed = 7\n";
  facts.seed = 7;
  const auto find = [&](const h5::Attributes& all, const std::string& name) {
    const auto it = std::find_if(all.begin(), all.end(), [&](auto& a) { return a.first == name; });
    return it == all.end() ? std::string("absent") : std::get<std::string>(it->second);
  };
  const auto all = provenance(facts);
  CHECK(find(all, "command") == "thalweg run 'a b.toml' --set 'title='\\''x'\\''' ''");
  CHECK(find(all, "history") == find(all, "date_created") + " " + find(all, "command"));
  CHECK(find(all, "config_sha256") == sha256("seed = 7\n"));
  CHECK(find(all, "hdf5_version") == h5::library_version());
  for (const char* name : {"version", "commit", "compiler", "eigen_version", "boost_version",
                           "spectra_version", "cpu_model", "run_id"})
    CHECK(find(all, name) != "absent");
  CHECK(find(all, "host") == "absent");
  CHECK(find(all, "user") == "absent");
  facts.host_and_user = true;
  CHECK(find(provenance(facts), "host") != "absent");
}
