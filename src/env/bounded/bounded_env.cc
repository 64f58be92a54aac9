#include "env/bounded/bounded_env.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <new>
#include <utility>
#include <vector>

#include "base/mutex.h"

namespace alidade::env {
namespace {

constexpr std::size_t kLeastOpenFiles = 8;
constexpr std::size_t kMostOpenFiles = 8192;
/// Of one call for want of descriptors: other threads may take what was closed for it.
constexpr int kMaxTries = 64;
/// How many of the files that were used longest ago are looked at for one that can be closed.
constexpr std::size_t kCandidates = 16;

/// A file that somebody holds, open or not: whether it is, who uses it, and when it was used last.
class HeldFile : public std::enable_shared_from_this<HeldFile> {
 public:
  /// It was just opened.
  HeldFile(std::shared_ptr<BoundedEnv::Pool> pool, std::string path);
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

  const std::shared_ptr<BoundedEnv::Pool> pool_;

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

const Status& status_of(const Status& status) { return status; }
template <typename T>
Status status_of(const Result<T>& result) {
  return result.status();
}

}  // namespace

/// All files that users hold. Its mutex is taken alone.
class BoundedEnv::Pool {
 public:
  Pool(Env& base, Options options) : base_(base), options_(std::move(options)) {}

  Env& base() { return base_; }
  std::uint64_t next_use() { return uses_.fetch_add(1, std::memory_order_relaxed) + 1; }
  std::size_t open_count() const {
    base::MutexLock lock(mutex_);
    return open_.size();
  }

  /// A file that was just opened.
  void add(const std::shared_ptr<HeldFile>& file) {
    base::MutexLock lock(mutex_);
    const auto named = by_path_.emplace(file->path(), file);
    try {
      open_.emplace(file.get(), file);
    } catch (const std::bad_alloc&) {
      by_path_.erase(named);
      throw;
    }
  }
  void note_open(const std::shared_ptr<HeldFile>& file) {
    base::MutexLock lock(mutex_);
    open_.emplace(file.get(), file);
  }
  void note_closed(HeldFile* file) {
    base::MutexLock lock(mutex_);
    open_.erase(file);
  }
  void remove(HeldFile* file) {
    base::MutexLock lock(mutex_);
    open_.erase(file);
    for (auto entry = by_path_.lower_bound(file->path());
         entry != by_path_.end() && entry->first == file->path(); ++entry) {
      if (entry->second.lock().get() != file) continue;
      by_path_.erase(entry);
      return;
    }
  }
  std::vector<std::shared_ptr<HeldFile>> named(const std::string& path) const { return with_names(path, path); }
  std::vector<std::shared_ptr<HeldFile>> below(const std::string& folder) const {
    return with_names(folder + "/", folder + "0");  // '0' is behind '/'.
  }

  void make_room() {
    const std::size_t limit = options_.max_open_files != 0 ? options_.max_open_files : limit_of_process();
    for (int tries = 0; tries < kMaxTries && open_count() >= limit; ++tries) {
      if (!close_one()) return;  // All are in use: the process's own limit decides.
    }
  }

  /// Runs a call that needs a descriptor.
  template <typename Call>
  auto with_room(Call call) {
    auto outcome = call();
    for (int tries = 0; is_exhausted(outcome) && tries < kMaxTries && close_one(); ++tries) outcome = call();
    if (is_exhausted(outcome) && options_.on_exhausted) options_.on_exhausted(status_of(outcome));
    return outcome;
  }

 private:
  template <typename Outcome>
  static bool is_exhausted(const Outcome& outcome) {
    return status_of(outcome).code() == StatusCode::kResourceExhausted;
  }

  std::vector<std::shared_ptr<HeldFile>> with_names(const std::string& first, const std::string& last) const {
    base::MutexLock lock(mutex_);
    std::vector<std::shared_ptr<HeldFile>> files;
    for (auto entry = by_path_.lower_bound(first); entry != by_path_.end() && entry->first <= last; ++entry) {
      if (auto file = entry->second.lock()) files.push_back(std::move(file));
    }
    return files;
  }

  /// Closes the file that was used longest ago of those that nobody uses. @return false: there is none.
  bool close_one() {
    // A file that goes meanwhile takes the mutex, so none may go while it is held.
    const std::vector<std::shared_ptr<HeldFile>> oldest = oldest_files();
    return std::any_of(oldest.begin(), oldest.end(), [](const auto& file) { return file->try_close(); });
  }

