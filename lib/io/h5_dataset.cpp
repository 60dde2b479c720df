// Datasets and their axes: how arrays lie in the file, transfer of rows, dimension scales, copies.
#include <thalweg/io/h5.hpp>
#include <thalweg/io/private/hdf5_ids.hpp>

#include <algorithm>
#include <cstdio>
#include <limits>

namespace thalweg::h5 {
namespace {

constexpr std::size_t kib = 1024;
const char* const bare_dimension = "This is a netCDF dimension but not a netCDF variable.";

template <class T>
hid_t native_type();
template <>
hid_t native_type<double>() {
  return H5T_NATIVE_DOUBLE;
}
template <>
hid_t native_type<std::int64_t>() {
  return H5T_NATIVE_INT64;
}

std::vector<hsize_t> sizes(const Shape& shape) { return {shape.begin(), shape.end()}; }

hsize_t product(const std::vector<hsize_t>& dims) {
  hsize_t n = 1;
  for (const auto d : dims) n *= d;
  return n;
}

std::size_t axis_of(Growth growth) { return growth == Growth::first ? 0 : 1; }

/// Chunks of about 512 KiB and at most 1024 rows along a growing axis, each of one chain; no chunk
/// over 4 MiB. All depend on the shape alone, so that equal data give equal files.
std::vector<hsize_t> chunk_shape(std::vector<hsize_t> dims, std::optional<Growth> growth) {
  if (growth) {
    const std::size_t axis = axis_of(*growth);
    for (std::size_t i = 0; i <= axis; ++i) dims[i] = 1;
    dims[axis] = std::clamp<hsize_t>(512 * kib / (8 * product(dims)), 1, 1024);
  }
  for (auto& d : dims)
    while (d > 1 && 8 * product(dims) > 4096 * kib) d = (d + 1) / 2;
  return dims;
}

Id creation_properties(Type type, const std::vector<hsize_t>& dims, std::optional<Growth> growth) {
  Id plist = object_properties(H5P_DATASET_CREATE);
  if (type == Type::real) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    H5Pset_fill_value(plist.get(), H5T_NATIVE_DOUBLE, &nan);
  }
  const bool large = !dims.empty() && type != Type::text && 8 * product(dims) >= 64 * kib;
  if (!growth && !large) return plist;
  const auto chunk = chunk_shape(dims, growth);
  H5Pset_chunk(plist.get(), static_cast<int>(chunk.size()), chunk.data());
  if (8 * product(chunk) >= 64 * kib) {
    H5Pset_shuffle(plist.get());
    H5Pset_deflate(plist.get(), 1);  // higher levels gain a few percent for twice the time
  }
  H5Pset_fletcher32(plist.get());
  return plist;
}

/// The library's default cache would drop every chunk over 1 MiB. Its 0.75 stays: with 1.0, chunks
/// that were read in part are never dropped, and a part of a dataset takes the memory of the whole.
Id access_properties() {
  Id plist(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
  H5Pset_chunk_cache(plist.get(), 521, 8192 * kib, 0.75);
  return plist;
}

/// Absolute path of the first scale of each axis, "" where there is none.
std::vector<std::string> scale_paths(hid_t dataset, int rank) {
  std::vector<std::string> paths(static_cast<std::size_t>(rank));
  for (unsigned axis = 0; axis < paths.size(); ++axis) {
    H5DS_iterate_t keep_first = [](hid_t, unsigned, hid_t scale, void* out) -> herr_t {
      std::string name(
          static_cast<std::size_t>(std::max<ssize_t>(0, H5Iget_name(scale, nullptr, 0))), '\0');
      H5Iget_name(scale, name.data(), name.size() + 1);
      *static_cast<std::string*>(out) = name;
      return 1;
    };
    if (H5DSis_scale(dataset) <= 0 && H5DSget_num_scales(dataset, axis) > 0)
      H5DSiterate_scales(dataset, axis, nullptr, keep_first, &paths[axis]);
  }
  return paths;
}

std::string scale_name(hid_t dataset) {
  std::string name(256, '\0');
  const auto length = H5DSget_scale_name(dataset, name.data(), name.size());
  name.resize(static_cast<std::size_t>(std::clamp<ssize_t>(length, 0, 255)));
  return name;
}

void copy_attributes(const Call& call, hid_t from, hid_t to) {
  struct Context {
    const Call& call;
    hid_t to;
  } context{call, to};
  H5A_operator2_t copy = [](hid_t source, const char* name, const H5A_info_t*,
                            void* data) -> herr_t {
    const auto& c = *static_cast<Context*>(data);
    for (const char* axis : {"DIMENSION_LIST", "REFERENCE_LIST", "CLASS", "NAME"})
      if (std::string_view(name) == axis) return 0;
    const Id attribute(H5Aopen(source, name, H5P_DEFAULT), H5Aclose);
    const Id type(H5Aget_type(attribute.get()), H5Tclose);
    const Id space(H5Aget_space(attribute.get()), H5Sclose);
    const auto n = static_cast<std::size_t>(H5Sget_simple_extent_npoints(space.get()));
    std::vector<char> bytes(n * H5Tget_size(type.get()));
    const Id target(H5Acreate2(c.to, name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT),
                    H5Aclose);
    if (target.get() < 0 || H5Aread(attribute.get(), type.get(), bytes.data()) < 0) return -1;
    const herr_t status = H5Awrite(target.get(), type.get(), bytes.data());
    if (H5Tis_variable_str(type.get()) > 0)
      H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, bytes.data());
    return status;
  };
  call(H5Aiterate2(from, H5_INDEX_CRT_ORDER, H5_ITER_INC, nullptr, copy, &context),
       "copy the attributes of");
}

/// Moves the chunks without unpacking them.
void copy_chunks(const Call& call, hid_t from, hid_t to, hid_t properties,
                 const std::vector<hsize_t>& dims) {
  std::vector<hsize_t> chunk(dims.size()), offset(dims.size(), 0);
  H5Pget_chunk(properties, static_cast<int>(chunk.size()), chunk.data());
  if (product(dims) == 0) return;
  std::vector<char> bytes;
  for (;;) {
    hsize_t size = 0;
    call(H5Dget_chunk_storage_size(from, offset.data(), &size), "copy");
    if (size > 0) {
      bytes.resize(size);
      std::uint32_t filters = 0;
      call(H5Dread_chunk(from, H5P_DEFAULT, offset.data(), &filters, bytes.data()), "copy");
      call(H5Dwrite_chunk(to, H5P_DEFAULT, filters, offset.data(), size, bytes.data()), "copy");
    }
    std::size_t axis = dims.size();
    while (axis > 0) {
      --axis;
      offset[axis] += chunk[axis];
      if (offset[axis] < dims[axis]) break;
      offset[axis] = 0;
      if (axis == 0) return;
    }
  }
}

}  // namespace

