# ALD_BUILD_COMMIT: the commit that this tree is configured from, 40 hexadecimal digits, or "" where
# there is no git (an archive of the sources). It is read at configure time, so a release, which is
# configured anew, names its own; a package that builds from an archive passes -DALD_COMMIT=….
set(ALD_COMMIT "" CACHE STRING "Commit that the build reports; empty: ask git")
set(ALD_BUILD_COMMIT "${ALD_COMMIT}")
if(NOT ALD_BUILD_COMMIT)
  find_program(GIT git)
  if(GIT AND EXISTS ${CMAKE_SOURCE_DIR}/.git)
    execute_process(COMMAND ${GIT} rev-parse --verify HEAD
      WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
      OUTPUT_VARIABLE ALD_BUILD_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
endif()
string(TOLOWER "${ALD_BUILD_COMMIT}" ALD_BUILD_COMMIT)
string(LENGTH "${ALD_BUILD_COMMIT}" length)
if(NOT ALD_BUILD_COMMIT MATCHES "^[0-9a-f]*$" OR NOT length EQUAL 40)
  if(ALD_COMMIT)
    message(FATAL_ERROR "ALD_COMMIT: expected 40 hexadecimal digits, got \"${ALD_COMMIT}\"")
  endif()
  set(ALD_BUILD_COMMIT "")
endif()
