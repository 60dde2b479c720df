# The leapfrog's loops: one file per instruction set, chosen at run time. No fused multiply-add, so
# that all sets give the same bits.
set(kernel ${CMAKE_CURRENT_LIST_DIR})
target_sources(thalweg PRIVATE
  ${kernel}/leapfrog.cpp
  ${kernel}/wave_kernel_baseline.cpp
  ${kernel}/wave_kernel_v3.cpp
  ${kernel}/wave_kernel_v4.cpp)
set(level -O3)
if(THALWEG_SANITIZE)
  set(level -O0)
endif()
set(kernel_flags ${level} -ffp-contract=off)
set_source_files_properties(${kernel}/wave_kernel_baseline.cpp PROPERTIES
  COMPILE_OPTIONS "${kernel_flags};-march=x86-64")
set_source_files_properties(${kernel}/wave_kernel_v3.cpp PROPERTIES
  COMPILE_OPTIONS "${kernel_flags};-march=x86-64-v3")
set_source_files_properties(${kernel}/wave_kernel_v4.cpp PROPERTIES
  COMPILE_OPTIONS "${kernel_flags};-march=x86-64-v4;-mprefer-vector-width=512")
set_source_files_properties(${kernel}/leapfrog.cpp PROPERTIES
  COMPILE_OPTIONS "${level};-ffp-contract=off")
set_source_files_properties(${kernel}/wave_kernel_baseline.cpp ${kernel}/wave_kernel_v3.cpp
  ${kernel}/wave_kernel_v4.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
