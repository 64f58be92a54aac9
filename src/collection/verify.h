#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "env/env.h"

namespace alidade::collection {

/// What `alidade check` found in a data folder.
struct FolderVerification {
  std::uint64_t file_count = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t collection_count = 0;
  std::vector<Status> damages;             ///< With file and, where bytes are wrong, the offset.
  std::vector<std::string> notes;          ///< What the next start removes or cuts; no damage.
  std::vector<std::string> unknown_files;  ///< Of no kind that the server writes.
};

/// Reads every byte of a data folder, and what its files say of each other. The caller holds the
/// folder's lock. Changes nothing.
/// @return kNotFound when there is no such folder.
Result<FolderVerification> verify_folder(env::Env& env, const std::string& directory);

}  // namespace alidade::collection
