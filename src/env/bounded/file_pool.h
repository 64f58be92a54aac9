#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "env/bounded/bounded_env.h"

/// Inside of BoundedEnv: which files are held, which of them are open, and whose turn it is to be closed.
namespace alidade::env {

class FilePool;

/// A file that somebody holds, open or not: whether it is, who uses it, and when it was used last.
class HeldFile : public std::enable_shared_from_this<HeldFile> {
 public:
  /// It was just opened.
  HeldFile(std::shared_ptr<FilePool> pool, std::string path);
  virtual ~HeldFile() = default;
  HeldFile(const HeldFile&) = delete;
  HeldFile& operator=(const HeldFile&) = delete;

  /// Opens the file if it is closed. On ok it stays open until end_use().
  Status begin_use();
  /// @return false when the file is closed.
  bool begin_use_if_open();
  void end_use();
  /// Closes it, unless it is used, closed, or has lost its name. @return whether it did.
  bool try_close();
  /// Its name goes, so it could not be opened again: it is open from now on.
  void keep_open();
  /// Nobody holds it any more. Waits for whoever is opening or closing it. @return whether it is open.
  bool retire();
  std::uint64_t last_use() const { return last_use_.load(std::memory_order_relaxed); }
  const std::string& path() const { return path_; }

 protected:
  // Called by the one thread that made the file busy.
  virtual Status open_now() = 0;
  virtual void close_now() = 0;

  const std::shared_ptr<FilePool> pool_;

 private:
  enum class State { kOpen, kClosed, kBusy, kRetired };

  void settle(State state, int users);

  const std::string path_;
  std::atomic<std::uint64_t> last_use_;
  // Guarded. Held for a look at these, never while a file is opened, synced, used or closed.
  base::Mutex mutex_;
  base::CondVar changed_;
  State state_ ALD_GUARDED_BY(mutex_) = State::kOpen;
  int users_ ALD_GUARDED_BY(mutex_) = 0;
  bool keeps_open_ ALD_GUARDED_BY(mutex_) = false;
};

/// Ends a use that has begun.
class Use {
 public:
  explicit Use(HeldFile& file) : file_(file) {}
  ~Use() { file_.end_use(); }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

 private:
  HeldFile& file_;
};

/// All files that users hold. Its mutex is taken alone.
class FilePool {
 public:
  FilePool(Env& base, BoundedEnv::Options options) : base_(base), options_(std::move(options)) {}

  Env& base() { return base_; }
  std::uint64_t next_use() { return uses_.fetch_add(1, std::memory_order_relaxed) + 1; }
  std::size_t open_count() const {
    base::MutexLock lock(mutex_);
    return open_.size();
  }

  /// A file that was just opened.
  void add(const std::shared_ptr<HeldFile>& file);
  void note_open(const std::shared_ptr<HeldFile>& file);
  void note_closed(HeldFile* file);
  void remove(HeldFile* file);
  std::vector<std::shared_ptr<HeldFile>> named(const std::string& path) const { return with_names(path, path); }
  std::vector<std::shared_ptr<HeldFile>> below(const std::string& folder) const {
    return with_names(folder + "/", folder + "0");  // '0' is behind '/'.
  }

  /// Closes files until another one may be opened.
  void make_room();

  /// Runs a call that needs a descriptor.
  template <typename Call>
  auto with_room(Call call) {
    auto outcome = call();
    for (int tries = 0; is_exhausted(outcome) && tries < kMaxTries && close_one(); ++tries) outcome = call();
    if (is_exhausted(outcome) && options_.on_exhausted) options_.on_exhausted(status_of(outcome));
    return outcome;
  }

 private:
  /// Of one call for want of descriptors: other threads may take what was closed for it.
  static constexpr int kMaxTries = 64;

  static const Status& status_of(const Status& status) { return status; }
  template <typename T>
  static Status status_of(const Result<T>& result) {
    return result.status();
  }
  template <typename Outcome>
  static bool is_exhausted(const Outcome& outcome) {
    return status_of(outcome).code() == StatusCode::kResourceExhausted;
  }

  std::vector<std::shared_ptr<HeldFile>> with_names(const std::string& first, const std::string& last) const;

  /// Closes the file that was used longest ago of those that nobody uses. @return false: there is none.
  bool close_one();

  std::vector<std::shared_ptr<HeldFile>> oldest_files() const;

  Env& base_;
  const BoundedEnv::Options options_;
  std::atomic<std::uint64_t> uses_ = 0;
  mutable base::Mutex mutex_;
  std::multimap<std::string, std::weak_ptr<HeldFile>> by_path_ ALD_GUARDED_BY(mutex_);
  std::map<HeldFile*, std::weak_ptr<HeldFile>> open_ ALD_GUARDED_BY(mutex_);
};

}  // namespace alidade::env
