#include "env/posix/posix_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <system_error>

namespace alidade::env::posix {
namespace {

StatusCode code_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return StatusCode::kNotFound;
    case EEXIST:
    case ENOTEMPTY:
      return StatusCode::kAlreadyExists;
    case ENOSPC:
    case EDQUOT:
      return StatusCode::kOutOfSpace;
    case EMFILE:
    case ENFILE:
      return StatusCode::kResourceExhausted;
    default:
      return StatusCode::kIo;
  }
}

class PosixWritableFile final : public WritableFile {
 public:
  PosixWritableFile(FileDescriptor descriptor, std::string path, std::uint64_t size)
      : descriptor_(std::move(descriptor)), path_(std::move(path)), size_(size) {}

  Status append(std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      // pwrite at our own end: the place does not depend on O_APPEND or a shared file offset.
      const ssize_t written = retry([&] {
        return ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(size_));
      });
      if (written < 0) return error_status("write", path_, errno);
      if (written == 0) return error_status("write", path_, EIO);
      size_ += static_cast<std::uint64_t>(written);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return Status();
  }

  Status sync() override {
    // Not retried on any error but EINTR: the kernel marks pages clean after a failure.
    if (retry([&] { return ::fdatasync(descriptor_.get()); }) == 0) return Status();
    return error_status("fdatasync", path_, errno);
  }

  Status preallocate(std::uint64_t size_bytes) override {
    if (size_bytes <= size_) return Status();
    const int result = retry([&] {
      return ::fallocate(descriptor_.get(), FALLOC_FL_KEEP_SIZE, static_cast<off_t>(size_),
                         static_cast<off_t>(size_bytes - size_));
    });
    // A file system that cannot reserve reports a full disk at the append instead.
    if (result == 0 || errno == EOPNOTSUPP || errno == ENOSYS) return Status();
    const int reason = errno;
    // Some file systems keep what they had reserved before they met the end of the disk. Cutting the
    // file to its size gives it back; that failing changes nothing.
    truncate(size_).ignore();
    return error_status("fallocate", path_, reason);
  }

  Status truncate(std::uint64_t size_bytes) override {
    if (retry([&] { return ::ftruncate(descriptor_.get(), static_cast<off_t>(size_bytes)); }) !=
        0) {
      return error_status("ftruncate", path_, errno);
    }
    size_ = size_bytes;
    return Status();
  }

  std::uint64_t size() const override { return size_; }

  Status close() override {
    if (!descriptor_.valid()) return Status();
    // On Linux the descriptor is gone even when close reports EINTR.
    if (::close(descriptor_.release()) == 0 || errno == EINTR) return Status();
    return error_status("close", path_, errno);
  }

 private:
  FileDescriptor descriptor_;
  std::string path_;
  std::uint64_t size_;
};

class PosixReadableFile final : public RandomAccessFile {
 public:
  PosixReadableFile(FileDescriptor descriptor, std::string path, std::uint64_t size)
      : descriptor_(std::move(descriptor)), path_(std::move(path)), size_(size) {}

  Status read_at(std::uint64_t offset, std::span<std::byte> out) const override {
    while (!out.empty()) {
      const ssize_t got = retry([&] {
        return ::pread(descriptor_.get(), out.data(), out.size(), static_cast<off_t>(offset));
      });
      if (got < 0) return error_status("read", path_, errno);
      if (got == 0) {
        return data_loss(path_ + ": the file ends at byte " + std::to_string(offset) + ", " +
                         std::to_string(out.size()) + " bytes early");
      }
      offset += static_cast<std::uint64_t>(got);
      out = out.subspan(static_cast<std::size_t>(got));
    }
    return Status();
  }

  std::uint64_t size() const override { return size_; }

 private:
  FileDescriptor descriptor_;
  std::string path_;
  std::uint64_t size_;
};

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Status error_status(const char* call, const std::string& path, int error) {
  return Status(code_of(error),
                std::string(call) + " '" + path + "': " + std::generic_category().message(error));
}

Result<std::unique_ptr<WritableFile>> open_writable(const std::string& path, OpenMode mode) {
  const int flags = O_RDWR | O_CREAT | O_CLOEXEC | (mode == OpenMode::kCreateNew ? O_EXCL : 0);
  FileDescriptor descriptor(retry([&] { return ::open(path.c_str(), flags, 0666); }));
  if (!descriptor.valid()) return error_status("open", path, errno);
  struct ::stat info {};
  if (::fstat(descriptor.get(), &info) != 0) return error_status("fstat", path, errno);
  return std::unique_ptr<WritableFile>(std::make_unique<PosixWritableFile>(
      std::move(descriptor), path, static_cast<std::uint64_t>(info.st_size)));
}

Result<std::unique_ptr<RandomAccessFile>> open_readable(const std::string& path) {
  FileDescriptor descriptor(retry([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); }));
  if (!descriptor.valid()) return error_status("open", path, errno);
  struct ::stat info {};
  if (::fstat(descriptor.get(), &info) != 0) return error_status("fstat", path, errno);
  if (S_ISDIR(info.st_mode)) return error_status("open", path, EISDIR);
  return std::unique_ptr<RandomAccessFile>(std::make_unique<PosixReadableFile>(
      std::move(descriptor), path, static_cast<std::uint64_t>(info.st_size)));
}

}  // namespace alidade::env::posix
