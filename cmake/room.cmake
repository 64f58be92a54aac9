# alidade_room(<name> [KILL_POINTS] [DEPS room...] [LIBS target...])
#
# Builds every *.cc below the current folder, except tests, into the static library
# alidade_<name>, and every *_test.cc into the one test program <name>_test. A test file cannot be
# forgotten: the glob is checked at each build. Files named *_avx2.cc, *_avx512.cc and *_avx512vnni.cc get
# the flags of their instruction set (*_neon.cc are for 64-bit Arm alone), those named codes_*.cc round the
# same in all of them; everything else is built for the plain target. KILL_POINTS: the room has some (base/kill_point.h); the others compile
# alike with and without ALD_KILLPOINTS.
#
# With ALD_UNITY (the trees that CI builds whole) the sources of a target are compiled in batches: most
# of what a file costs is the headers and templates that its neighbours need too. Names in unnamed
# namespaces must then differ within a room, which tools/tidy checks; files with flags of their own
# are compiled alone. The dev tree compiles one file at a time, so that a missing #include shows.
function(alidade_unity target)
  if(ALD_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12)
    # gcc takes an included .cc for a header, whose types may not use an unnamed namespace.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  endif()
endfunction()

function(alidade_room name)
  cmake_parse_arguments(ARG "KILL_POINTS" "" "DEPS;LIBS" ${ARGN})
  set(target alidade_${name})
  file(GLOB_RECURSE all_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(sources ${all_sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$|/main\\.cc$")
  set(tests ${all_sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")

  # Files of another processor's instruction sets.
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    list(FILTER sources EXCLUDE REGEX "_(avx2|avx512|avx512vnni)\\.cc$")
  else()
    list(FILTER sources EXCLUDE REGEX "_neon\\.cc$")
  endif()

  foreach(source ${sources} ${tests})
    # gcc 12's own AVX-512 header trips over -Wuninitialized (bug 105593).
    if(source MATCHES "_avx512vnni\\.cc$")
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS
        "-mavx512f;-mavx512bw;-mavx512vl;-mavx512dq;-mavx512vnni;-mfma;-O3;-ffp-contract=off;-Wno-uninitialized")
    elseif(source MATCHES "/codes_avx2\\.cc$")
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "-mavx2;-mfma;-O3;-ffp-contract=off")
    elseif(source MATCHES "/codes_(portable|neon)\\.cc$")
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "-O3;-ffp-contract=off")
    elseif(source MATCHES "/kernels_neon\\.cc$")
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "-O3")
    elseif(source MATCHES "_avx512\\.cc$")
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS
        "-mavx512f;-mavx512bw;-mavx512vl;-mavx512dq;-mfma;-mf16c;-O3;-Wno-uninitialized")
    elseif(source MATCHES "_avx2\\.cc$")
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "-mavx2;-mfma;-mf16c;-O3")
    endif()
  endforeach()

  set(rooms ${ARG_DEPS})
  list(TRANSFORM rooms PREPEND alidade_)
  if(sources)
    add_library(${target} STATIC ${sources})
    target_link_libraries(${target} PUBLIC alidade_options ${rooms} ${ARG_LIBS} Threads::Threads)
    alidade_unity(${target})
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE alidade_options ${rooms} ${ARG_LIBS} Threads::Threads)
  endif()

  if(ARG_KILL_POINTS AND ALD_KILLPOINTS)
    target_compile_definitions(${target} PRIVATE ALD_KILLPOINTS=1)
  endif()

  if(tests AND ALD_BUILD_TESTS)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${target} GTest::gmock GTest::gtest_main)
    # Compiled twice in CI and run for seconds: what counts is how fast they compile.
    target_compile_options(${name}_test PRIVATE -Og)
    alidade_unity(${name}_test)
    gtest_discover_tests(${name}_test TEST_PREFIX "${name}/" DISCOVERY_TIMEOUT 60
      PROPERTIES TIMEOUT 300 LABELS fast)
  endif()
endfunction()
