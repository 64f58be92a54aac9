#include "env/recording/recording_env.h"

#include <utility>

#include "base/mutex.h"

namespace alidade::env {

struct RecordingEnv::Tape {
  mutable base::Mutex mutex;
  std::vector<TraceEntry> entries;

  /// Keeps the entry if what it tells of succeeded.
  Status add(Status done, TraceEntry entry) {
    if (!done.ok()) return done;
    base::MutexLock lock(mutex);
    entries.push_back(std::move(entry));
    return done;
  }
};

namespace {

using Kind = TraceEntry::Kind;

class RecordingFile final : public WritableFile {
 public:
  RecordingFile(std::unique_ptr<WritableFile> file,
                std::string path,
                std::shared_ptr<RecordingEnv::Tape> tape)
      : file_(std::move(file)), path_(std::move(path)), tape_(std::move(tape)) {}

  Status append(std::span<const std::byte> bytes) override {
    const std::uint64_t before = file_->size();
    return tape_->add(file_->append(bytes), {.kind = Kind::kAppend,
                                             .path = path_,
                                             .bytes = base::Bytes(bytes.begin(), bytes.end()),
                                             .size_bytes = before});
  }
  Status sync() override { return tape_->add(file_->sync(), {.kind = Kind::kSync, .path = path_}); }
  Status preallocate(std::uint64_t size_bytes) override { return file_->preallocate(size_bytes); }
  Status truncate(std::uint64_t size_bytes) override {
    return tape_->add(file_->truncate(size_bytes),
                      {.kind = Kind::kTruncate, .path = path_, .size_bytes = size_bytes});
  }
  std::uint64_t size() const override { return file_->size(); }
  Status close() override { return file_->close(); }

 private:
  std::unique_ptr<WritableFile> file_;
  std::string path_;
  std::shared_ptr<RecordingEnv::Tape> tape_;
};

}  // namespace

RecordingEnv::RecordingEnv(Env& base) : base_(base), tape_(std::make_shared<Tape>()) {}
RecordingEnv::~RecordingEnv() = default;

std::vector<TraceEntry> RecordingEnv::trace() const {
  base::MutexLock lock(tape_->mutex);
  return tape_->entries;
}

std::size_t RecordingEnv::trace_size() const {
  base::MutexLock lock(tape_->mutex);
  return tape_->entries.size();
}

void RecordingEnv::clear() {
  base::MutexLock lock(tape_->mutex);
  tape_->entries.clear();
}

Result<std::unique_ptr<WritableFile>> RecordingEnv::open_writable(const std::string& path,
                                                                  OpenMode mode) {
  ALD_ASSIGN(auto file, base_.open_writable(path, mode));
  ALD_RETURN_IF_ERROR(tape_->add(Status(), {.kind = Kind::kOpenWritable, .path = path}));
  return std::unique_ptr<WritableFile>(
      std::make_unique<RecordingFile>(std::move(file), path, tape_));
}

Result<std::unique_ptr<RandomAccessFile>> RecordingEnv::open_readable(const std::string& path) {
  return base_.open_readable(path);
}

Status RecordingEnv::rename(const std::string& from, const std::string& to) {
  return tape_->add(base_.rename(from, to), {.kind = Kind::kRename, .path = from, .target = to});
}

Status RecordingEnv::remove_file(const std::string& path) {
  return tape_->add(base_.remove_file(path), {.kind = Kind::kRemove, .path = path});
}

Status RecordingEnv::create_directory(const std::string& path) {
  return tape_->add(base_.create_directory(path), {.kind = Kind::kCreateDirectory, .path = path});
}

Status RecordingEnv::remove_directory_tree(const std::string& path) {
  return tape_->add(base_.remove_directory_tree(path), {.kind = Kind::kRemoveTree, .path = path});
}

Status RecordingEnv::sync_directory(const std::string& path) {
  return tape_->add(base_.sync_directory(path), {.kind = Kind::kSyncDirectory, .path = path});
}

Result<std::vector<DirectoryEntry>> RecordingEnv::list_directory(const std::string& path) {
  return base_.list_directory(path);
}

bool RecordingEnv::exists(const std::string& path) { return base_.exists(path); }

Result<std::unique_ptr<FileLock>> RecordingEnv::lock_file(const std::string& path) {
  return base_.lock_file(path);
}

std::int64_t RecordingEnv::now_us() { return base_.now_us(); }
std::chrono::steady_clock::time_point RecordingEnv::monotonic_now() {
  return base_.monotonic_now();
}
std::uint64_t RecordingEnv::random_u64() { return base_.random_u64(); }

Status TraceReplayer::apply(const TraceEntry& entry) {
  switch (entry.kind) {
    case Kind::kOpenWritable: {
      ALD_ASSIGN(files_[entry.path], target_.open_writable(entry.path, OpenMode::kAppend));
      return Status();
    }
    case Kind::kAppend:
      return files_[entry.path]->append(entry.bytes);
    case Kind::kTruncate:
      return files_[entry.path]->truncate(entry.size_bytes);
    case Kind::kSync:
      return files_[entry.path]->sync();
    case Kind::kRename:
      return target_.rename(entry.path, entry.target);
    case Kind::kRemove:
      return target_.remove_file(entry.path);
    case Kind::kRemoveTree:
      return target_.remove_directory_tree(entry.path);
    case Kind::kCreateDirectory:
      return target_.create_directory(entry.path);
    case Kind::kSyncDirectory:
      return target_.sync_directory(entry.path);
  }
  return Status();
}

Status replay_trace(std::span<const TraceEntry> trace, Env& target) {
  TraceReplayer replayer(target);
  for (const TraceEntry& entry : trace) ALD_RETURN_IF_ERROR(replayer.apply(entry));
  return Status();
}

}  // namespace alidade::env
