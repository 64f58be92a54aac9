#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "env/env.h"

namespace alidade::env {

class FilePool;

/// Another Env that keeps only so many files open at a time, however many its users hold. The one that was
/// used longest ago is closed, and opened again by its next use; nobody notices. A file that is being used is
/// never closed, and one that is written is synced before it is.
///
/// What cannot be opened for want of descriptors closes another file and is tried again; when nothing is left
/// to close, the call fails with kResourceExhausted and has changed nothing.
///
/// A file can be used after it was removed or renamed, as elsewhere: it is open from then on.
class BoundedEnv final : public Env {
 public:
  struct Options {
    /// 0: follows the process's limit, see limit_of_process().
    std::size_t max_open_files = 0;
    /// Told each call that failed for want of descriptors. Any thread; must not call this Env.
    std::function<void(const Status&)> on_exhausted = {};
  };

  /// @param base borrowed, outlives this.
  BoundedEnv(Env& base, Options options);
  ~BoundedEnv() override;

  /// Half of the descriptors that this process may have: the rest is for connections, folders and libraries.
  /// At most some thousands, as opening a file again costs microseconds.
  static std::size_t limit_of_process();
  /// Files that are open in the base Env now.
  std::size_t open_file_count() const;

  Result<std::unique_ptr<WritableFile>> open_writable(const std::string& path,
                                                      OpenMode mode) override;
  Result<std::unique_ptr<RandomAccessFile>> open_readable(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove_file(const std::string& path) override;
  Status create_directory(const std::string& path) override;
  Status remove_directory_tree(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Result<std::vector<DirectoryEntry>> list_directory(const std::string& path) override;
  bool exists(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> lock_file(const std::string& path) override;
  std::int64_t now_us() override;
  std::chrono::steady_clock::time_point monotonic_now() override;
  std::uint64_t random_u64() override;

 private:
  Env& base_;
  const std::shared_ptr<FilePool> pool_;
};

}  // namespace alidade::env
