# What a program that links thalweg needs. Also installed, and read by find_package(thalweg).
include(CMakeFindDependencyMacro)
find_dependency(Eigen3 3.4)
find_dependency(Threads)
find_dependency(fmt)
find_dependency(spdlog)
find_dependency(OpenSSL COMPONENTS Crypto)  # SHA-256
find_dependency(ZLIB)                       # gzipped data files
find_dependency(PNG)                        # pictures
find_dependency(Boost 1.74 COMPONENTS context)  # sweeps: members that go on together

# The serial C library and its dimension scales. FindHDF5 would ask for a C compiler and may pick the
# MPI flavour.
if(NOT TARGET thalweg::hdf5)
  find_path(THALWEG_HDF5_INCLUDE_DIR hdf5.h PATH_SUFFIXES hdf5/serial)
  find_library(THALWEG_HDF5_LIBRARY NAMES hdf5_serial hdf5)
  find_library(THALWEG_HDF5_HL_LIBRARY NAMES hdf5_serial_hl hdf5_hl)
  mark_as_advanced(THALWEG_HDF5_INCLUDE_DIR THALWEG_HDF5_LIBRARY THALWEG_HDF5_HL_LIBRARY)
  if(NOT THALWEG_HDF5_INCLUDE_DIR OR NOT THALWEG_HDF5_LIBRARY OR NOT THALWEG_HDF5_HL_LIBRARY)
    message(FATAL_ERROR "thalweg needs the HDF5 C library (Debian: libhdf5-dev)")
  endif()
  add_library(thalweg::hdf5 UNKNOWN IMPORTED)
  set_target_properties(thalweg::hdf5 PROPERTIES
    IMPORTED_LOCATION "${THALWEG_HDF5_HL_LIBRARY}"
    INTERFACE_LINK_LIBRARIES "${THALWEG_HDF5_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${THALWEG_HDF5_INCLUDE_DIR}")
endif()
