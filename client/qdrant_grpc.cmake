# alidade::qdrant_grpc: the Qdrant client over gRPC, an optional component.
#
# The messages are those of proto/qdrant under names of our own: a program may hold other code that was made of the same
# files, and protobuf ends a process in which a file or a name is registered twice. The methods' paths stay Qdrant's.
if(ALD_CLIENT_ONLY)
  set(default OFF)
else()
  set(default ${ALD_BUILD_GRPC})
endif()
option(ALD_CLIENT_GRPC "Build the client's transport over gRPC" ${default})
if(NOT ALD_CLIENT_GRPC)
  return()
endif()
find_program(PROTOC protoc REQUIRED)
foreach(package grpc++ protobuf)
  # Names that the installed package can give to them as well.
  pkg_check_modules(client_${package} REQUIRED IMPORTED_TARGET ${package})
  add_library(alidade::${package} INTERFACE IMPORTED)
  target_link_libraries(alidade::${package} INTERFACE PkgConfig::client_${package})
endforeach()

set(wire_dir ${CMAKE_CURRENT_BINARY_DIR}/wire)
set(wire_sources)
set(wire_protos)
foreach(name json_with_int qdrant_common collections points snapshots_service qdrant)
  file(READ ${PROJECT_SOURCE_DIR}/proto/qdrant/${name}.proto text)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/proto/qdrant/${name}.proto)
  string(REPLACE "package qdrant;" "package alidade_wire;" text "${text}")
  # The server's own services are of no use here, nor what they import.
  string(REGEX REPLACE "import \"(collections_service|health_check|points_service|storage_read_service|snapshots_service)\\.proto\";\n"
    "" text "${text}")
  string(REGEX REPLACE "import \"([a-z_]+\\.proto)\"" "import \"alidade_qdrant/\\1\"" text "${text}")
  # Old servers still send what new ones warn of.
  string(REPLACE " [deprecated = true]" "" text "${text}")
  string(REGEX REPLACE "\nservice [^}]*}\n" "\n" text "${text}")
  file(CONFIGURE OUTPUT ${wire_dir}/alidade_qdrant/${name}.proto CONTENT "${text}" @ONLY)
  list(APPEND wire_protos ${wire_dir}/alidade_qdrant/${name}.proto)
  list(APPEND wire_sources ${wire_dir}/alidade_qdrant/${name}.pb.cc)
endforeach()
string(REPLACE ".pb.cc" ".pb.h" wire_headers "${wire_sources}")
add_custom_command(OUTPUT ${wire_sources} ${wire_headers}
  COMMAND ${PROTOC} --cpp_out=${wire_dir} -I ${wire_dir} ${wire_protos}
  DEPENDS ${wire_protos} VERBATIM)

alidade_client(qdrant_grpc DEPS qdrant LIBS alidade::simdjson alidade::grpc++ alidade::protobuf Threads::Threads)
target_sources(alidade_client_qdrant_grpc PRIVATE ${wire_sources})
# Nobody's code to look into, and slow to compile with checks in it.
set(wire_options -w -Os -g0)
if(ALD_SANITIZE_ADDRESS)
  list(APPEND wire_options -O0 -fno-sanitize=all)
elseif(ALD_SANITIZE_THREAD)
  # See proto/CMakeLists.txt.
  target_compile_options(alidade_client_qdrant_grpc PRIVATE -U__SANITIZE_THREAD__ -D_GLIBCXX_TSAN=1)
endif()
set_source_files_properties(${wire_sources} PROPERTIES COMPILE_OPTIONS "${wire_options}")
target_include_directories(alidade_client_qdrant_grpc SYSTEM PRIVATE ${wire_dir})

if(ALD_BUILD_TESTS)
  file(GLOB grpc_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/qdrant_grpc/*_test.cc)
  add_executable(client_grpc_test ${grpc_tests})
  target_include_directories(client_grpc_test PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_include_directories(client_grpc_test SYSTEM PRIVATE ${wire_dir})
  target_link_libraries(client_grpc_test PRIVATE alidade_options alidade_client_qdrant_grpc alidade_client_testing alidade::simdjson
    alidade::grpc++ alidade::protobuf GTest::gmock GTest::gtest_main)
  target_compile_options(client_grpc_test PRIVATE -Og)
  if(ALD_SANITIZE_THREAD)
    target_compile_options(client_grpc_test PRIVATE -U__SANITIZE_THREAD__ -D_GLIBCXX_TSAN=1)
  endif()
  gtest_discover_tests(client_grpc_test TEST_PREFIX "client/" DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300 LABELS fast)
endif()