Id file_type(Type type) {
  switch (type) {
    case Type::real:
      return {H5Tcopy(H5T_IEEE_F64LE), H5Tclose};
    case Type::integer:
      return {H5Tcopy(H5T_STD_I64LE), H5Tclose};
    case Type::flag:
      return {H5Tcopy(H5T_STD_I8LE), H5Tclose};
    case Type::text:
      break;
  }
  return text_type(0);
}

Id File::open_dataset(const std::string& dataset) const {
  const Id access = access_properties();
  return Call{path_, dataset}(H5Dopen2(id_.get(), dataset.c_str(), access.get()), H5Dclose,
                              "open dataset");
}

Type File::type(const std::string& dataset) const {
  const Id id = open_dataset(dataset);
  const Id type(H5Dget_type(id.get()), H5Tclose);
  switch (H5Tget_class(type.get())) {
    case H5T_FLOAT:
      return Type::real;
    case H5T_INTEGER:
      return Type::integer;
    case H5T_STRING:
      return Type::text;
    default:
      throw IoError(path_ + ": " + dataset +
                    " holds neither numbers nor text, which is not supported");
  }
}

Shape File::shape(const std::string& dataset) const {
  const Id id = open_dataset(dataset);
  const Id space(H5Dget_space(id.get()), H5Sclose);
  std::vector<hsize_t> dims(
      static_cast<std::size_t>(std::max(0, H5Sget_simple_extent_ndims(space.get()))));
  H5Sget_simple_extent_dims(space.get(), dims.data(), nullptr);
  return {dims.begin(), dims.end()};
}