  std::vector<std::shared_ptr<HeldFile>> oldest_files() const {
    base::MutexLock lock(mutex_);
    std::vector<std::pair<std::uint64_t, const std::weak_ptr<HeldFile>*>> uses;
    uses.reserve(open_.size());
    for (const auto& [key, file] : open_) uses.emplace_back(key->last_use(), &file);
    const std::size_t count = std::min(uses.size(), kCandidates);
    std::partial_sort(uses.begin(), uses.begin() + static_cast<std::ptrdiff_t>(count), uses.end());
    std::vector<std::shared_ptr<HeldFile>> files;
    for (std::size_t i = 0; i < count; ++i) {
      if (auto file = uses[i].second->lock()) files.push_back(std::move(file));
    }
    return files;
  }

  Env& base_;
  const Options options_;
  std::atomic<std::uint64_t> uses_ = 0;
  mutable base::Mutex mutex_;
  std::multimap<std::string, std::weak_ptr<HeldFile>> by_path_ ALD_GUARDED_BY(mutex_);
  std::map<HeldFile*, std::weak_ptr<HeldFile>> open_ ALD_GUARDED_BY(mutex_);
};

namespace {

HeldFile::HeldFile(std::shared_ptr<BoundedEnv::Pool> pool, std::string path)
    : pool_(std::move(pool)), path_(std::move(path)), last_use_(pool_->next_use()) {}

Status HeldFile::begin_use() {
  last_use_.store(pool_->next_use(), std::memory_order_relaxed);
  {
    base::MutexLock lock(mutex_);
    while (state_ == State::kBusy) changed_.wait(lock);
    if (state_ == State::kRetired) return Status(StatusCode::kIo, "'" + path_ + "' was closed");
    if (state_ == State::kOpen) {
      ++users_;
      return {};
    }
    state_ = State::kBusy;
  }
  Status opened;
  try {
    pool_->make_room();
    opened = open_now();
    if (opened.ok()) pool_->note_open(shared_from_this());
  } catch (const std::bad_alloc&) {
    close_now();
    settle(State::kClosed, 0);
    throw;
  }
  settle(opened.ok() ? State::kOpen : State::kClosed, opened.ok() ? 1 : 0);
  return opened;
}

bool HeldFile::begin_use_if_open() {
  base::MutexLock lock(mutex_);
  while (state_ == State::kBusy) changed_.wait(lock);
  if (state_ != State::kOpen) return false;
  ++users_;
  return true;
}

void HeldFile::end_use() {
  base::MutexLock lock(mutex_);
  --users_;
}

bool HeldFile::try_close() {
  {
    base::MutexLock lock(mutex_);
    if (state_ != State::kOpen || users_ > 0 || keeps_open_) return false;
    state_ = State::kBusy;
  }
  close_now();
  pool_->note_closed(this);
  settle(State::kClosed, 0);
  return true;
}

void HeldFile::keep_open() {
  if (!begin_use().ok()) return;  // Its next use says so.
  base::MutexLock lock(mutex_);
  keeps_open_ = true;
  --users_;
}

bool HeldFile::retire() {
  bool is_open = false;
  {
    base::MutexLock lock(mutex_);
    while (state_ == State::kBusy) changed_.wait(lock);
    is_open = state_ == State::kOpen;
    state_ = State::kRetired;
  }
  pool_->remove(this);
  return is_open;
}

void HeldFile::settle(State state, int users) {
  {
    base::MutexLock lock(mutex_);
    state_ = state;
    users_ = users;
  }
  changed_.notify_all();
}

class HeldReadable final : public HeldFile {
 public:
  HeldReadable(std::shared_ptr<BoundedEnv::Pool> pool, std::string path, std::unique_ptr<RandomAccessFile> file)
      : HeldFile(std::move(pool), std::move(path)), size_(file->size()), file_(std::move(file)) {}

  Status read_at(std::uint64_t offset, std::span<std::byte> out) {
    ALD_RETURN_IF_ERROR(begin_use());
    const Use use(*this);
    return file_->read_at(offset, out);
  }
  std::uint64_t size() const { return size_; }

