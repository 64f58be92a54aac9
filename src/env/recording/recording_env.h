#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "env/env.h"

namespace alidade::env {

/// One change to the file system that succeeded.
struct TraceEntry {
  enum class Kind {
    kOpenWritable,
    kAppend,
    kTruncate,
    kSync,
    kRename,
    kRemove,
    kRemoveTree,
    kCreateDirectory,
    kSyncDirectory
  };
  Kind kind = Kind::kSync;
  std::string path;
  std::string target = {};       ///< Of a rename.
  base::Bytes bytes = {};        ///< Of an append.
  std::uint64_t size_bytes = 0;  ///< Of a truncate: the new size; of an append: the size before.
};

/// Another Env that keeps a trace of all changes, in the order in which they were made.
class RecordingEnv final : public Env {
 public:
  explicit RecordingEnv(Env& base);
  ~RecordingEnv() override;

  std::vector<TraceEntry> trace() const;
  std::size_t trace_size() const;
  void clear();

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

  // Implementation detail; defined in the .cc.
  struct Tape;

 private:
  Env& base_;
  std::shared_ptr<Tape> tape_;
};

/// Makes recorded changes again, one after the other.
class TraceReplayer {
 public:
  /// @param target borrowed.
  explicit TraceReplayer(Env& target) : target_(target) {}
  Status apply(const TraceEntry& entry);

 private:
  Env& target_;
  // Files stay open by the name that they were opened with.
  std::map<std::string, std::unique_ptr<WritableFile>> files_;
};

/// Makes the same changes again, on a MemoryEnv for instance, which can then lose power: the states
/// of a disk after any prefix of a run.
Status replay_trace(std::span<const TraceEntry> trace, Env& target);

}  // namespace alidade::env
