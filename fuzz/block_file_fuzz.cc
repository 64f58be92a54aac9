// Whole files as they lie in a shard's folder: block files and everything else that the offline
// check knows.
#include "env/memory/memory_env.h"
#include "fuzz/support/fuzz.h"
#include "storage/format/block_file.h"
#include "storage/verify.h"

namespace alidade::fuzz {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = fuzz::Input(data, size).rest();
  env::MemoryEnv env;
  const std::string path = "folder/file.ald";
  env.create_directory("folder").ignore();
  {
    auto file = env.open_writable(path, env::OpenMode::kCreateNew);
    fuzz::require(file.ok() && (*file)->append(bytes).ok(), "a file in memory can be written");
  }
  const auto verified = storage::verify_file(env, path);
  fuzz::require_code(verified.status(), {StatusCode::kDataLoss, StatusCode::kUnimplemented,
                                         StatusCode::kInvalidArgument});
  const auto file = storage::BlockFileReader::open(env, path);
  fuzz::require_code(file.status(), {StatusCode::kDataLoss, StatusCode::kUnimplemented});
  if (!file.ok()) return 0;
  base::Bytes block;
  for (std::uint64_t i = 0; i < (*file)->block_count(); ++i) {
    fuzz::require_code((*file)->read_block(i, block), {StatusCode::kDataLoss});
  }
  base::Bytes part((*file)->data_bytes() / 2);
  fuzz::require_code((*file)->read((*file)->data_bytes() / 4, part), {StatusCode::kDataLoss});
  return 0;
}

}  // namespace alidade::fuzz
