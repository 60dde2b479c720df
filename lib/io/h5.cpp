// Files, groups, attributes. Datasets are in h5_dataset.cpp.
#include <thalweg/io/h5.hpp>
#include <thalweg/io/private/hdf5_ids.hpp>

#include <cstring>

namespace thalweg::h5 {
namespace {

constexpr std::size_t largest_attribute = 32U << 10;

/// "/a/b/c" -> "/a/b"
std::string parent(const std::string& object) {
  const auto slash = object.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : object.substr(0, slash);
}

std::string join(const std::string& group, const std::string& name) {
  return group == "/" ? group + name : group + "/" + name;
}

Id file_access() {
  Id plist(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_libver_bounds(plist.get(), H5F_LIBVER_EARLIEST, H5F_LIBVER_V110);
  H5Pset_fclose_degree(plist.get(), H5F_CLOSE_STRONG);
  H5Pset_file_locking(plist.get(), true, true);  // true: go on where the file system has no locks
  return plist;
}

struct Names {
  std::vector<std::string> names;
  static herr_t add_link(hid_t, const char* name, const H5L_info_t*, void* self) {
    static_cast<Names*>(self)->names.emplace_back(name);
    return 0;
  }
  static herr_t add_attribute(hid_t, const char* name, const H5A_info_t*, void* self) {
    static_cast<Names*>(self)->names.emplace_back(name);
    return 0;
  }
};

Value read_attribute(const Call& call, hid_t attribute) {
  const Id type = call(H5Aget_type(attribute), H5Tclose, "read the type of an attribute of");
  const Id space = call(H5Aget_space(attribute), H5Sclose, "read the shape of an attribute of");
  const auto n = static_cast<std::size_t>(
      call(H5Sget_simple_extent_npoints(space.get()), "read the shape of an attribute of"));
  const char* const doing = "read an attribute of";
  switch (H5Tget_class(type.get())) {
    case H5T_STRING: {
      if (n != 1 || H5Sget_simple_extent_type(space.get()) == H5S_SIMPLE) {
        if (H5Tis_variable_str(type.get()) <= 0) return std::string();
        std::vector<char*> pointers(n, nullptr);
        call(H5Aread(attribute, type.get(), pointers.data()), doing);
        std::vector<std::string> values;
        for (const char* text : pointers) values.emplace_back(text ? text : "");
        H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, pointers.data());
        if (values.size() == 1) return values.front();  // as other writers store one text
        return values;
      }
      if (H5Tis_variable_str(type.get()) > 0) {
        char* text = nullptr;
        call(H5Aread(attribute, type.get(), &text), doing);
        std::string value = text ? text : "";
        H5free_memory(text);
        return value;
      }
      std::string value(H5Tget_size(type.get()), '\0');
      call(H5Aread(attribute, type.get(), value.data()), doing);
      value.resize(std::strlen(value.c_str()));
      return value;
    }
    case H5T_FLOAT: {
      std::vector<double> values(n);
      call(H5Aread(attribute, H5T_NATIVE_DOUBLE, values.data()), doing);
      return values.empty() ? 0.0 : values.front();
    }
    case H5T_INTEGER: {
      std::vector<std::int64_t> values(n);
      call(H5Aread(attribute, H5T_NATIVE_INT64, values.data()), doing);
      if (n == 1 && H5Sget_simple_extent_type(space.get()) == H5S_SCALAR) return values.front();
      return values;
    }
    default:
      return std::string();
  }
}

}  // namespace

void initialise() {
  static const bool once = [] {
    // At exit the library would write once more what a full disk refused, and crash. All files are
    // closed by then anyway.
    H5dont_atexit();
    H5open();
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);  // we report; the library need not print
    return true;
  }();
  (void)once;
}

std::unique_lock<std::mutex> lock_library() {
  static std::mutex mutex;
  return std::unique_lock(mutex);
}

