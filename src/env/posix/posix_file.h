#pragma once

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include "base/status.h"
#include "env/env.h"

namespace alidade::env::posix {

/// Owns a file descriptor; -1 is none.
class FileDescriptor {
 public:
  explicit FileDescriptor(int descriptor = -1) : descriptor_(descriptor) {}
  FileDescriptor(FileDescriptor&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~FileDescriptor();

  bool valid() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

/// Repeats a system call that a signal interrupted.
template <typename Call>
auto retry(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

/// "open 'path': No such file or directory" with the code that fits the errno.
Status error_status(const char* call, const std::string& path, int error);

Result<std::unique_ptr<WritableFile>> open_writable(const std::string& path, OpenMode mode);
Result<std::unique_ptr<RandomAccessFile>> open_readable(const std::string& path);

}  // namespace alidade::env::posix
