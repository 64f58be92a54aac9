#include "env/faulty/faulty_env.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/mutex.h"

namespace alidade::env {

struct FaultyEnv::Plan {
  static constexpr std::size_t kMaxRemembered = 100;

  mutable base::Mutex mutex;
  Fault fault;  // call == 0: none.
  bool paused = false;
  std::uint64_t calls = 0;
  std::uint64_t failures = 0;
  std::vector<std::string> failed_calls;
  std::map<std::string, std::uint64_t> calls_by_name;

  bool is_meant(std::string_view name) const {
    if (fault.only.empty()) return true;
    return ("|" + fault.only + "|").find("|" + std::string(name) + "|") != std::string::npos;
  }

  /// Counts the call. @return the status that it fails with.
  Status count(std::string_view name, const std::string& path) {
    std::function<void()> instead;
    const Status failure = judge(name, path, instead);
    if (!instead) return failure;
    instead();
    return Status();
  }

  Status judge(std::string_view name, const std::string& path, std::function<void()>& instead) {
    base::MutexLock lock(mutex);
    if (paused) return Status();
    ++calls_by_name[std::string(name)];
    if (!is_meant(name) || (fault.condition && !fault.condition())) return Status();
    ++calls;
    const bool fails =
        fault.call != 0 &&
        (calls == fault.call || (calls > fault.call && fault.repeat == Repeat::kFromThenOn));
    if (!fails) return Status();
    instead = fault.instead;
    ++failures;
    if (failed_calls.size() < kMaxRemembered) {
      failed_calls.push_back(std::string(name) + " " + path);
    }
    return fault.status.with_context(name);
  }
  std::uint64_t short_write_bytes() const {
    base::MutexLock lock(mutex);
    return fault.short_write_bytes;
  }
};

namespace {

class FaultyWritableFile final : public WritableFile {
 public:
  FaultyWritableFile(std::unique_ptr<WritableFile> file,
                     std::string path,
                     std::shared_ptr<FaultyEnv::Plan> plan)
      : file_(std::move(file)), path_(std::move(path)), plan_(std::move(plan)) {}

  Status append(std::span<const std::byte> bytes) override {
    const Status fault = plan_->count("append", path_);
    if (fault.ok()) return file_->append(bytes);
    const std::size_t part = std::min<std::size_t>(bytes.size(), plan_->short_write_bytes());
    ALD_RETURN_IF_ERROR(file_->append(bytes.first(part)));
    return fault;
  }
  Status sync() override {
    ALD_RETURN_IF_ERROR(plan_->count("sync", path_));
    return file_->sync();
  }
  Status preallocate(std::uint64_t size_bytes) override {
    ALD_RETURN_IF_ERROR(plan_->count("preallocate", path_));
    return file_->preallocate(size_bytes);
  }
  Status truncate(std::uint64_t size_bytes) override {
    ALD_RETURN_IF_ERROR(plan_->count("truncate", path_));
    return file_->truncate(size_bytes);
  }
  std::uint64_t size() const override { return file_->size(); }
  Status close() override {
    ALD_RETURN_IF_ERROR(plan_->count("close", path_));
    return file_->close();
  }

 private:
  std::unique_ptr<WritableFile> file_;
  const std::string path_;
  std::shared_ptr<FaultyEnv::Plan> plan_;
};

class FaultyReadableFile final : public RandomAccessFile {
 public:
  FaultyReadableFile(std::unique_ptr<RandomAccessFile> file,
                     std::string path,
                     std::shared_ptr<FaultyEnv::Plan> plan)
      : file_(std::move(file)), path_(std::move(path)), plan_(std::move(plan)) {}

  Status read_at(std::uint64_t offset, std::span<std::byte> out) const override {
    ALD_RETURN_IF_ERROR(plan_->count("read", path_));
    return file_->read_at(offset, out);
  }
  std::uint64_t size() const override { return file_->size(); }