std::string library_version() {
  initialise();
  unsigned major = 0, minor = 0, patch = 0;
  H5get_libversion(&major, &minor, &patch);
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

std::string reason() {
  struct Reason {
    std::string innermost, system;
    static herr_t visit(unsigned, const H5E_error2_t* error, void* self) {
      auto& r = *static_cast<Reason*>(self);
      const std::string text = error->desc ? error->desc : "";
      if (r.innermost.empty()) r.innermost = text;
      const std::string mark = "error message = '";
      const auto begin = text.find(mark);
      if (r.system.empty() && begin != std::string::npos) {
        const auto from = begin + mark.size();
        r.system = text.substr(from, text.find('\'', from) - from);
      }
      return 0;
    }
  } found;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, Reason::visit, &found);
  H5Eclear2(H5E_DEFAULT);
  if (!found.system.empty()) return found.system;
  return found.innermost.empty() ? "unknown HDF5 error" : found.innermost;
}

void fail_at(const std::string& file, const std::string& doing, const std::string& object) {
  const std::string why = reason();
  throw IoError(file + ": cannot " + doing + (object.empty() ? "" : " " + object) + ": " + why);
}

Id object_properties(hid_t property_class) {
  Id plist(H5Pcreate(property_class), H5Pclose);
  H5Pset_obj_track_times(plist.get(), false);
  H5Pset_attr_creation_order(plist.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  if (property_class != H5P_DATASET_CREATE)
    H5Pset_link_creation_order(plist.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  return plist;
}

Id text_type(std::size_t size) {
  Id type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), size == 0 ? H5T_VARIABLE : size);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  H5Tset_strpad(type.get(), size == 0 ? H5T_STR_NULLTERM : H5T_STR_NULLPAD);
  return type;
}

File File::create(const std::string& path) {
  initialise();
  const Id creation = object_properties(H5P_FILE_CREATE);
  const Id access = file_access();
  Id id(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.get(), access.get()), H5Fclose);
  if (id.get() < 0) fail_at(path, "create it", "");
  return {path, std::move(id)};
}

File File::open(const std::string& path) {
  initialise();
  const Id access = file_access();
  Id id(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose);
  if (id.get() < 0) {
    const std::string why = reason();
    throw IoError(path + ": cannot open it: " +
                  (why == "file signature not found" ? "it is not an HDF5 file"
                   : why.starts_with("truncated file")
                       ? "its end is missing; get it whole again, or compute it anew"
                       : why));
  }
  return {path, std::move(id)};
}

void File::close() {
  if (H5Fclose(id_.release()) < 0) fail("write", "");
}

void File::fail(const std::string& doing, const std::string& object) const {
  fail_at(path_, doing, object);
}

bool File::exists(const std::string& object) const {
  if (object == "/") return true;
  // H5Lexists wants every group on the way to exist.
  if (const auto above = parent(object); above != "/" && !is_group(above)) return false;
  return H5Lexists(id_.get(), object.c_str(), H5P_DEFAULT) > 0;
}

bool File::is_group(const std::string& object) const {
  if (!exists(object)) return false;
  const Id id = open_object(object);
  return H5Iget_type(id.get()) == H5I_GROUP;
}

Id File::open_object(const std::string& object) const {
  return Call{path_, object}(H5Oopen(id_.get(), object.c_str(), H5P_DEFAULT), H5Oclose, "open");
}

std::vector<std::string> File::members(const std::string& group, bool want_groups) const {
  const Id id = open_object(group);
  Names found;
  // Files of other programs may keep no creation order.
  if (H5Literate(id.get(), H5_INDEX_CRT_ORDER, H5_ITER_INC, nullptr, Names::add_link, &found) < 0) {
    found.names.clear();
    Call{path_, group}(
        H5Literate(id.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, Names::add_link, &found), "list");
  }
  std::vector<std::string> wanted;
  for (auto& name : found.names)
    if (is_group(join(group, name)) == want_groups) wanted.push_back(std::move(name));
  return wanted;
}

std::vector<std::string> File::groups(const std::string& group) const {
  return members(group, true);
}

std::vector<std::string> File::datasets(const std::string& group) const {
  return members(group, false);
}

