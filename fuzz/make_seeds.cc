// Makes inputs for the fuzz targets of the binary formats, with the code that writes those formats:
// make_seeds FOLDER writes FOLDER/<target>/<name>.
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "env/memory/memory_env.h"
#include "fuzz/support/fuzz.h"
#include "fuzz/support/segments.h"
#include "index/vector/hnsw/graph.h"
#include "oplog/local/segment_format.h"
#include "shard/record.h"
#include "storage/format/block_file.h"
#include "storage/format/manifest_format.h"
#include "storage/point_store.h"

namespace alidade::fuzz {
namespace {

class Seeds {
 public:
  explicit Seeds(std::filesystem::path folder) : folder_(std::move(folder)) {}
  void add(const std::string& target,
           const std::string& name,
           std::span<const std::byte> bytes,
           std::string_view before = {}) {
    std::filesystem::create_directories(folder_ / target);
    std::ofstream file(folder_ / target / name, std::ios::binary);
    file << before << base::as_text(bytes);
  }

 private:
  std::filesystem::path folder_;
};

model::PointBatch batch() {
  model::PointBatch points;
  points.ids = {model::PointId::from_number(1), model::PointId::from_uuid({1, 2})};
  points.original_ids = {"", "a name"};
  points.payloads = {R"({"a":1})", ""};
  const float values[] = {1, 2};
  points.column("").set_row(0, values, 2);
  points.column("").set_row(1, values, 2);
  points.column("v").set_row(1, values, 1);
  return points;
}

void records(Seeds& seeds) {
  const std::vector<model::PointId> ids = batch().ids;
  const shard::Change changes[] = {shard::PutRows{batch()},
                                   shard::MergeRows{batch()},
                                   shard::DeleteRows{ids},
                                   shard::PutVectors{batch()},
                                   shard::DropVectors{ids, {"v"}},
                                   shard::MergePayload{ids, R"({"a":null})", "k"},
                                   shard::ReplacePayload{ids, "{}"},
                                   shard::DeletePayloadKeys{ids, {"a", "b[].c"}},
                                   shard::PutFieldIndex{"a", {model::FieldType::kText, {}}},
                                   shard::DropFieldIndex{"a"},
                                   shard::SetVectorSize{"", 2}};
  int number = 0;
  for (const shard::Change& change : changes) {
    seeds.add("record", "change-" + std::to_string(number++),
              shard::encode_record({base::OpNumber(7), {change}}));
  }
}

void log_segment(Seeds& seeds) {
  base::ByteWriter out;
  oplog::encode_segment_header({.base = 5, .chain_seed = 9, .durable = 5, .capacity_bytes = 4096},
                               out);
  std::uint64_t chain = 9;
  for (const std::string_view text : {"one", "", "three records"}) {
    chain = oplog::encode_record(base::as_bytes(text), 5, chain, out);
  }
  seeds.add("oplog", "image", out.bytes(), "\x01");
  constexpr char kMade[] = "\0\0\5\0\0\0\7\0\100\1\6abc\1\2x\21eightchr";
  const std::string made(kMade, sizeof kMade - 1);
  seeds.add("oplog", "made", base::as_bytes(made));
}

void manifest(Seeds& seeds) {
  storage::Manifest manifest;
  manifest.generation = 3;
  manifest.files = {{"rows", "rows-1.ald", 10, 11}, {"table", "table-1.ald", 12, 13}};
  manifest.schema_json = "{}";
  manifest.state_json = R"({"a":1})";
  const base::Bytes bytes = storage::encode_manifest(manifest);
  seeds.add("manifest", "whole", bytes, std::string_view("\0", 1));
  seeds.add("manifest", "mended", std::span(bytes).first(bytes.size() - 8), "\x01");
}

base::Bytes data_of(env::Env& env, const std::string& folder, const storage::FileRef& ref) {
  const auto file = storage::BlockFileReader::open(env, folder, ref);
  base::Bytes data((*file)->data_bytes());
  fuzz::require((*file)->read(0, data).ok(), "a written file reads back");
  return data;
}

/// The names in a table are those that the target gives its files.
void rename_files(std::string& table, const storage::Manifest& manifest) {
  for (const auto& file : manifest.files) {
    if (file.kind == "table") continue;
    const std::size_t at = table.find(file.name);
    if (at == std::string::npos) continue;
    table.replace(at, file.name.size(), file.kind.substr(0, 1));
    table.replace(at - 4, 4, std::string("\1\0\0\0", 4));
  }
}

void point_store(Seeds& seeds) {
  env::MemoryEnv env;
  env.create_directory("s").ignore();
  const std::vector<storage::VectorSpec> specs = {{"", 2, true}, {"v", 3, false}};
  for (const std::string name : {"", "a name"}) {
    auto store = storage::PointStore::create(env, "s", specs);
    const float values[] = {1, 2, 3};
    const float norms[] = {2, 1};
    for (std::uint64_t i = 0; i < 5; ++i) {
      const model::VectorView rows[] = {{values, nullptr, 1, 0}, {i % 2 == 0 ? values : nullptr, nullptr, 1, 0}};
      (*store)->append({.id = model::PointId::from_number(i),
                        .original_id = name,
                        .version = base::OpNumber(i),
                        .first_seen = i,
                        .payload = i == 3 ? "" : R"({"a":1})",
                        .vectors = rows,
                        .norms = norms});
    }
    (*store)->kill(base::PointOffset(1));
    const auto checkpoint = (*store)->begin_checkpoint();
    storage::Manifest made;
    made.files = *storage::PointStore::write(*checkpoint, name.empty() ? 1 : 2);
    std::string table, rows, payload;
    for (const auto& file : made.files) {
      const base::Bytes data = data_of(env, "s", file);
      (file.kind == "table" ? table : file.kind == "rows" ? rows : payload) = base::as_text(data);
      const auto whole = env::read_file(env, "s/" + file.name);
      if (whole->size() < 4096) seeds.add("block_file", file.kind, base::as_bytes(*whole));
    }
    rename_files(table, made);
    const auto length = [](const std::string& text) {
      return std::string{static_cast<char>(text.size() >> 8), static_cast<char>(text.size() & 255)};
    };
    const std::string all = length(table) + table + length(rows) + rows + payload;
    seeds.add("point_store", name.empty() ? "numbers" : "names", base::as_bytes(all));
  }
}

void graph(Seeds& seeds) {
  storage::VectorRows rows(4);
  rows.ensure(40);
  for (std::uint32_t i = 0; i < 40; ++i) {
    for (std::uint32_t k = 0; k < 4; ++k)
      rows.mutable_row(i)[k] = static_cast<float>((i * 7 + k * 3) % 11);
  }
  index::HnswScratch scratch;
  for (const std::uint32_t count : {0U, 3U, 39U}) {
    index::HnswGraph graph({.m = 4, .ef_construction = 16}, kernels::Metric::kL2, rows);
    for (std::uint32_t i = 0; i < count; ++i) graph.insert(i, scratch);
    base::ByteWriter out;
    const Status status = graph.serialize(
        [&](std::span<const std::byte> part) { return out.put_bytes(part), Status(); });
    fuzz::require(status.ok(), "a graph is written");
    seeds.add("graph", "nodes-" + std::to_string(count), out.bytes());
  }
}

// Insertions of two rows of every four steps apart from a search, values from the target's table.
void graph_floats(Seeds& seeds) {
  for (unsigned metric = 0; metric < kernels::kMetricCount; ++metric) {
    for (const unsigned hostile : {5U, 14U, 16U}) {  // Plain values, without NaN and infinities, all.
      std::mt19937 random(metric * 100 + hostile);
      std::string bytes{static_cast<char>(metric), 2};  // Three values a row.
      for (unsigned step = 0; step < 120; ++step) {
        bytes += static_cast<char>(step % 4 == 3 ? (step % 8 == 7 ? 4 : 0) : (step % 16 == 5 ? 9 : 1));
        for (unsigned k = 0; k < 3; ++k) bytes += static_cast<char>(random() % hostile);
        if (step % 4 == 3) bytes += static_cast<char>(random() % 40);
      }
      const std::string name = "metric-" + std::to_string(metric) + "-of-" + std::to_string(hostile);
      seeds.add("graph_floats", name, base::as_bytes(bytes));
    }
  }
}

std::span<const std::byte> without_checksum(const base::ByteWriter& out) {
  return out.bytes().first(out.size() - sizeof(std::uint64_t));
}

void payload_indexes(Seeds& seeds) {
  for (const bool automatic : {false, true}) {
    query::testing::MemorySegment segment;
    if (automatic) segment.indexes().enable_automatic();
    fuzz::fill(segment);
    if (!automatic) fuzz::index_fields(segment);
    base::ByteWriter out;
    segment.indexes().serialize(out);
    seeds.add("payload_index", automatic ? "automatic" : "fields", without_checksum(out));
  }
  const auto one = [&](const char* name, model::FieldType type) {
    query::testing::MemorySegment segment;
    segment.make_index(name, {type, {}});
    segment.add(
        1,
        R"({"a":"red","b":1,"c":0.5,"d":true,"g":{"lon":1,"lat":2},"t":"quick fox","u":"550e8400-e29b-41d4-a716-446655440000","w":"2024-01-02"})");
    segment.add(2, R"({"a":["x","red"],"b":[1,2],"t":"a fox"})");
    base::ByteWriter out;
    segment.indexes().serialize(out);
    seeds.add("payload_index", name, without_checksum(out));
  };
  using model::FieldType;
  one("a", FieldType::kKeyword), one("b", FieldType::kInteger), one("c", FieldType::kFloat),
      one("d", FieldType::kBool);
  one("g", FieldType::kGeo), one("t", FieldType::kText), one("u", FieldType::kUuid),
      one("w", FieldType::kDatetime);
}

void make_all(const char* folder) {
  Seeds seeds(folder);
  records(seeds);
  log_segment(seeds);
  manifest(seeds);
  point_store(seeds);
  graph(seeds);
  graph_floats(seeds);
  payload_indexes(seeds);
}

}  // namespace
}  // namespace alidade::fuzz

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  alidade::fuzz::make_all(argv[1]);
  return 0;
}
