#include "env/process_limits.h"

#include <sys/resource.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace alidade::env {
namespace {

Status failed(const char* what) {
  return Status(StatusCode::kIo, std::string(what) + ": " + std::generic_category().message(errno));
}

}  // namespace

Result<OpenFileLimit> raise_open_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return failed("the limit of open files cannot be read");
  const OpenFileLimit raised{.before = limit.rlim_cur, .now = limit.rlim_max};
  if (raised.before == raised.now) return raised;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return failed("the limit of open files cannot be raised")
        .with_context("open files: " + std::to_string(raised.before));
  }
  return raised;
}

}  // namespace alidade::env
