#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace alidade::env {

/// A file that is written from its beginning on. One thread at a time.
/// Errors of every call: kIo, kOutOfSpace (ENOSPC, EDQUOT). After a failed sync() the file must be
/// given up: what it holds is unknown, and a second sync is no evidence.
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  /// Appends all bytes (short writes and EINTR are retried) or fails; after a failure the file may
  /// hold any prefix of them.
  virtual Status append(std::span<const std::byte> bytes) = 0;
  /// fdatasync: everything appended so far survives power loss.
  virtual Status sync() = 0;
  /// Reserves space so that later appends below `size_bytes` do not meet a full disk. After a
  /// failure nothing is reserved, not even what was before.
  virtual Status preallocate(std::uint64_t size_bytes) = 0;
  /// Cuts the file to `size_bytes` and continues there.
  virtual Status truncate(std::uint64_t size_bytes) = 0;
  virtual std::uint64_t size() const = 0;
  virtual Status close() = 0;
};

/// An immutable (or append-only) file for reading. Any thread.
class RandomAccessFile {
 public:
  virtual ~RandomAccessFile() = default;
  /// Fills `out` from `offset` on. @return kDataLoss when the file ends before.
  virtual Status read_at(std::uint64_t offset, std::span<std::byte> out) const = 0;
  virtual std::uint64_t size() const = 0;
};

/// An advisory lock on a path; released by its destructor.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

struct DirectoryEntry {
  std::string name;
  bool is_directory = false;
  std::uint64_t size_bytes = 0;
};

enum class OpenMode { kCreateNew, kAppend };

/// Files, folders, clock and randomness: all contact with the outside but the network.
/// Every method may be called from any thread. Paths are absolute or relative to the process.
class Env {
 public:
  virtual ~Env() = default;

  /// kCreateNew fails with kAlreadyExists when the file is there; kAppend opens or creates.
  virtual Result<std::unique_ptr<WritableFile>> open_writable(const std::string& path,
                                                              OpenMode mode) = 0;
  /// @return kNotFound when there is no such file.
  virtual Result<std::unique_ptr<RandomAccessFile>> open_readable(const std::string& path) = 0;
  /// Atomic replacement; durable after sync_directory of the target's folder.
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  virtual Status remove_file(const std::string& path) = 0;
  /// Creates one folder; fine when it exists.
  virtual Status create_directory(const std::string& path) = 0;
  /// Removes a folder with everything below it; fine when it is missing.
  virtual Status remove_directory_tree(const std::string& path) = 0;
  /// fsync of the folder: creations, renames and removals in it survive power loss.
  virtual Status sync_directory(const std::string& path) = 0;
  /// Sorted by name. @return kNotFound when there is no such folder.
  virtual Result<std::vector<DirectoryEntry>> list_directory(const std::string& path) = 0;
  virtual bool exists(const std::string& path) = 0;
  /// @return kAlreadyExists when another process (or Env user) holds it.
  virtual Result<std::unique_ptr<FileLock>> lock_file(const std::string& path) = 0;

  /// Microseconds since 1970, UTC; may jump.
  virtual std::int64_t now_us() = 0;
  virtual std::chrono::steady_clock::time_point monotonic_now() = 0;
  virtual std::uint64_t random_u64() = 0;
};

/// The process's own Env on the real file system.
Env& posix_env();

/// Whole file as text. @return kNotFound; kTooLarge above `limit_bytes`.
Result<std::string> read_file(Env& env,
                              const std::string& path,
                              std::uint64_t limit_bytes = 1 << 30);
/// Writes `path` so that after power loss it holds either the old or the new content: temp file,
/// fdatasync, rename, fsync of the folder.
Status write_file_atomically(Env& env, const std::string& path, std::span<const std::byte> content);
/// The folder part of a path ("." when there is none).
std::string parent_directory(const std::string& path);
std::string join_path(std::string_view directory, std::string_view name);

}  // namespace alidade::env