std::vector<std::string> File::axes(const std::string& dataset) const {
  const Id id = open_dataset(dataset);
  if (H5DSis_scale(id.get()) > 0) return {dataset.substr(dataset.rfind('/') + 1)};
  auto names = scale_paths(id.get(), static_cast<int>(shape(dataset).size()));
  for (auto& name : names) name = name.substr(name.rfind('/') + 1);
  return names;
}

bool File::is_bare_dimension(const std::string& dataset) const {
  const Id id = open_dataset(dataset);
  return H5DSis_scale(id.get()) > 0 && scale_name(id.get()).starts_with(bare_dimension);
}

std::vector<double> File::read(const std::string& dataset) const {
  const auto dims = sizes(shape(dataset));
  if (type(dataset) == Type::text)
    throw IoError(path_ + ": " + dataset + " holds text, not numbers");
  std::vector<double> values(product(dims));
  const Id id = open_dataset(dataset);
  Call{path_, dataset}(
      H5Dread(id.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "read");
  return values;
}

std::vector<std::int64_t> File::read_integers(const std::string& dataset) const {
  if (type(dataset) != Type::integer)
    throw IoError(path_ + ": " + dataset + " does not hold integers");
  std::vector<std::int64_t> values(product(sizes(shape(dataset))));
  const Id id = open_dataset(dataset);
  Call{path_, dataset}(
      H5Dread(id.get(), H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "read");
  return values;
}

std::vector<std::string> File::read_texts(const std::string& dataset) const {
  if (type(dataset) != Type::text) throw IoError(path_ + ": " + dataset + " does not hold text");
  const Call call{path_, dataset};
  const Id id = open_dataset(dataset);
  const Id stored(H5Dget_type(id.get()), H5Tclose);
  const auto n = product(sizes(shape(dataset)));
  std::vector<std::string> texts;
  if (H5Tis_variable_str(stored.get()) > 0) {
    const Id type = text_type(0);
    const Id space(H5Dget_space(id.get()), H5Sclose);
    std::vector<char*> pointers(n, nullptr);
    H5Tset_cset(type.get(), H5Tget_cset(stored.get()));
    call(H5Dread(id.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()), "read");
    for (const char* p : pointers) texts.emplace_back(p ? p : "");
    H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, pointers.data());
  } else {
    const std::size_t size = H5Tget_size(stored.get());
    std::vector<char> bytes(n * size);
    call(H5Dread(id.get(), stored.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), "read");
    for (hsize_t i = 0; i < n; ++i) {
      const std::string_view all(bytes.data() + i * size, size);
      texts.emplace_back(all.substr(0, all.find('\0')));
    }
  }
  return texts;
}

template <class T>
void File::transfer_rows(const std::string& dataset, Index first, Index count, T* rows, bool write,
                         Growth growth) const {
  if (count == 0) return;
  const Call call{path_, dataset};
  auto dims = sizes(shape(dataset));
  const std::size_t axis = axis_of(growth);
  const auto end = static_cast<hsize_t>(first + count);
  Id id = open_dataset(dataset);
  if (end > dims.at(axis)) {
    if (!write || static_cast<hsize_t>(first) > dims[axis])
      throw IoError(path_ + ": " + dataset + " has " + std::to_string(dims[axis]) + " rows, not " +
                    std::to_string(write ? first : first + count));
    dims[axis] = end;
    call(H5Dset_extent(id.get(), dims.data()), "extend");
  }
  std::vector<hsize_t> start(dims.size(), 0);
  start[axis] = static_cast<hsize_t>(first);
  dims[axis] = static_cast<hsize_t>(count);
  const Id file_space(H5Dget_space(id.get()), H5Sclose);
  call(H5Sselect_hyperslab(file_space.get(), H5S_SELECT_SET, start.data(), nullptr, dims.data(),
                           nullptr),
       "select rows of");
  const Id memory(H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr), H5Sclose);
  if (write) {
    call(H5Dwrite(id.get(), native_type<std::remove_const_t<T>>(), memory.get(), file_space.get(),
                  H5P_DEFAULT, rows),
         "write");
    call(id.close(), "write");
  } else if constexpr (!std::is_const_v<T>) {
    call(H5Dread(id.get(), native_type<T>(), memory.get(), file_space.get(), H5P_DEFAULT, rows),
         "read");
  }
}

