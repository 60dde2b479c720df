// Parts of arrays that are too large to read whole.
#include <thalweg/io/h5.hpp>
#include <thalweg/io/private/hdf5_ids.hpp>

namespace thalweg::h5 {

void File::read_block(const std::string& dataset, const Shape& start, const Shape& count,
                      double* out) const {
  const Call call{path_, dataset};
  const Id id = open_dataset(dataset);
  const std::vector<hsize_t> from(start.begin(), start.end()), size(count.begin(), count.end());
  const Id space(H5Dget_space(id.get()), H5Sclose);
  if (H5Sget_simple_extent_ndims(space.get()) != static_cast<int>(size.size()))
    throw IoError(path_ + ": " + dataset + " does not have " + std::to_string(size.size()) +
                  " axes");
  const Id memory(H5Screate_simple(static_cast<int>(size.size()), size.data(), nullptr), H5Sclose);
  if (!size.empty())
    call(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, from.data(), nullptr, size.data(),
                             nullptr),
         "select a part of");
  call(H5Dread(id.get(), H5T_NATIVE_DOUBLE, memory.get(), space.get(), H5P_DEFAULT, out), "read");
}

}  // namespace thalweg::h5