 private:
  std::unique_ptr<RandomAccessFile> file_;
  const std::string path_;
  std::shared_ptr<FaultyEnv::Plan> plan_;
};

}  // namespace

FaultyEnv::FaultyEnv(Env& base) : base_(base), plan_(std::make_shared<Plan>()) {}
FaultyEnv::~FaultyEnv() = default;

void FaultyEnv::set_fault(Fault fault) {
  base::MutexLock lock(plan_->mutex);
  plan_->fault = std::move(fault);
  plan_->calls = plan_->failures = 0;
  plan_->failed_calls.clear();
}

void FaultyEnv::heal() { set_fault(Fault()); }

std::uint64_t FaultyEnv::calls() const {
  base::MutexLock lock(plan_->mutex);
  return plan_->calls;
}

std::uint64_t FaultyEnv::failures() const {
  base::MutexLock lock(plan_->mutex);
  return plan_->failures;
}

std::vector<std::string> FaultyEnv::failed_calls() const {
  base::MutexLock lock(plan_->mutex);
  return plan_->failed_calls;
}

std::map<std::string, std::uint64_t> FaultyEnv::calls_by_name() const {
  base::MutexLock lock(plan_->mutex);
  return plan_->calls_by_name;
}

void FaultyEnv::set_paused(bool paused) {
  base::MutexLock lock(plan_->mutex);
  plan_->paused = paused;
}

Result<std::unique_ptr<WritableFile>> FaultyEnv::open_writable(const std::string& path,
                                                               OpenMode mode) {
  ALD_RETURN_IF_ERROR(plan_->count("open", path));
  ALD_ASSIGN(auto file, base_.open_writable(path, mode));
  return std::unique_ptr<WritableFile>(
      std::make_unique<FaultyWritableFile>(std::move(file), path, plan_));
}

Result<std::unique_ptr<RandomAccessFile>> FaultyEnv::open_readable(const std::string& path) {
  ALD_RETURN_IF_ERROR(plan_->count("open", path));
  ALD_ASSIGN(auto file, base_.open_readable(path));
  return std::unique_ptr<RandomAccessFile>(
      std::make_unique<FaultyReadableFile>(std::move(file), path, plan_));
}

Status FaultyEnv::rename(const std::string& from, const std::string& to) {
  ALD_RETURN_IF_ERROR(plan_->count("rename", from));
  return base_.rename(from, to);
}

Status FaultyEnv::remove_file(const std::string& path) {
  ALD_RETURN_IF_ERROR(plan_->count("remove", path));
  return base_.remove_file(path);
}

Status FaultyEnv::create_directory(const std::string& path) {
  ALD_RETURN_IF_ERROR(plan_->count("create", path));
  return base_.create_directory(path);
}

Status FaultyEnv::remove_directory_tree(const std::string& path) {
  ALD_RETURN_IF_ERROR(plan_->count("remove", path));
  return base_.remove_directory_tree(path);
}

Status FaultyEnv::sync_directory(const std::string& path) {
  ALD_RETURN_IF_ERROR(plan_->count("sync", path));
  return base_.sync_directory(path);
}

Result<std::vector<DirectoryEntry>> FaultyEnv::list_directory(const std::string& path) {
  ALD_RETURN_IF_ERROR(plan_->count("list", path));
  return base_.list_directory(path);
}

bool FaultyEnv::exists(const std::string& path) { return base_.exists(path); }

Result<std::unique_ptr<FileLock>> FaultyEnv::lock_file(const std::string& path) {
  ALD_RETURN_IF_ERROR(plan_->count("lock", path));
  return base_.lock_file(path);
}

std::int64_t FaultyEnv::now_us() { return base_.now_us(); }
std::chrono::steady_clock::time_point FaultyEnv::monotonic_now() { return base_.monotonic_now(); }
std::uint64_t FaultyEnv::random_u64() { return base_.random_u64(); }

}  // namespace alidade::env
