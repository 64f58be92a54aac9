#include "storage/verify.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/hash.h"
#include "storage/format/block_file.h"
#include "storage/format/manifest_format.h"

namespace alidade::storage {
namespace {

bool is_store_kind(const std::string& kind) {
  return kind == "rows" || kind == "payload" || kind == "table";
}

Result<VerifiedFile> verify_manifest(env::Env& env, const std::string& path) {
  ALD_ASSIGN(const auto text, env::read_file(env, path));
  const auto manifest = decode_manifest(base::as_bytes(text));
  if (!manifest.ok()) return manifest.status().with_context(path);
  return VerifiedFile{"manifest", text.size(), base::hash64(base::as_bytes(text))};
}

Result<VerifiedFile> verify_block_file(env::Env& env, const std::string& path) {
  ALD_ASSIGN(const auto file, BlockFileReader::open(env, path));
  base::Bytes block;
  for (std::uint64_t i = 0; i < file->block_count(); ++i)
    ALD_RETURN_IF_ERROR(file->read_block(i, block));
  const FileRef& ref = file->file();
  return VerifiedFile{is_store_kind(ref.kind) ? ref.kind : "derived (" + ref.kind + ")",
                      ref.size_bytes, ref.checksum};
}

}  // namespace

Status verify_file(env::Env& env, const std::string& directory, const FileRef& file) {
  ALD_ASSIGN(const auto reader, BlockFileReader::open(env, directory, file));
  base::Bytes block;
  for (std::uint64_t i = 0; i < reader->block_count(); ++i)
    ALD_RETURN_IF_ERROR(reader->read_block(i, block));
  return Status();
}

Result<VerifiedFile> verify_file(env::Env& env, const std::string& path) {
  ALD_ASSIGN(const auto file, env.open_readable(path));
  base::Bytes magic(std::min<std::uint64_t>(file->size(), 8));
  ALD_RETURN_IF_ERROR(file->read_at(0, magic));
  // The names decide too: a file of ours whose first bytes are damaged is not a foreign one.
  if (looks_like_manifest(magic) || path.ends_with("/manifest")) return verify_manifest(env, path);
  if (base::as_text(magic) == "ALDFILE1" || path.ends_with(".ald"))
    return verify_block_file(env, path);
  return invalid_argument(path + ": no file of the storage formats");
}

}  // namespace alidade::storage
