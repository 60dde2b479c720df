# The network kernel: one file per instruction set with its own flags, chosen at run time
# (dispatch.cpp). -ffp-contract=fast (fused multiply-add) is on in these files only.
# -Wno-psabi: vectors wider than the instruction set are passed between inlined functions only.
set(kernel ${CMAKE_CURRENT_LIST_DIR})
target_sources(thalweg PRIVATE
  ${kernel}/dispatch.cpp
  ${kernel}/joint_evaluate.cpp
  ${kernel}/linear_kernel.cpp
  ${kernel}/mlp_evaluate.cpp
  ${kernel}/mlp_kernel_baseline.cpp
  ${kernel}/mlp_kernel_v3.cpp
  ${kernel}/mlp_kernel_v4.cpp)
set(level -O3)
if(THALWEG_SANITIZE)  # a sanitizer takes the compiler minutes a file otherwise
  set(level -O0)
endif()
set(kernel_flags ${level} -ffp-contract=fast -Wno-psabi -Wno-pedantic)
set_source_files_properties(${kernel}/mlp_kernel_baseline.cpp PROPERTIES
  COMPILE_OPTIONS "${kernel_flags};-march=x86-64")
set_source_files_properties(${kernel}/mlp_kernel_v3.cpp PROPERTIES
  COMPILE_OPTIONS "${kernel_flags};-march=x86-64-v3")
set_source_files_properties(${kernel}/mlp_kernel_v4.cpp PROPERTIES
  COMPILE_OPTIONS "${kernel_flags};-march=x86-64-v4;-mprefer-vector-width=512")
set_source_files_properties(${kernel}/mlp_evaluate.cpp PROPERTIES COMPILE_OPTIONS ${level})
# Compiled with their own flags and their own name for Eigen: no shared precompiled header.
set_source_files_properties(${kernel}/mlp_kernel_baseline.cpp ${kernel}/mlp_kernel_v3.cpp
  ${kernel}/mlp_kernel_v4.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
