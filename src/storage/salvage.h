#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "env/env.h"
#include "storage/manifest.h"
#include "storage/point_store.h"

namespace alidade::storage {

/// What of a checkpoint's points could be proven.
struct StoreSalvage {
  struct Point {
    model::PointId id;
    std::string original_id;
  };
  /// Live points of which a byte is damaged: id, vector or payload.
  std::vector<Point> left_out;
  /// Live points whose very ids are in damaged bytes.
  std::uint64_t unnamed_count = 0;
  /// Of all rows ever written; the operation that wrote last.
  base::OpNumber last_version;
  std::uint64_t next_first_seen = 0;
  std::vector<Status> damages;  ///< With file and offset.
};

/// Appends to `target`, which is empty and has the specs of the checkpoint, every live point of it
/// whose bytes verify, in order. Offline; changes nothing in `directory`.
/// @return kDataLoss when the table cannot be read: which rows are live is not known then.
Result<StoreSalvage> salvage_points(env::Env& env,
                                    const std::string& directory,
                                    const Manifest& manifest,
                                    PointStore& target);

/// The newest checkpoint that is whole enough to be read, for a folder whose manifest is lost.
struct FoundCheckpoint {
  /// Its files; generation, covered position, schema and state are not known.
  Manifest manifest;
  std::map<std::string, std::uint32_t> vector_sizes;
};
/// @return kNotFound when there is none.
Result<FoundCheckpoint> find_checkpoint(env::Env& env, const std::string& directory);

}  // namespace alidade::storage
