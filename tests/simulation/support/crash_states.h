#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "env/memory/memory_env.h"
#include "env/recording/recording_env.h"
#include "simulation/support/history.h"

namespace alidade::simulation {

/// A disk as a crash may have left it.
struct CrashState {
  CrashPoint point;
  std::unique_ptr<env::MemoryEnv> disk;
  /// For people: "all kept", "unsynced lost", "any reordering 3", "torn append", …
  std::string kind;
};

/// Walks through a trace from its beginning and makes the disks that a crash may leave at each
/// point: everything kept (kill -9), everything unsynced lost, legal mixtures between, and the same
/// in the middle of an append or of the removal of a tree.
class CrashStates {
 public:
  /// @param mixtures per point. @param trace borrowed.
  CrashStates(std::span<const env::TraceEntry> trace, std::uint64_t seed, std::size_t mixtures);

  /// Calls visit for each state; `wanted` may decline one before it is made.
  void for_each(const std::function<bool()>& wanted, const std::function<void(CrashState)>& visit);

 private:
  void states_at(std::size_t position, bool inside_next, const std::string& where);
  void torn_append(const env::TraceEntry& entry, std::size_t position);
  void remove_tree(const std::string& path, std::size_t position);
  void offer(const CrashPoint& point, const std::string& kind, env::MemoryEnv::Unsynced unsynced);

  const std::span<const env::TraceEntry> trace_;
  std::uint64_t seed_;
  const std::size_t mixtures_;
  std::unique_ptr<env::MemoryEnv> disk_;
  std::unique_ptr<env::TraceReplayer> replayer_;
  const std::function<bool()>* wanted_ = nullptr;
  const std::function<void(CrashState)>* visit_ = nullptr;
};

/// "append data/…/manifest.tmp 120 bytes".
std::string describe(const env::TraceEntry& entry);

}  // namespace alidade::simulation
