#include "fuzz/support/segments.h"

#include "fuzz/support/fuzz.h"
#include "query/filter/filter.h"

namespace alidade::fuzz {
namespace {

using model::FieldType;
using query::testing::MemorySegment;

constexpr const char* kPayloads[] = {
    R"({"a":"red","b":1,"c":0.5,"d":true,"t":"the quick brown fox","chroma:document":"a fox"})",
    R"({"a":["red","blue"],"b":[1,2,3],"c":-1,"d":[true,false],"t":["red fox","Blue"]})",
    R"({"a":null,"b":null,"c":null,"d":null,"t":null})",
    R"({"a":[],"b":[],"c":[],"d":[],"t":[]})",
    R"({})",
    R"({"a":7,"b":"x","c":"y","d":"z","t":5})",
    R"({"a":"","b":-9223372036854775808,"c":1e308,"d":false,"t":""})",
    R"({"b":9223372036854775807,"c":-0.0,"chroma:document":"naïve café, 7 foxes"})",
    R"({"b":18446744073709551615,"c":5e-324})",
    R"({"u":"550e8400-e29b-41d4-a716-446655440000","w":"2024-01-02T03:04:05Z"})",
    R"({"u":["550E8400-E29B-41D4-A716-446655440001",1],"w":["2024-01-02","1969-12-31T23:59:59.999999+02"]})",
    R"({"g":{"lon":13.4,"lat":52.5}})",
    R"({"g":[{"lon":-180,"lat":90},{"lon":180,"lat":-90}]})",
    R"({"g":{"lon":200,"lat":0}})",
    R"({"n":[{"x":1,"y":"p"},{"x":2,"y":"q"},3,null]})",
    R"({"n":{"x":1},"o":{"p":{"q":[1,[2,[3]]]}}})",
    R"({"a":"red","b":2,"c":0.25,"d":true,"n":[{"x":null}],"t":"fox red"})",
    R"({"a":"grün","t":"Straße ÄÖÜ","chroma:document":"日本語 text"})",
};

}  // namespace

void fill(MemorySegment& segment) {
  std::uint64_t id = 0;
  for (int round = 0; round < 2; ++round) {
    for (const char* payload : kPayloads) segment.add(id++, payload);
  }
  const base::Uuid uuid{1, 2};
  segment.add(model::PointId::from_uuid(uuid), *base::json::parse(kPayloads[0]));
  segment.kill(base::PointOffset(1));
  segment.kill(base::PointOffset(20));
  segment.change(base::PointOffset(3), *base::json::parse(kPayloads[1]));
  segment.set_vector("", base::PointOffset(0));
  segment.set_vector("v", base::PointOffset(5));
}

void index_fields(MemorySegment& segment) {
  const auto schema = [](FieldType type, const char* params = "null") {
    return model::FieldSchema{type, *base::json::parse(params)};
  };
  segment.make_index("a", schema(FieldType::kKeyword));
  segment.make_index("b", schema(FieldType::kInteger));
  segment.make_index("c", schema(FieldType::kFloat));
  segment.make_index("d", schema(FieldType::kBool));
  segment.make_index("g", schema(FieldType::kGeo));
  segment.make_index("t", schema(FieldType::kText, R"({"type":"text","phrase_matching":true})"));
  segment.make_index("u", schema(FieldType::kUuid));
  segment.make_index("w", schema(FieldType::kDatetime));
  segment.make_index("n[].x", schema(FieldType::kInteger));
}

std::optional<base::Bitset> checked_selection(const model::Filter& filter,
                                              const MemorySegment& segment) {
  const Status valid = query::validate(filter);
  const auto prepared = query::PreparedFilter::prepare(filter, segment);
  require_code(prepared.status(), {StatusCode::kInvalidArgument});
  require(valid.ok() == prepared.ok(), "validate() refuses what prepare() refuses",
          valid.to_string() + " / " + prepared.status().to_string());
  if (!prepared.ok()) return std::nullopt;
  const auto selection = prepared->select(observe::OpContext());
  // A pattern may reach its match limit.
  require_code(selection.status(), {StatusCode::kResourceExhausted});
  if (!selection.ok()) return std::nullopt;
  require(selection->rows.count() == selection->count, "the count is that of the rows");
  for (std::uint32_t row = 0; row < segment.row_count(); ++row) {
    const bool selected = row < selection->rows.size() && selection->rows.test(row);
    if (!segment.live().test(row)) {
      require(!selected, "no dead row is selected");
      continue;
    }
    const auto matches = prepared->matches(base::PointOffset(row));
    if (!matches.ok()) return std::nullopt;
    require(*matches == selected, "a selection is what the rows say one by one",
            "row " + std::to_string(row) + (selected ? " selected: " : " left out: ") +
                *segment.payload_text(base::PointOffset(row)) + "\n" + prepared->explain());
  }
  return selection->rows;
}

}  // namespace alidade::fuzz
