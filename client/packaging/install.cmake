# Install rules of the client libraries, all in the component client_dev:
#   cmake --install build/release --component client_dev --prefix /usr/local
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The macros say the same as the project.
file(STRINGS ${PROJECT_SOURCE_DIR}/include/alidade/version.h version_line REGEX "ALIDADE_VERSION_TEXT")
if(NOT version_line MATCHES "\"${PROJECT_VERSION}\"")
  message(FATAL_ERROR "include/alidade/version.h differs from the project's version ${PROJECT_VERSION}")
endif()

get_property(ALD_CLIENT_COMPONENTS GLOBAL PROPERTY ALD_CLIENT_COMPONENTS)
string(REPLACE ";" " " ALD_CLIENT_COMPONENTS "${ALD_CLIENT_COMPONENTS}")
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/alidade)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/alidadeConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/alidadeConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/alidadeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/alidadeConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/alidadeConfigVersion.cmake
  DESTINATION ${package_dir} COMPONENT client_dev)
install(EXPORT alidadeTargets NAMESPACE alidade:: DESTINATION ${package_dir} COMPONENT client_dev)
# Headers of what is not built stay away.
set(left_out)
if(NOT TARGET alidade_client_embedded)
  list(APPEND left_out PATTERN alidade.h EXCLUDE PATTERN embedded.h EXCLUDE)
endif()
if(NOT TARGET alidade_client_qdrant_grpc)
  list(APPEND left_out PATTERN grpc.h EXCLUDE)
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/alidade DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  COMPONENT client_dev FILES_MATCHING PATTERN "*.h" ${left_out})

# Where the prefix is, seen from the .pc files: they move with it.
file(RELATIVE_PATH ALD_PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
separate_arguments(components UNIX_COMMAND "${ALD_CLIENT_COMPONENTS}")
foreach(component ${components})
  install(TARGETS alidade_client_${component} EXPORT alidadeTargets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT client_dev
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT client_dev)
  get_property(deps GLOBAL PROPERTY ALD_CLIENT_DEPS_${component})
  list(TRANSFORM deps PREPEND alidade-)
  # Whoever links a static library links what it needs as well.
  if(NOT ALD_CLIENT_SHARED)
    list(APPEND deps simdjson)
    if(component STREQUAL core)
      list(APPEND deps libcurl)
    endif()
    if(component STREQUAL qdrant_grpc)
      list(APPEND deps grpc++ protobuf)
    endif()
  endif()
  if(component STREQUAL embedded)
    list(APPEND deps alidade-embedded-c)
  endif()
  string(REPLACE ";" " " ALD_PC_REQUIRES "${deps}")
  get_target_property(ALD_PC_LIBRARY alidade_client_${component} OUTPUT_NAME)
  set(ALD_PC_COMPONENT ${component})
  configure_file(${CMAKE_CURRENT_LIST_DIR}/alidade.pc.in ${CMAKE_CURRENT_BINARY_DIR}/alidade-${component}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/alidade-${component}.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT client_dev)
endforeach()

# The C library has everything it needs inside, but for shared libraries that the linker finds by itself.
if(TARGET alidade_embedded)
  install(TARGETS alidade_embedded EXPORT alidadeTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT client_dev)
  set(ALD_PC_COMPONENT embedded-c)
  set(ALD_PC_LIBRARY alidade_embedded)
  set(ALD_PC_REQUIRES "")
  configure_file(${CMAKE_CURRENT_LIST_DIR}/alidade.pc.in ${CMAKE_CURRENT_BINARY_DIR}/alidade-embedded-c.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/alidade-embedded-c.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT client_dev)
endif()
