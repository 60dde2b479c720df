// What the .cpp files of lib/io/h5* share: the HDF5 headers, checked calls, small factories.
#pragma once
#include <thalweg/io/h5.hpp>

#include <hdf5.h>
#include <hdf5_hl.h>

namespace thalweg::h5 {

static_assert(std::is_same_v<hid_t, std::int64_t>, "h5.hpp stores hid_t as int64");

/// Starts the library quietly; first call of every entry point.
void initialise();

/// Why the last call failed: the system's reason if there is one, else the library's innermost one.
std::string reason();

[[noreturn]] void fail_at(const std::string& file, const std::string& doing,
                          const std::string& object);

/// Names the file and object of the calls that it checks.
struct Call {
  const std::string& file;
  const std::string& object;

  template <class R>
  R operator()(R result, const char* doing) const {
    if (result < 0) fail_at(file, doing, object);
    return result;
  }
  Id operator()(hid_t id, Id::Close close, const char* doing) const {
    if (id < 0) fail_at(file, doing, object);
    return Id(id, close);
  }
};

/// Attribute and object times are not kept: two runs of one configuration give equal files.
Id object_properties(hid_t property_class);
/// Fixed-length (size > 0) or variable-length (0) UTF-8.
Id text_type(std::size_t size);
Id file_type(Type type);

}  // namespace thalweg::h5
