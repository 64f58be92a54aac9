#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "env/env.h"
#include "model/collection_config.h"

namespace alidade::shard {

/// What salvage wrote of a damaged shard and what it left out.
struct ShardSalvage {
  std::uint64_t kept_count = 0;
  /// Points that were there and of which something is damaged, as users name them.
  std::vector<std::string> left_out;
  /// At most so many more, whose ids are in damaged bytes.
  std::uint64_t unnamed_count = 0;
  /// No checkpoint could be read: the points in it are left out, and nobody knows how many.
  bool checkpoint_left_out = false;
  std::uint64_t log_records_kept = 0;
  std::uint64_t log_bytes_left_out = 0;
  std::vector<std::string> damages;  ///< With file and offset.
  std::vector<std::string> notes;

  bool is_complete() const {
    return left_out.empty() && unnamed_count == 0 && !checkpoint_left_out &&
           log_bytes_left_out == 0 && !log_is_cut && !definitions_left_out;
  }
  /// Those of payload indexes were in a manifest that is lost.
  bool definitions_left_out = false;
  bool log_is_cut = false;  ///< Later writes are left out, also where no bytes of them are there.
};

/// Writes what is provably good of the shard in `from` into the folder `to` (made by the caller,
/// empty): the points of the checkpoint of which every byte verifies, then the log's records up to
/// the first damage. A record that builds on a point that was left out leaves it out; a whole point
/// written later brings it back. Graphs and payload indexes are left to the next start.
///
/// The result is the shard as it was after one of its writes, less the points that are named.
/// Changes nothing in `from`. Needs the memory that the points need.
Result<ShardSalvage> salvage_shard(env::Env& env,
                                   const std::string& from,
                                   const std::string& to,
                                   const model::CollectionConfig& config,
                                   const std::string& identity);

}  // namespace alidade::shard