void File::read_rows(const std::string& d, Index first, Index count, double* out,
                     Growth growth) const {
  transfer_rows(d, first, count, out, false, growth);
}
void File::read_rows(const std::string& d, Index first, Index count, std::int64_t* out,
                     Growth growth) const {
  transfer_rows(d, first, count, out, false, growth);
}
void File::write_rows(const std::string& d, Index first, Index count, const double* rows,
                      Growth growth) {
  transfer_rows(d, first, count, rows, true, growth);
}
void File::write_rows(const std::string& d, Index first, Index count, const std::int64_t* rows,
                      Growth growth) {
  transfer_rows(d, first, count, rows, true, growth);
}

void File::set_rows(const std::string& dataset, Index rows, Growth growth) {
  auto dims = sizes(shape(dataset));
  dims.at(axis_of(growth)) = static_cast<hsize_t>(rows);
  const Call call{path_, dataset};
  Id id = open_dataset(dataset);
  call(H5Dset_extent(id.get(), dims.data()), "truncate");
  call(id.close(), "truncate");
}

void File::create_dataset(const std::string& dataset, Type type, const Shape& shape,
                          std::optional<Growth> growth) {
  const Call call{path_, dataset};
  auto dims = sizes(shape);
  auto limits = dims;
  if (growth) limits.at(axis_of(*growth)) = H5S_UNLIMITED;
  const Id space =
      dims.empty() ? Id(H5Screate(H5S_SCALAR), H5Sclose)
                   : Id(H5Screate_simple(static_cast<int>(dims.size()), dims.data(), limits.data()),
                        H5Sclose);
  const Id properties = creation_properties(type, dims, growth);
  const Id access = access_properties();
  const Id stored = file_type(type);
  Id id = call(H5Dcreate2(id_.get(), dataset.c_str(), stored.get(), space.get(), H5P_DEFAULT,
                          properties.get(), access.get()),
               H5Dclose, "create dataset");
  call(id.close(), "create dataset");
  if (type == Type::flag) set_attribute(dataset, "dtype", "bool");  // as xarray writes it
}

void File::create(const std::string& dataset, Type type, const Shape& shape) {
  create_dataset(dataset, type, shape, std::nullopt);
}

void File::create_growing(const std::string& dataset, Type type, const Shape& row) {
  Shape shape{0};
  shape.insert(shape.end(), row.begin(), row.end());
  create_dataset(dataset, type, shape, Growth::first);
}

void File::create_growing_chains(const std::string& dataset, Type type, Index chains,
                                 const Shape& row) {
  Shape shape{chains, 0};
  shape.insert(shape.end(), row.begin(), row.end());
  create_dataset(dataset, type, shape, Growth::second);
}

