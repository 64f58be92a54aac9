#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "env/env.h"

namespace alidade::env {

/// A file system in memory for tests, with a clock that stands still and random numbers from a
/// seed. It knows what power loss takes: a file has contents and, since its last sync(), contents
/// that are durable; a folder has entries and, since its last sync_directory(), entries that are.
class MemoryEnv final : public Env {
 public:
  /// What of the unsynced state a crash leaves.
  enum class Unsynced {
    kLost,      ///< Nothing: the strictest disk.
    kKept,      ///< Everything: kill -9.
    kArbitrary  ///< Of each file's unsynced bytes any pieces of 512 bytes, the rest zeros or
                ///< missing; of each folder's unsynced changes any ones, those of one name in their
                ///< order. Drawn from the seed.
  };

  explicit MemoryEnv(std::uint64_t seed = 1);
  ~MemoryEnv() override;

  /// Ends the power supply and restores it: open files answer kIo from now on, locks are free.
  void crash(Unsynced unsynced);
  /// The same disk in another machine, unsynced state included: nothing is open or locked there.
  std::unique_ptr<MemoryEnv> clone(std::uint64_t seed) const;
  void advance(std::chrono::microseconds by);
  /// Files that are open for writing or reading.
  std::size_t open_file_count() const;
  /// For tests that damage files: the durable and the current contents.
  Status overwrite(const std::string& path, std::uint64_t offset, std::span<const std::byte> bytes);
  Status cut(const std::string& path, std::uint64_t size_bytes);

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

  // Implementation details; defined in the .cc.
  struct Node;
  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace alidade::env
