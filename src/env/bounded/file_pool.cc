#include "env/bounded/file_pool.h"

#include <algorithm>
#include <new>

namespace alidade::env {
namespace {

/// How many of the files that were used longest ago are looked at for one that can be closed.
constexpr std::size_t kCandidates = 16;

}  // namespace

HeldFile::HeldFile(std::shared_ptr<FilePool> pool, std::string path)
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

void FilePool::add(const std::shared_ptr<HeldFile>& file) {
  base::MutexLock lock(mutex_);
  const auto named = by_path_.emplace(file->path(), file);
  try {
    open_.emplace(file.get(), file);
  } catch (const std::bad_alloc&) {
    by_path_.erase(named);
    throw;
  }
}

void FilePool::note_open(const std::shared_ptr<HeldFile>& file) {
  base::MutexLock lock(mutex_);
  open_.emplace(file.get(), file);
}

void FilePool::note_closed(HeldFile* file) {
  base::MutexLock lock(mutex_);
  open_.erase(file);
}

void FilePool::remove(HeldFile* file) {
  base::MutexLock lock(mutex_);
  open_.erase(file);
  for (auto entry = by_path_.lower_bound(file->path());
       entry != by_path_.end() && entry->first == file->path(); ++entry) {
    if (entry->second.lock().get() != file) continue;
    by_path_.erase(entry);
    return;
  }
}

void FilePool::make_room() {
  const std::size_t limit = options_.max_open_files != 0 ? options_.max_open_files : BoundedEnv::limit_of_process();
  for (int tries = 0; tries < kMaxTries && open_count() >= limit; ++tries) {
    if (!close_one()) return;  // All are in use: the process's own limit decides.
  }
}

std::vector<std::shared_ptr<HeldFile>> FilePool::with_names(const std::string& first, const std::string& last) const {
  base::MutexLock lock(mutex_);
  std::vector<std::shared_ptr<HeldFile>> files;
  for (auto entry = by_path_.lower_bound(first); entry != by_path_.end() && entry->first <= last; ++entry) {
    if (auto file = entry->second.lock()) files.push_back(std::move(file));
  }
  return files;
}

bool FilePool::close_one() {
  // A file that goes meanwhile takes the mutex, so none may go while it is held.
  const std::vector<std::shared_ptr<HeldFile>> oldest = oldest_files();
  return std::any_of(oldest.begin(), oldest.end(), [](const auto& file) { return file->try_close(); });
}

std::vector<std::shared_ptr<HeldFile>> FilePool::oldest_files() const {
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

}  // namespace alidade::env
