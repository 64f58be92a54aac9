#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "env/env.h"
#include "env/posix/posix_file.h"

namespace alidade::env {
namespace {

class PosixLock final : public FileLock {
 public:
  explicit PosixLock(posix::FileDescriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  posix::FileDescriptor descriptor_;  // Closing it releases the lock.
};

Status sync_descriptor(const std::string& path, int flags) {
  posix::FileDescriptor descriptor(
      posix::retry([&] { return ::open(path.c_str(), flags | O_CLOEXEC); }));
  if (!descriptor.valid()) return posix::error_status("open", path, errno);
  if (posix::retry([&] { return ::fsync(descriptor.get()); }) != 0) {
    return posix::error_status("fsync", path, errno);
  }
  return Status();
}

Status remove_tree(const std::string& path);

Status remove_entries(const std::string& path, DIR* directory) {
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(directory);
    if (entry == nullptr)
      return errno == 0 ? Status() : posix::error_status("readdir", path, errno);
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    const std::string child = join_path(path, name);
    struct ::stat info {};
    if (::lstat(child.c_str(), &info) != 0) {
      if (errno == ENOENT) continue;
      return posix::error_status("lstat", child, errno);
    }
    // A link is removed, never followed.
    if (S_ISDIR(info.st_mode)) {
      ALD_RETURN_IF_ERROR(remove_tree(child));
    } else if (::unlink(child.c_str()) != 0 && errno != ENOENT) {
      return posix::error_status("unlink", child, errno);
    }
  }
}

Status remove_tree(const std::string& path) {
  DIR* directory = ::opendir(path.c_str());
  if (directory == nullptr) {
    return errno == ENOENT ? Status() : posix::error_status("opendir", path, errno);
  }
  const Status removed = remove_entries(path, directory);
  ::closedir(directory);
  ALD_RETURN_IF_ERROR(removed);
  if (::rmdir(path.c_str()) != 0 && errno != ENOENT)
    return posix::error_status("rmdir", path, errno);
  return Status();
}

class PosixEnv final : public Env {
 public:
  Result<std::unique_ptr<WritableFile>> open_writable(const std::string& path,
                                                      OpenMode mode) override {
    return posix::open_writable(path, mode);
  }
  Result<std::unique_ptr<RandomAccessFile>> open_readable(const std::string& path) override {
    return posix::open_readable(path);
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) == 0) return Status();
    return posix::error_status("rename", from + "' to '" + to, errno);
  }

  Status remove_file(const std::string& path) override {
    if (::unlink(path.c_str()) == 0) return Status();
    return posix::error_status("unlink", path, errno);
  }

  Status create_directory(const std::string& path) override {
    if (::mkdir(path.c_str(), 0777) == 0) return Status();
    const int error = errno;
    struct ::stat info {};
    if (error == EEXIST && ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode))
      return Status();
    return posix::error_status("mkdir", path, error);
  }

  Status remove_directory_tree(const std::string& path) override { return remove_tree(path); }

  Status sync_directory(const std::string& path) override {
    return sync_descriptor(path, O_RDONLY | O_DIRECTORY);
  }

  Result<std::vector<DirectoryEntry>> list_directory(const std::string& path) override {
    DIR* directory = ::opendir(path.c_str());
    if (directory == nullptr) return posix::error_status("opendir", path, errno);
    std::vector<DirectoryEntry> entries;
    int error = 0;
    while (true) {
      errno = 0;
      const dirent* entry = ::readdir(directory);
      if (entry == nullptr) {
        error = errno;
        break;
      }
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      struct ::stat info {};
      // Gone since it was listed: as if it had gone before.
      if (::fstatat(::dirfd(directory), name.c_str(), &info, 0) != 0) continue;
      entries.push_back({name, S_ISDIR(info.st_mode),
                         S_ISDIR(info.st_mode) ? 0 : static_cast<std::uint64_t>(info.st_size)});
    }
    ::closedir(directory);
    if (error != 0) return posix::error_status("readdir", path, error);
    std::sort(entries.begin(), entries.end(),
              [](const DirectoryEntry& a, const DirectoryEntry& b) { return a.name < b.name; });
    return entries;
  }

  bool exists(const std::string& path) override { return ::access(path.c_str(), F_OK) == 0; }

  Result<std::unique_ptr<FileLock>> lock_file(const std::string& path) override {
    posix::FileDescriptor descriptor(
        posix::retry([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666); }));
    if (!descriptor.valid()) return posix::error_status("open", path, errno);
    // flock belongs to the open file, so a second lock inside one process is refused as well.
    if (posix::retry([&] { return ::flock(descriptor.get(), LOCK_EX | LOCK_NB); }) != 0) {
      if (errno == EWOULDBLOCK) {
        return Status(StatusCode::kAlreadyExists, "'" + path + "' is locked by another process");
      }
      return posix::error_status("flock", path, errno);
    }
    return std::unique_ptr<FileLock>(std::make_unique<PosixLock>(std::move(descriptor)));
  }

  std::int64_t now_us() override {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
  std::chrono::steady_clock::time_point monotonic_now() override {
    return std::chrono::steady_clock::now();
  }

  std::uint64_t random_u64() override {
    std::uint64_t value = 0;
    // Up to 256 bytes come whole or not at all, and not at all only before the pool is seeded.
    while (::getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value)) {
    }
    return value;
  }
};

}  // namespace

Env& posix_env() {
  // Never destroyed: threads may use it until the process is gone.
  static Env& env = *new PosixEnv;  // NOLINT
  return env;
}

}  // namespace alidade::env
