// The small files of the catalogue with right checksums around arbitrary contents. Either the
// folder is refused, or it opens, takes a collection and opens again with it.
#include <fmt/format.h>

#include "base/hash.h"
#include "collection/catalogue.h"
#include "env/memory/memory_env.h"
#include "fuzz/support/fuzz.h"

namespace alidade::fuzz {
namespace {

constexpr const char* kFolder = "data";
constexpr const char* kCollection = "data/collections/550e8400-e29b-41d4-a716-446655440000";

void write_file(env::Env& env, const std::string& path, std::string_view body) {
  const std::string text =
      fmt::format("ALIDADE-CATALOGUE 1 {:016x}\n{}", base::hash64(base::as_bytes(body)), body);
  fuzz::require(env::write_file_atomically(env, path, base::as_bytes(text)).ok(),
                "memory can be written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static shard::Background background{{}};
  static observe::Log log(observe::LogLevel::kOff, [] { return std::int64_t{0}; });
  fuzz::Input in(data, size);
  const unsigned choice = in.byte();
  const std::string_view first = in.text(in.u16());
  const std::string_view second = in.rest_text();
  env::MemoryEnv env;
  for (const char* folder : {kFolder, "data/collections", kCollection,
                             "data/collections/550e8400-e29b-41d4-a716-446655440000/shard-0"}) {
    env.create_directory(folder).ignore();
  }
  if ((choice & 1) != 0) write_file(env, "data/catalogue.ald", first);
  if ((choice & 2) != 0) write_file(env, std::string(kCollection) + "/collection.ald", second);
  const shard::Runtime runtime{env, log, background, {}};
  const auto ref = model::CollectionRef::by_name("made here");
  {
    const auto catalogue = collection::Catalogue::open(runtime, kFolder);
    fuzz::require_code(catalogue.status(), {StatusCode::kDataLoss, StatusCode::kUnimplemented});
    if (!catalogue.ok()) return 0;
    for (const auto& collection : (*catalogue)->list_all()) (void)collection->description();
    (void)(*catalogue)->aliases();
    model::CollectionConfig config;
    config.vectors[""] = {.size = 2, .distance = model::Distance::kDot, .hnsw = {}};
    if (!(*catalogue)->create(ref, config).ok()) return 0;
  }
  const auto again = collection::Catalogue::open(runtime, kFolder);
  fuzz::require(again.ok(), "a folder that opened opens again", again.status().to_string());
  fuzz::require((*again)->find(ref).ok(), "a collection that was made is there");
  return 0;
}

}  // namespace alidade::fuzz
