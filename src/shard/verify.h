#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "env/env.h"
#include "model/collection_config.h"

namespace alidade::shard {

/// What `alidade check` found in a shard's folder.
struct ShardVerification {
  std::uint64_t file_count = 0;
  std::uint64_t size_bytes = 0;
  std::vector<Status> damages;             ///< With file and, where bytes are wrong, the offset.
  std::vector<std::string> notes;          ///< What the next start removes or cuts; no damage.
  std::vector<std::string> unknown_files;  ///< Of no kind that a shard writes.
};

/// Reads every byte of a shard and everything that one file says of another: the manifest's files with
/// size and checksum, rows against table, the chain of the log and that it reaches what the
/// checkpoint covers. Needs the memory that the shard's points need. Offline; changes nothing.
ShardVerification verify_shard(env::Env& env,
                               const std::string& directory,
                               const model::CollectionConfig& config,
                               const std::string& identity);

}  // namespace alidade::shard
