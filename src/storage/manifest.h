#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/status.h"
#include "env/env.h"

namespace alidade::storage {

/// One immutable file of a shard. Names are unique for ever: they carry the generation of the
/// checkpoint that wrote them.
struct FileRef {
  std::string kind;  ///< "rows", "payload", "table" (the point store's), or a derived file's kind.
  std::string name;  ///< File name inside the shard's folder.
  std::uint64_t size_bytes = 0;
  std::uint64_t checksum = 0;  ///< Of the footer, which covers every block's checksum.

  friend bool operator==(const FileRef&, const FileRef&) = default;
};

/// Names every file that a shard consists of. Storing it is the only commit of a checkpoint.
struct Manifest {
  /// Grows with every attempt to checkpoint; 0 = nothing was ever stored.
  std::uint64_t generation = 0;
  std::vector<FileRef> files;
  /// Everything up to here is in the files; replay begins behind it.
  base::LogPosition covered;
  std::string schema_json;
  /// Small and opaque here: what the shard's apply function keeps besides rows (counters).
  std::string state_json;
  /// Of the format: 2 where files hold sparse or multivectors, which builds that know 1 alone do not read.
  std::uint32_t version = 1;

  friend bool operator==(const Manifest&, const Manifest&) = default;
};

/// @return kNotFound when the folder holds no manifest (a shard that was never checkpointed);
///         kDataLoss with file and offset; kUnimplemented for a newer format.
Result<Manifest> load_manifest(env::Env& env, const std::string& directory);

/// After power loss the folder holds the old or the new manifest, never a mixture. The files that
/// it names must be durable already (every writer of this room syncs its file).
Status store_manifest(env::Env& env, const std::string& directory, const Manifest& manifest);

/// Removes the files of this room's making (`*.ald`, `*.tmp`) that the manifest does not name.
/// Anything else in the folder, sub-folders included, stays.
Status remove_unreferenced(env::Env& env, const std::string& directory, const Manifest& manifest);

/// Removes the files of one generation: those of a checkpoint that failed, so that no manifest names
/// them.
Status remove_generation(env::Env& env, const std::string& directory, std::uint64_t generation);

/// "rows-0000000000000012.ald": how every file of a checkpoint is named. `part` keeps apart several
/// files of one kind and generation.
std::string checkpoint_file_name(std::string_view kind,
                                 std::uint64_t generation,
                                 std::uint32_t part = 0);

}  // namespace alidade::storage
