#include "env/disk_reserve.h"

#include <utility>

namespace alidade::env {

DiskReserve::DiskReserve(Env& env, std::string path, std::uint64_t size_bytes)
    : env_(env), path_(std::move(path)), size_bytes_(size_bytes), whole_(size_bytes == 0) {}

Status DiskReserve::admit() {
  if (is_whole()) return Status();
  base::MutexLock lock(mutex_);
  if (is_whole()) return Status();
  if (uses_ > 0) return Status(StatusCode::kOutOfSpace, "the disk is full");
  ALD_RETURN_IF_ERROR(make());
  whole_.store(true, std::memory_order_release);
  return Status();
}

Status DiskReserve::make() {
  ALD_ASSIGN(const auto file, env_.open_writable(path_, OpenMode::kAppend));
  if (const Status reserved = file->preallocate(size_bytes_); !reserved.ok()) {
    env_.remove_file(path_).ignore();  // Without space it says nothing.
    return reserved;
  }
  // Not synced: after a power loss the next start makes what is missing.
  return file->close();
}

bool DiskReserve::give_away() {
  base::MutexLock lock(mutex_);
  if (size_bytes_ == 0) return false;
  if (is_whole()) {
    // Removed and not cut: that frees the blocks on every file system. With the folder synced, the
    // journal has let go of them too.
    if (!env_.remove_file(path_).ok()) return false;
    env_.sync_directory(parent_directory(path_)).ignore();  // Then the retry finds out.
    whole_.store(false, std::memory_order_release);
  }
  ++uses_;
  return true;
}

void DiskReserve::take_back() {
  base::MutexLock lock(mutex_);
  --uses_;
}

}  // namespace alidade::env
