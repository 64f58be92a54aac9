// Payload indexes behind a right checksum: what is taken can be asked, changed and written again.
#include "base/hash.h"
#include "fuzz/support/fuzz.h"
#include "fuzz/support/segments.h"
#include "query/filter/filter.h"

namespace alidade::fuzz {
namespace {

std::vector<model::Filter> filters() {
  std::vector<model::Filter> out;
  const auto add = [&](const char* path, model::FieldTest test) {
    model::Filter filter;
    filter.must.push_back(model::FieldCondition{*model::JsonPath::parse(path), {std::move(test)}});
    out.push_back(std::move(filter));
  };
  for (const char* path : {"a", "b", "c", "d", "g", "t", "u", "w", "n[].x"}) {
    add(path, model::MatchValue{std::string("red")});
    add(path, model::MatchValue{std::int64_t{1}});
    add(path, model::MatchValue{true});
    add(path, model::MatchExcept{{std::string("red")}});
    add(path, model::MatchAny{{std::int64_t{1}, std::int64_t{2}}});
    add(path, model::MatchPrefix{"r"});
    add(path, model::MatchText{model::MatchText::Mode::kPhrase, "quick brown"});
    add(path, model::NumberRange{.lt = 5, .gt = {}, .lte = {}, .gte = -1});
    add(path, model::DatetimeRange{.lt = {}, .gt = 0, .lte = {}, .gte = {}});
    add(path, model::GeoBoundingBox{{-10, 60}, {60, -10}});
    add(path, model::GeoRadius{{13, 52}, 1e6});
    add(path, model::ValuesCount{.lt = {}, .gt = 1, .lte = {}, .gte = {}});
    add(path, model::EmptyFlag{true});
    add(path, model::NullFlag{false});
  }
  return out;
}

void ask(const index::PayloadIndexes& indexes, std::uint32_t row_count) {
  const base::Bitset all(row_count, true);
  for (const auto& [path, schema] : indexes.schema()) {
    (void)indexes.points_count(path);
    (void)indexes.facet(path, all, 10, observe::OpContext());
    for (const auto direction :
         {index::OrderDirection::kAscending, index::OrderDirection::kDescending}) {
      const auto cursor = indexes.ordered(path, direction, std::nullopt);
      for (int i = 0; cursor && i < 1000 && cursor->next(); ++i) {
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto kFilters = filters();
  base::ByteWriter file;
  file.put_bytes(fuzz::Input(data, size).rest());
  file.put(base::hash64(file.bytes()));
  auto indexes = index::PayloadIndexes::deserialize(file.bytes());
  fuzz::require_code(indexes.status(), {StatusCode::kDataLoss});
  if (!indexes.ok()) return 0;
  query::testing::MemorySegment segment;
  fuzz::fill(segment);
  ask(*indexes, segment.row_count());
  segment.indexes() = std::move(indexes).value();
  for (const model::Filter& filter : kFilters) {
    const auto prepared = query::PreparedFilter::prepare(filter, segment);
    fuzz::require(prepared.ok(), "a plain filter is taken", prepared.status().to_string());
    const auto selection = prepared->select(observe::OpContext());
    fuzz::require(selection.ok(), "a plain filter is answered", selection.status().to_string());
  }
  base::ByteWriter out;
  segment.indexes().serialize(out);
  const auto again = index::PayloadIndexes::deserialize(out.bytes());
  fuzz::require(again.ok(), "what is written reads back", again.status().to_string());
  segment.change(base::PointOffset(0),
                 *base::json::parse(R"({"a":"blue","b":[4],"t":"new words"})"));
  segment.kill(base::PointOffset(5));
  segment.add(99, R"({"a":"x","g":{"lon":1,"lat":2}})");
  return 0;
}

}  // namespace alidade::fuzz
