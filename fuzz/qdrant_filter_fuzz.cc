// Qdrant's filters: read, then judged over a small segment with and without payload indexes; what
// an index selects is what the rows say one by one.
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto value = base::json::parse(fuzz::Input(data, size).rest_text());
  if (!value.ok()) return 0;
  faces::qdrant_rest::Rules rules;
  const auto filter = faces::qdrant_rest::read_filter(*value, "filter", rules);
  fuzz::require_code(filter.status(), {StatusCode::kInvalidArgument, StatusCode::kUnprocessable});
  if (!filter.ok() || !rules.verdict().ok()) return 0;
  fuzz::checked_selection(*filter, rows(false));
  fuzz::checked_selection(*filter, rows(true));
  return 0;
}

}  // namespace alidade::fuzz
