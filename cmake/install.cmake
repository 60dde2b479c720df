# find_package(thalweg) gives thalweg::thalweg (the library) and thalweg::main (the command line,
# for programs that add models of their own).
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/thalweg)

install(TARGETS thalweg thalweg_main thalweg-cli EXPORT thalwegTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
foreach(part ${parts})
  get_filename_component(name ${part} NAME)
  if(IS_DIRECTORY ${part})
    install(DIRECTORY ${part} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/thalweg
            FILES_MATCHING PATTERN "*.hpp" PATTERN "private" EXCLUDE)
  elseif(name MATCHES "\\.hpp$")
    install(FILES ${part} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/thalweg)
  endif()
endforeach()
install(EXPORT thalwegTargets NAMESPACE thalweg:: DESTINATION ${package_dir})
configure_package_config_file(cmake/thalwegConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/thalwegConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/thalwegConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/thalwegConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/thalwegConfigVersion.cmake
              cmake/dependencies.cmake
        DESTINATION ${package_dir})
install(DIRECTORY data/ DESTINATION ${CMAKE_INSTALL_DATADIR}/thalweg/data PATTERN "mnist" EXCLUDE)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
