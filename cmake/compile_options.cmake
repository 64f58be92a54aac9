# Flags that every room of ours is built with. Third-party generated code opts out.
add_library(alidade_options INTERFACE)
target_compile_options(alidade_options INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wswitch-enum -Werror
  -fno-omit-frame-pointer -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(alidade_options INTERFACE -Wthread-safety)
else()
  # gcc 12 reports these wrongly in inlined library code (bugs 105329, 105562, 108842).
  target_compile_options(alidade_options INTERFACE
    -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds -Wno-maybe-uninitialized)
endif()
target_include_directories(alidade_options INTERFACE ${CMAKE_SOURCE_DIR}/src)

if(ALD_SANITIZE_ADDRESS)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()
if(ALD_FUZZ)
  # fuzzer-no-link: coverage for libFuzzer everywhere, its main() only in the targets.
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()
if(ALD_SANITIZE_THREAD)
  # gcc 12 takes moved unique_ptrs for the stack's, with the instrumentation in between.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(alidade_options INTERFACE -Wno-free-nonheap-object)
  endif()
  add_compile_options(-fsanitize=thread)
  add_link_options(-fsanitize=thread)
endif()
if(ALD_CHECKED)
  add_compile_definitions(ALD_CHECKED=1)
endif()

find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()
