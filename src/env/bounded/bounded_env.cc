#include "env/bounded/bounded_env.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <utility>

#include "base/mutex.h"
#include "env/bounded/file_pool.h"

namespace alidade::env {
namespace {

constexpr std::size_t kLeastOpenFiles = 8;
constexpr std::size_t kMostOpenFiles = 8192;

class HeldReadable final : public HeldFile {
 public:
  HeldReadable(std::shared_ptr<FilePool> pool, std::string path, std::unique_ptr<RandomAccessFile> file)
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
  HeldWritable(std::shared_ptr<FilePool> pool, std::string path, std::unique_ptr<WritableFile> file)
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
    : base_(base), pool_(std::make_shared<FilePool>(base, std::move(options))) {}
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