template <class T>
void File::write_all(const std::string& dataset, std::span<const T> values) {
  const auto n = product(sizes(shape(dataset)));
  if (n != values.size())
    throw IoError(path_ + ": " + dataset + " has " + std::to_string(n) + " values, not " +
                  std::to_string(values.size()));
  const Call call{path_, dataset};
  Id id = open_dataset(dataset);
  call(H5Dwrite(id.get(), native_type<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "write");
  call(id.close(), "write");
}

void File::write(const std::string& dataset, std::span<const double> values) {
  write_all(dataset, values);
}
void File::write(const std::string& dataset, std::span<const std::int64_t> values) {
  write_all(dataset, values);
}
void File::write(const std::string& dataset, std::span<const std::string> values) {
  std::vector<const char*> pointers;
  for (const auto& v : values) pointers.push_back(v.c_str());
  const Call call{path_, dataset};
  Id id = open_dataset(dataset);
  const Id type = text_type(0);
  if (pointers.size() != product(sizes(shape(dataset))))
    throw IoError(path_ + ": " + dataset + " does not have " + std::to_string(values.size()) +
                  " texts");
  call(H5Dwrite(id.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()), "write");
  call(id.close(), "write");
}

void File::make_scale(const std::string& dataset) {
  const Call call{path_, dataset};
  Id id = open_dataset(dataset);
  const std::string name = dataset.substr(dataset.rfind('/') + 1);
  call(H5DSset_scale(id.get(), name.c_str()), "make an axis of");
  call(id.close(), "make an axis of");
}

void File::create_dimension(const std::string& dataset, Index size) {
  const Call call{path_, dataset};
  const auto n = static_cast<hsize_t>(size);
  const Id space(H5Screate_simple(1, &n, nullptr), H5Sclose);
  const Id properties = object_properties(H5P_DATASET_CREATE);
  Id id = call(H5Dcreate2(id_.get(), dataset.c_str(), H5T_IEEE_F32BE, space.get(), H5P_DEFAULT,
                          properties.get(), H5P_DEFAULT),
               H5Dclose, "create axis");
  char number[32];
  std::snprintf(number, sizeof number, "%10d", static_cast<int>(size));
  call(H5DSset_scale(id.get(), (bare_dimension + std::string(number)).c_str()), "make an axis of");
  call(id.close(), "create axis");
}

void File::attach_scale(const std::string& dataset, std::size_t axis, const std::string& scale) {
  const Call call{path_, dataset};
  Id id = open_dataset(dataset), scale_id = open_dataset(scale);
  call(H5DSattach_scale(id.get(), scale_id.get(), static_cast<unsigned>(axis)),
       "attach an axis to");
  call(id.close(), "attach an axis to");
  call(scale_id.close(), "attach an axis to");
}

void File::copy_dataset(const File& from, const std::string& dataset) {
  const Call reading{from.path_, dataset}, writing{path_, dataset};
  const Id source = from.open_dataset(dataset);
  const Id type(H5Dget_type(source.get()), H5Tclose);
  const Id space(H5Dget_space(source.get()), H5Sclose);
  const Id properties(H5Dget_create_plist(source.get()), H5Pclose);
  const Id access = access_properties();
  const auto dims = sizes(from.shape(dataset));
  const bool is_scale = H5DSis_scale(source.get()) > 0;
  {
    Id target = writing(H5Dcreate2(id_.get(), dataset.c_str(), type.get(), space.get(), H5P_DEFAULT,
                                   properties.get(), access.get()),
                        H5Dclose, "create dataset");
    if (H5Pget_layout(properties.get()) == H5D_CHUNKED) {
      copy_chunks(writing, source.get(), target.get(), properties.get(), dims);
    } else if (!from.is_bare_dimension(dataset)) {
      std::vector<char> bytes(product(dims) * H5Tget_size(type.get()));
      reading(H5Dread(source.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()),
              "read");
      writing(H5Dwrite(target.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()),
              "write");
      if (H5Tis_variable_str(type.get()) > 0)
        H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, bytes.data());
    }
    if (is_scale)
      writing(H5DSset_scale(target.get(), scale_name(source.get()).c_str()), "make an axis of");
    writing(target.close(), "write");
  }
  const auto scales = scale_paths(source.get(), static_cast<int>(dims.size()));
  for (std::size_t axis = 0; axis < scales.size(); ++axis)
    if (!scales[axis].empty()) attach_scale(dataset, axis, scales[axis]);
  Id target = open_dataset(dataset);
  copy_attributes(writing, source.get(), target.get());
  writing(target.close(), "write");
}

}  // namespace thalweg::h5