void File::create_group(const std::string& group) {
  if (exists(group)) return;
  create_group(parent(group));
  const Id properties = object_properties(H5P_GROUP_CREATE);
  const Call call{path_, group};
  Id id = call(H5Gcreate2(id_.get(), group.c_str(), H5P_DEFAULT, properties.get(), H5P_DEFAULT),
               H5Gclose, "create");
  call(id.close(), "create");
}

std::optional<Value> File::attribute(const std::string& object, const std::string& name) const {
  const Call call{path_, object};
  const Id id = open_object(object);
  if (call(H5Aexists(id.get(), name.c_str()), "look for an attribute of") == 0) {
    const std::string dataset = join(object, name);
    if (H5Iget_type(id.get()) == H5I_GROUP && exists(dataset) && !is_group(dataset) &&
        type(dataset) == Type::text && shape(dataset).empty())
      return read_texts(dataset).front();
    return std::nullopt;
  }
  const Id attribute =
      call(H5Aopen(id.get(), name.c_str(), H5P_DEFAULT), H5Aclose, "open an attribute of");
  return read_attribute(call, attribute.get());
}

Attributes File::attributes(const std::string& object) const {
  const Call call{path_, object};
  const Id id = open_object(object);
  Names found;
  if (H5Aiterate2(id.get(), H5_INDEX_CRT_ORDER, H5_ITER_INC, nullptr, Names::add_attribute,
                  &found) < 0) {
    found.names.clear();
    call(H5Aiterate2(id.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, Names::add_attribute, &found),
         "list the attributes of");
  }
  Attributes all;
  for (const auto& name : found.names) {
    const Id attribute =
        call(H5Aopen(id.get(), name.c_str(), H5P_DEFAULT), H5Aclose, "open an attribute of");
    all.emplace_back(name, read_attribute(call, attribute.get()));
  }
  return all;
}

void File::set_attribute(const std::string& object, const std::string& name, const Value& value) {
  const Call call{path_, object};
  const Id id = open_object(object);
  if (const auto* text = std::get_if<std::string>(&value);
      text && text->size() > largest_attribute) {
    create(join(object, name), Type::text, {});
    write(join(object, name), std::span<const std::string>(text, 1));
    set_attribute(join(object, name), "long_name", name);
    return;
  }
  if (call(H5Aexists(id.get(), name.c_str()), "look for an attribute of") > 0)
    call(H5Adelete(id.get(), name.c_str()), "replace an attribute of");

  const auto put = [&](hid_t type, hid_t memory_type, hid_t space, const void* data) {
    Id attribute = call(H5Acreate2(id.get(), name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT),
                        H5Aclose, "create an attribute of");
    call(H5Awrite(attribute.get(), memory_type, data), "write an attribute of");
    call(attribute.close(), "write an attribute of");
  };
  const Id scalar(H5Screate(H5S_SCALAR), H5Sclose);
  if (const auto* text = std::get_if<std::string>(&value)) {
    const Id type = text_type(std::max<std::size_t>(1, text->size()));
    put(type.get(), type.get(), scalar.get(), text->data());
  } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    put(H5T_STD_I64LE, H5T_NATIVE_INT64, scalar.get(), integer);
  } else if (const auto* real = std::get_if<double>(&value)) {
    put(H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, scalar.get(), real);
  } else if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
    std::vector<const char*> pointers;
    for (const auto& t : *texts) pointers.push_back(t.c_str());
    const hsize_t n = pointers.size();
    const Id space(H5Screate_simple(1, &n, nullptr), H5Sclose), type = text_type(0);
    put(type.get(), type.get(), space.get(), pointers.data());
  } else {
    const auto& integers = std::get<std::vector<std::int64_t>>(value);
    const hsize_t n = integers.size();
    const Id space(H5Screate_simple(1, &n, nullptr), H5Sclose);
    put(H5T_STD_I64LE, H5T_NATIVE_INT64, space.get(), integers.data());
  }
}

}  // namespace thalweg::h5
