#include "simulation/support/crash_states.h"

#include <fmt/format.h>

#include "base/check.h"

namespace alidade::simulation {

using env::MemoryEnv;
using env::TraceEntry;
using Kind = env::TraceEntry::Kind;

CrashStates::CrashStates(std::span<const TraceEntry> trace, std::uint64_t seed, std::size_t mixtures)
    : trace_(trace), seed_(seed), mixtures_(mixtures) {}

void CrashStates::for_each(const std::function<bool()>& wanted,
                           const std::function<void(CrashState)>& visit) {
  wanted_ = &wanted;
  visit_ = &visit;
  disk_ = std::make_unique<MemoryEnv>(seed_);
  replayer_ = std::make_unique<env::TraceReplayer>(*disk_);
  for (std::size_t position = 0; position < trace_.size(); ++position) {
    states_at(position, false, "");
    const TraceEntry& entry = trace_[position];
    if (entry.kind == Kind::kAppend) torn_append(entry, position);
    if (entry.kind == Kind::kRemoveTree) remove_tree(entry.path, position);
    ALD_CHECK(replayer_->apply(entry).ok());
  }
  states_at(trace_.size(), false, "");
}

void CrashStates::states_at(std::size_t position, bool inside_next, const std::string& where) {
  CrashPoint point{position, inside_next, false};
  offer(point, where + "all kept", MemoryEnv::Unsynced::kKept);
  point.power_lost = true;
  offer(point, where + "unsynced lost", MemoryEnv::Unsynced::kLost);
  for (std::size_t i = 0; i < mixtures_; ++i) {
    offer(point, fmt::format("{}mixture {}", where, i), MemoryEnv::Unsynced::kArbitrary);
  }
}

/// Half of an append was carried out: a prefix of it for kill -9, pieces of it for power loss.
void CrashStates::torn_append(const TraceEntry& entry, std::size_t position) {
  if (entry.bytes.size() < 2) return;
  TraceEntry part = entry;
  part.bytes.resize(1 + seed_ % (entry.bytes.size() - 1));
  auto disk = disk_->clone(++seed_);
  const auto file = disk->open_writable(entry.path, env::OpenMode::kAppend);
  ALD_CHECK(file.ok() && (*file)->append(part.bytes).ok());
  disk_.swap(disk);
  CrashPoint point{position, true, false};
  offer(point, "torn append, all kept", MemoryEnv::Unsynced::kKept);
  point.power_lost = true;
  offer(point, "torn append, mixture", MemoryEnv::Unsynced::kArbitrary);
  disk_.swap(disk);
}

/// The removal of a tree is many removals, of which a crash may find any number done.
void CrashStates::remove_tree(const std::string& path, std::size_t position) {
  const auto entries = disk_->list_directory(path);
  if (!entries.ok()) return;
  for (const auto& entry : *entries) {
    const std::string child = env::join_path(path, entry.name);
    if (entry.is_directory) {
      remove_tree(child, position);
      ALD_CHECK(disk_->remove_directory_tree(child).ok());
    } else {
      ALD_CHECK(disk_->remove_file(child).ok());
    }
    states_at(position, true, "half removed, ");
  }
}

void CrashStates::offer(const CrashPoint& point, const std::string& kind, MemoryEnv::Unsynced unsynced) {
  ++seed_;
  if (!(*wanted_)()) return;
  auto disk = disk_->clone(seed_);
  // kill -9 keeps everything, but does not make it durable: the power may go later.
  if (point.power_lost) disk->crash(unsynced);
  (*visit_)({point, std::move(disk), kind});
}

std::string describe(const TraceEntry& entry) {
  switch (entry.kind) {
    case Kind::kOpenWritable: return "open " + entry.path;
    case Kind::kAppend: return fmt::format("append {} bytes to {}", entry.bytes.size(), entry.path);
    case Kind::kTruncate: return fmt::format("cut {} to {}", entry.path, entry.size_bytes);
    case Kind::kSync: return "sync " + entry.path;
    case Kind::kRename: return "rename " + entry.path + " to " + entry.target;
    case Kind::kRemove: return "remove " + entry.path;
    case Kind::kRemoveTree: return "remove tree " + entry.path;
    case Kind::kCreateDirectory: return "create folder " + entry.path;
    case Kind::kSyncDirectory: return "sync folder " + entry.path;
  }
  return "";
}

}  // namespace alidade::simulation
