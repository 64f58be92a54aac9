// Qdrant's filters: read, then judged over a small segment with and without payload indexes; what
// an index selects is what the rows say one by one. What the fast policy takes means the same to the careful one.
#include <simdjson.h>

#include "faces/contract/read_json.h"
#include "faces/qdrant/filter.h"
#include "faces/qdrant_rest/decode_filter.h"
#include "fuzz/support/fuzz.h"
#include "fuzz/support/segments.h"

namespace alidade::fuzz {
namespace {

const query::testing::MemorySegment& rows(bool indexed) {
  static const auto made = [] {
    auto pair = std::make_unique<query::testing::MemorySegment[]>(2);
    fuzz::fill(pair[0]);
    fuzz::fill(pair[1]);
    fuzz::index_fields(pair[1]);
    return pair;
  }();
  return made[indexed ? 1 : 0];
}

/// What the fast policy reads; nullopt when it leaves the text to the careful one.
std::optional<model::Filter> read_fast(std::string_view text) {
  if (base::json::has_negative_integer_zero(text)) return std::nullopt;
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
  auto reading = faces::contract::Reading::fast();
  model::Filter filter;
  const Status status = read(faces::contract::Json::of(root), faces::qdrant::kFilter, reading,
                             faces::contract::Place(""), filter);
  if (!status.ok() || reading.is_doubtful()) return std::nullopt;
  return filter;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::Input(data, size).rest_text();
  const auto fast = read_fast(text);
  const auto value = base::json::parse(text);
  if (!value.ok()) return 0;
  faces::qdrant_rest::Rules rules;
  const auto filter = faces::qdrant_rest::read_filter(*value, "filter", rules);
  fuzz::require_code(filter.status(), {StatusCode::kInvalidArgument, StatusCode::kUnprocessable});
  const bool is_taken = filter.ok() && rules.verdict().ok();
  fuzz::require(is_taken || !fast, "the fast policy takes what the careful one takes", text);
  if (!is_taken) return 0;
  const auto selected = fuzz::checked_selection(*filter, rows(false));
  if (fast) fuzz::require(fuzz::checked_selection(*fast, rows(false)) == selected, "both read the same filter", text);
  fuzz::checked_selection(*filter, rows(true));
  return 0;
}

}  // namespace alidade::fuzz
