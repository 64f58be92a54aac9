#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"
#include "env/env.h"
#include "storage/manifest.h"

namespace alidade::storage {

struct VerifiedFile {
  std::string kind;  ///< "manifest", "rows", "payload", "table", or "derived (graph)".
  std::uint64_t size_bytes = 0;
  std::uint64_t checksum = 0;  ///< As in FileRef.
};

/// Reads a file of this room from end to end and checks every checksum. Offline; changes nothing.
/// @return kDataLoss with file and offset of the first damage; kInvalidArgument when the first
/// bytes
///         are of no kind that this room writes.
Result<VerifiedFile> verify_file(env::Env& env, const std::string& path);

/// The same for a file that a manifest names, with size and checksum as they stand there.
/// @return kDataLoss also when it is missing.
Status verify_file(env::Env& env, const std::string& directory, const FileRef& file);

}  // namespace alidade::storage
