#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "env/env.h"

namespace alidade::env {

/// Another Env whose I/O calls fail on demand. Calls are counted from 1 in the order in which they
/// are made, over all files: open, append, sync, preallocate, truncate, close, read_at, rename,
/// remove, create, sync and list of folders. exists(), size() and the clock never fail.
class FaultyEnv final : public Env {
 public:
  enum class Repeat { kOnce, kFromThenOn };

  struct Fault {
    std::uint64_t call = 0;  ///< The number of the first call that fails.
    Repeat repeat = Repeat::kOnce;
    Status status = Status(StatusCode::kIo, "injected fault");
    /// A failing append() still writes that much of its bytes, at most.
    std::uint64_t short_write_bytes = 0;
    /// Only calls of this name fail ("append", or several: "append|open"); "" = any. Others are not
    /// counted.
    std::string only = {};
    /// Calls fail, and are counted, only while this says so; empty: always. Must not call this Env.
    std::function<bool()> condition = {};
    /// Runs before the call, which then does not fail: what happens amid something else. It runs on
    /// the thread of the call and may use this Env; with kOnce those calls pass.
    std::function<void()> instead = {};
  };

  explicit FaultyEnv(Env& base);
  ~FaultyEnv() override;

  /// Replaces the fault and begins to count anew.
  void set_fault(Fault fault);
  /// No fault any more; begins to count anew.
  void heal();
  /// Calls since set_fault() or heal(), the failed ones included.
  std::uint64_t calls() const;
  /// How many calls failed since then.
  std::uint64_t failures() const;
  /// The failed calls, "sync data/manifest.tmp", since then; at most 100.
  std::vector<std::string> failed_calls() const;
  /// Calls of each name since construction, the failed ones included.
  std::map<std::string, std::uint64_t> calls_by_name() const;
  /// While paused, calls pass and are not counted.
  void set_paused(bool paused);

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
  struct Plan;

 private:
  Env& base_;
  std::shared_ptr<Plan> plan_;
};

}  // namespace alidade::env