 private:
  Status open_now() override {
    ALD_ASSIGN(file_, pool_->with_room([this] { return pool_->base().open_readable(path()); }));
    if (file_->size() == size_) return {};
    file_.reset();
    return data_loss(path() + ": byte 0: the size changed since the file was opened");
  }
  void close_now() override { file_.reset(); }

  const std::uint64_t size_;
  // Changed by who made the file busy, read by its users.
  std::unique_ptr<RandomAccessFile> file_;
};

/// One thread writes, another may sync meanwhile.
class HeldWritable final : public HeldFile {
 public:
  HeldWritable(std::shared_ptr<BoundedEnv::Pool> pool, std::string path, std::unique_ptr<WritableFile> file)
      : HeldFile(std::move(pool), std::move(path)),
        out_of_memory_(StatusCode::kResourceExhausted, "not enough memory to sync a file"),
        size_(file->size()),
        file_(std::move(file)) {}

  Status append(std::span<const std::byte> bytes) {
    ALD_RETURN_IF_ERROR(begin_use());
    const Use use(*this);
    const Change change(*this);
    return file_->append(bytes);
  }

  /// Nothing to cut is fine for a closed file: a failed begin_use() of append() left it as it was.
  Status truncate(std::uint64_t size_bytes) {
    if (!begin_use_if_open()) {
      if (size_bytes == size_) return {};
      ALD_RETURN_IF_ERROR(begin_use());
    }
    const Use use(*this);
    const Change change(*this);
    return file_->truncate(size_bytes);
  }

  Status preallocate(std::uint64_t size_bytes) {
    ALD_RETURN_IF_ERROR(begin_use());
    const Use use(*this);
    return file_->preallocate(size_bytes);
  }

  /// A closed file was synced before, or is known to have failed.
  Status sync() {
    ALD_RETURN_IF_ERROR(failure());
    if (!begin_use_if_open()) return failure();
    const Use use(*this);
    return sync_now();
  }

  std::uint64_t size() const { return size_.load(); }

  Status close() {
    if (!retire()) return failure();
    const Status closed = file_->close();
    file_.reset();
    return closed;
  }

 private:
  /// What is appended or cut while one lives is in the file, but not counted as written until it ends.
  class Change {
   public:
    explicit Change(HeldWritable& file) : file_(file) { ++file_.begun_; }
    ~Change() {
      file_.size_ = file_.file_->size();
      file_.written_ = file_.begun_.load();
    }
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;

   private:
    HeldWritable& file_;
  };

  Status sync_now() {
    const std::uint64_t written = written_;
    Status synced = out_of_memory_;
    try {
      synced = file_->sync();
    } catch (const std::bad_alloc&) {  // It failed, and there was no memory to say so.
    }
    base::MutexLock lock(failure_mutex_);
    if (synced.ok()) {
      synced_ = std::max(synced_, written);
    } else if (failure_.ok()) {
      // A second sync would prove nothing, also after the file was opened again.
      failure_ = synced;
    }
    return synced;
  }

  Status failure() const {
    base::MutexLock lock(failure_mutex_);
    return failure_;
  }
  bool is_synced() const {
    base::MutexLock lock(failure_mutex_);
    return synced_ == begun_ || !failure_.ok();
  }

  Status open_now() override {
    // Appending would make it anew.
    if (!pool_->base().exists(path())) return not_found("'" + path() + "' was removed");
    ALD_ASSIGN(file_, pool_->with_room([this] { return pool_->base().open_writable(path(), OpenMode::kAppend); }));
    if (file_->size() == size_) return {};
    file_.reset();
    return data_loss(path() + ": byte 0: the size changed since the file was opened");
  }
  void close_now() override {
    if (file_ == nullptr) return;
    if (!is_synced()) sync_now().ignore();  // Kept, and told to the next sync().
    file_.reset();
  }

  /// Made ahead, for when there is no memory to make it.
  const Status out_of_memory_;
  std::atomic<std::uint64_t> size_;
  // Counts of changes; written by who writes.
  std::atomic<std::uint64_t> begun_ = 0;
  std::atomic<std::uint64_t> written_ = 0;
  // Changed by who made the file busy, read by its users.
  std::unique_ptr<WritableFile> file_;
  // Taken last.
  mutable base::Mutex failure_mutex_;
  std::uint64_t synced_ ALD_GUARDED_BY(failure_mutex_) = 0;
  Status failure_ ALD_GUARDED_BY(failure_mutex_);
};

class BoundedReadableFile final : public RandomAccessFile {
 public:
  explicit BoundedReadableFile(std::shared_ptr<HeldReadable> held) : held_(std::move(held)) {}
  ~BoundedReadableFile() override { held_->retire(); }
  Status read_at(std::uint64_t offset, std::span<std::byte> out) const override { return held_->read_at(offset, out); }
  std::uint64_t size() const override { return held_->size(); }

