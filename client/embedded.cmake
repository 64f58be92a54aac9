# The embedded engine: the C library over the rooms of the server (embedded_c), and alidade::embedded over it (embedded).
enable_language(C)
file(GLOB embedded_c_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/embedded_c/*.cc)
list(FILTER embedded_c_sources EXCLUDE REGEX "_test\\.cc$")
file(GLOB embedded_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/embedded/*.cc)
list(FILTER embedded_sources EXCLUDE REGEX "_test\\.cc$")

# Both in one, for the tests of this tree, with the sanitizers too.
add_library(alidade_embedded_static STATIC EXCLUDE_FROM_ALL ${embedded_c_sources} ${embedded_sources})
target_include_directories(alidade_embedded_static PUBLIC ${PROJECT_SOURCE_DIR}/include PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(alidade_embedded_static PUBLIC alidade_client_chroma alidade_client_qdrant alidade_engine
  PRIVATE alidade_options)

if(ALD_EMBEDDED)
  # One library with everything in it, which shows nothing but the functions of alidade.h.
  add_library(alidade_embedded SHARED ${embedded_c_sources})
  target_include_directories(alidade_embedded
    PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>
    PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(alidade_embedded PRIVATE alidade_client_core alidade_engine alidade_options)
  set(script ${CMAKE_CURRENT_SOURCE_DIR}/packaging/embedded.map)
  target_link_options(alidade_embedded PRIVATE -Wl,--version-script=${script} -Wl,--as-needed -Wl,--no-undefined)
  file(STRINGS ${PROJECT_SOURCE_DIR}/include/alidade/alidade.h abi_line REGEX "define ALD_ABI_VERSION")
  string(REGEX REPLACE ".* " "" abi_version "${abi_line}")
  set_target_properties(alidade_embedded PROPERTIES EXPORT_NAME embedded_c VERSION ${abi_version}.${PROJECT_VERSION}
    SOVERSION ${abi_version} LINK_DEPENDS ${script})
  add_library(alidade::embedded_c ALIAS alidade_embedded)

  alidade_client(embedded DEPS chroma qdrant)
  # The name without an ending is the C library's.
  set_target_properties(alidade_client_embedded PROPERTIES OUTPUT_NAME alidade_embedded_cpp)
  target_link_libraries(alidade_client_embedded PUBLIC alidade_embedded)
else()
  add_library(alidade::embedded_c ALIAS alidade_embedded_static)
  add_library(alidade::embedded ALIAS alidade_embedded_static)
endif()

if(ALD_BUILD_TESTS)
  file(GLOB embedded_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/embedded*/*_test.cc)
  add_executable(embedded_test ${embedded_tests})
  target_include_directories(embedded_test PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(embedded_test PRIVATE alidade_embedded_static alidade_client_embed alidade_app alidade_options
    GTest::gmock GTest::gtest_main)
  target_compile_options(embedded_test PRIVATE -Og)
  gtest_discover_tests(embedded_test TEST_PREFIX "embedded/" DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300 LABELS fast)
endif()

# The programs in C, by the strictest C99. Like those of C++ (CMakeLists.txt), they are run by tests/client_cpp.
if(ALD_BUILD_TESTS)
  foreach(source ${PROJECT_SOURCE_DIR}/examples/client/embedded.c ${PROJECT_SOURCE_DIR}/tests/client_cpp/embedded_c_test.c)
    get_filename_component(program ${source} NAME_WE)
    string(REGEX REPLACE "^embedded$" "embedded_c" program ${program})
    if(ALD_SANITIZE_ADDRESS OR ALD_SANITIZE_THREAD)
      add_executable(client_${program} EXCLUDE_FROM_ALL ${source})
    else()
      add_executable(client_${program} ${source})
    endif()
    target_compile_options(client_${program} PRIVATE -Wall -Wextra -Wpedantic -Werror)
    target_link_libraries(client_${program} PRIVATE alidade::embedded_c)
    set_target_properties(client_${program} PROPERTIES C_STANDARD 99 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF
      OUTPUT_NAME ${program} RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/client/programs LINKER_LANGUAGE CXX)
    list(APPEND embedded_programs client_${program})
  endforeach()
endif()
