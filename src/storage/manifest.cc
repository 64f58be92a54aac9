#include "storage/manifest.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/kill_point.h"
#include "storage/format/manifest_format.h"

namespace alidade::storage {
namespace {

constexpr std::string_view kFileName = "manifest";

}  // namespace

Result<Manifest> load_manifest(env::Env& env, const std::string& directory) {
  const std::string path = env::join_path(directory, kFileName);
  ALD_ASSIGN(const auto text, env::read_file(env, path));
  auto manifest = decode_manifest(base::as_bytes(text));
  if (!manifest.ok()) return manifest.status().with_context(path);
  return manifest;
}

Status store_manifest(env::Env& env, const std::string& directory, const Manifest& manifest) {
  return env::write_file_atomically(env, env::join_path(directory, kFileName),
                                    encode_manifest(manifest));
}

Status remove_unreferenced(env::Env& env, const std::string& directory, const Manifest& manifest) {
  ALD_ASSIGN(const auto entries, env.list_directory(directory));
  bool removed = false;
  for (const env::DirectoryEntry& entry : entries) {
    const bool ours = entry.name.ends_with(".ald") || entry.name.ends_with(".tmp");
    const bool named = std::any_of(manifest.files.begin(), manifest.files.end(),
                                   [&](const FileRef& file) { return file.name == entry.name; });
    if (entry.is_directory || !ours || named) continue;
    ALD_RETURN_IF_ERROR(env.remove_file(env::join_path(directory, entry.name)));
    ALD_KILL_POINT(unreferenced_removed_one);
    removed = true;
  }
  return removed ? env.sync_directory(directory) : Status();
}

Status remove_generation(env::Env& env, const std::string& directory, std::uint64_t generation) {
  ALD_ASSIGN(const auto entries, env.list_directory(directory));
  const std::string mark = fmt::format("-{:016}", generation);
  for (const env::DirectoryEntry& entry : entries) {
    if (entry.is_directory || !entry.name.ends_with(".ald")) continue;
    if (entry.name.find(mark) == std::string::npos) continue;
    ALD_RETURN_IF_ERROR(env.remove_file(env::join_path(directory, entry.name)));
  }
  return Status();
}

std::string checkpoint_file_name(std::string_view kind,
                                 std::uint64_t generation,
                                 std::uint32_t part) {
  if (part == 0) return fmt::format("{}-{:016}.ald", kind, generation);
  return fmt::format("{}-{:016}-{}.ald", kind, generation, part);
}

}  // namespace alidade::storage
