#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "env/env.h"

namespace alidade::collection {

/// What `alidade repair --salvage` did.
struct FolderSalvage {
  std::uint64_t copied_count = 0;    ///< Collections without damage, copied byte for byte.
  std::uint64_t salvaged_count = 0;  ///< Collections of which what is good was written anew.
  std::uint64_t left_out_count = 0;  ///< Collections of which nothing was written.
  std::uint64_t damage_count = 0;
  /// Whether anything that the old folder held, or may have held, is not in the new one.
  bool left_something_out = false;
  /// For people, with every id; also the content of the new folder's report file.
  std::string report;
};

/// Writes what is provably good of the data folder `from` into the new folder `to`: see
/// docs/operations/repair.md. The caller holds the lock of `from`, of which nothing is changed. When
/// it succeeds, every byte of the new folder has been written, synced and verified.
/// @return kAlreadyExists when `to` is there and not empty; kInvalidArgument when it lies inside
///         `from`; kIo, kOutOfSpace: what was written so far is to be thrown away.
Result<FolderSalvage> salvage_folder(env::Env& env, const std::string& from, const std::string& to);

}  // namespace alidade::collection