 private:
  const std::shared_ptr<HeldReadable> held_;
};

class BoundedWritableFile final : public WritableFile {
 public:
  explicit BoundedWritableFile(std::shared_ptr<HeldWritable> held) : held_(std::move(held)) {}
  ~BoundedWritableFile() override { held_->retire(); }
  Status append(std::span<const std::byte> bytes) override { return held_->append(bytes); }
  Status sync() override { return held_->sync(); }
  Status preallocate(std::uint64_t size_bytes) override { return held_->preallocate(size_bytes); }
  Status truncate(std::uint64_t size_bytes) override { return held_->truncate(size_bytes); }
  std::uint64_t size() const override { return held_->size(); }
  Status close() override { return held_->close(); }

 private:
  const std::shared_ptr<HeldWritable> held_;
};

}  // namespace

BoundedEnv::BoundedEnv(Env& base, Options options)
    : base_(base), pool_(std::make_shared<Pool>(base, std::move(options))) {}
BoundedEnv::~BoundedEnv() = default;

std::size_t BoundedEnv::limit_of_process() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kLeastOpenFiles;
  return std::clamp<std::size_t>(static_cast<std::size_t>(limit.rlim_cur / 2), kLeastOpenFiles, kMostOpenFiles);
}

std::size_t BoundedEnv::open_file_count() const { return pool_->open_count(); }

Result<std::unique_ptr<WritableFile>> BoundedEnv::open_writable(const std::string& path, OpenMode mode) {
  pool_->make_room();
  ALD_ASSIGN(auto file, pool_->with_room([&] { return base_.open_writable(path, mode); }));
  auto held = std::make_shared<HeldWritable>(pool_, path, std::move(file));
  auto made = std::make_unique<BoundedWritableFile>(held);
  pool_->add(held);
  return std::unique_ptr<WritableFile>(std::move(made));
}

Result<std::unique_ptr<RandomAccessFile>> BoundedEnv::open_readable(const std::string& path) {
  pool_->make_room();
  ALD_ASSIGN(auto file, pool_->with_room([&] { return base_.open_readable(path); }));
  auto held = std::make_shared<HeldReadable>(pool_, path, std::move(file));
  auto made = std::make_unique<BoundedReadableFile>(held);
  pool_->add(held);
  return std::unique_ptr<RandomAccessFile>(std::move(made));
}

Status BoundedEnv::rename(const std::string& from, const std::string& to) {
  for (const auto& file : pool_->named(from)) file->keep_open();
  for (const auto& file : pool_->named(to)) file->keep_open();
  return base_.rename(from, to);
}

Status BoundedEnv::remove_file(const std::string& path) {
  for (const auto& file : pool_->named(path)) file->keep_open();
  return base_.remove_file(path);
}

Status BoundedEnv::remove_directory_tree(const std::string& path) {
  for (const auto& file : pool_->below(path)) file->keep_open();
  return pool_->with_room([&] { return base_.remove_directory_tree(path); });
}

Status BoundedEnv::create_directory(const std::string& path) { return base_.create_directory(path); }

Status BoundedEnv::sync_directory(const std::string& path) {
  return pool_->with_room([&] { return base_.sync_directory(path); });
}

Result<std::vector<DirectoryEntry>> BoundedEnv::list_directory(const std::string& path) {
  return pool_->with_room([&] { return base_.list_directory(path); });
}

bool BoundedEnv::exists(const std::string& path) { return base_.exists(path); }

Result<std::unique_ptr<FileLock>> BoundedEnv::lock_file(const std::string& path) {
  return pool_->with_room([&] { return base_.lock_file(path); });
}

std::int64_t BoundedEnv::now_us() { return base_.now_us(); }
std::chrono::steady_clock::time_point BoundedEnv::monotonic_now() { return base_.monotonic_now(); }
std::uint64_t BoundedEnv::random_u64() { return base_.random_u64(); }

}  // namespace alidade::env
