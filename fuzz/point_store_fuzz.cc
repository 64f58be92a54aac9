// Files of a point store with right checksums around arbitrary contents: table, rows, payload.
// Either the store refuses them, or it works: rows are read, changed, checkpointed and opened
// again.
#include "env/memory/memory_env.h"
#include "fuzz/support/fuzz.h"
#include "storage/format/block_file.h"
#include "storage/point_store.h"

namespace alidade::fuzz {
namespace {

const std::string kFolder = "shard";

storage::FileRef write_file(env::Env& env,
                            std::string_view kind,
                            const std::string& name,
                            std::span<const std::byte> data) {
  auto file = storage::BlockFileWriter::create(env, kFolder, name, kind, storage::kSmallBlockBytes);
  fuzz::require(file.ok() && (*file)->append(data).ok(), "a file in memory can be written");
  return *(*file)->finish();
}

std::vector<storage::VectorSpec> specs() {
  return {{.name = "", .dim = 2, .keeps_norm = true}, {.name = "v", .dim = 3, .keeps_norm = false}};
}

std::string text_of(const storage::PointStore& store) {
  std::string out;
  store.live().for_each([&](std::size_t row) {
    const base::PointOffset offset(static_cast<std::uint32_t>(row));
    const auto payload = store.payload(offset);
    out += store.id(offset).to_string() + " '" + std::string(store.original_id(offset)) +
           "' version " + std::to_string(store.version(offset).value) + " seen " +
           std::to_string(store.first_seen(offset)) + " payload " +
           (payload.ok() ? *payload : "unreadable");
    for (std::size_t spec = 0; spec < store.specs().size(); ++spec) {
      if (!store.has_vector(spec, offset)) continue;
      out += " vector " + std::to_string(spec) + ":";
      const std::uint32_t dim = store.specs()[spec].dim;
      out += base::as_text(std::as_bytes(std::span(store.rows(spec).row(offset.value), dim)));
      const float norm = store.norm(spec, offset);
      out += base::as_text(std::as_bytes(std::span(&norm, 1)));
    }
    out += '\n';
  });
  return out;
}

void use(env::Env& env, storage::PointStore& store) {
  std::uint32_t live = 0;
  store.live().for_each([&](std::size_t row) {
    const base::PointOffset offset(static_cast<std::uint32_t>(row));
    const auto found = store.find(store.id(offset));
    fuzz::require(found && *found == offset, "an id finds its row");
    ++live;
  });
  fuzz::require(live == store.live_count(), "the count is that of the live rows");
  const float values[] = {1, 2, 3};
  const model::VectorView rows[] = {{values, nullptr, 1, 0}, {}};
  store.append({.id = model::PointId::from_number(77),
                .original_id = "",
                .version = base::OpNumber(9),
                .first_seen = 5,
                .payload = "{\"a\":1}",
                .vectors = rows,
                .norms = {}});
  const std::string before = text_of(store);
  const auto checkpoint = store.begin_checkpoint();
  auto files = storage::PointStore::write(*checkpoint, 1000);
  // A payload of the old file may be unreadable: its block was not looked at before.
  fuzz::require_code(files.status(), {StatusCode::kDataLoss});
  if (!files.ok()) return;
  store.finish_checkpoint(*checkpoint);
  storage::Manifest manifest;
  manifest.files = *std::move(files);
  const auto again = storage::PointStore::open(env, kFolder, manifest, specs());
  fuzz::require(again.ok(), "what a checkpoint wrote opens", again.status().to_string());
  fuzz::require(text_of(**again) == before, "a checkpoint keeps every row",
                before + "---\n" + text_of(**again));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input in(data, size);
  env::MemoryEnv env;
  env.create_directory(kFolder).ignore();
  storage::Manifest manifest;
  manifest.files.push_back(write_file(env, "table", "t", in.bytes(in.u16())));
  manifest.files.push_back(write_file(env, "rows", "r", in.bytes(in.u16())));
  manifest.files.push_back(write_file(env, "payload", "p", in.rest()));
  const auto store = storage::PointStore::open(env, kFolder, manifest, specs());
  fuzz::require_code(store.status(), {StatusCode::kDataLoss, StatusCode::kUnimplemented});
  if (store.ok()) use(env, **store);
  return 0;
}

}  // namespace alidade::fuzz
