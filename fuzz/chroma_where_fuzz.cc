// Chroma's `where` and `where_document`: read, then judged over a small segment; the automatic
// indexes select what is found without them.
#include "faces/chroma_rest/where.h"
#include "fuzz/support/fuzz.h"
#include "fuzz/support/segments.h"

namespace alidade::fuzz {
namespace {

const query::testing::MemorySegment& rows(bool indexed) {
  static const auto made = [] {
    auto pair = std::make_unique<query::testing::MemorySegment[]>(2);
    pair[1].indexes().enable_automatic();
    fuzz::fill(pair[0]);
    fuzz::fill(pair[1]);
    return pair;
  }();
  return made[indexed ? 1 : 0];
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto value = base::json::parse(fuzz::Input(data, size).rest_text());
  if (!value.ok()) return 0;
  faces::chroma_rest::WhereClauses clauses;
  if (const auto* where = value->find("where")) clauses.where = *where;
  if (const auto* where = value->find("where_document")) clauses.where_document = *where;
  const auto filter = faces::chroma_rest::decode_where(clauses);
  fuzz::require_code(filter.status(), {StatusCode::kInvalidArgument});
  if (!filter.ok() || !*filter) return 0;
  const auto plain = fuzz::checked_selection(**filter, rows(false));
  const auto indexed = fuzz::checked_selection(**filter, rows(true));
  fuzz::require(!plain || !indexed || *plain == *indexed,
                "indexes select what is found without them");
  return 0;
}

}  // namespace alidade::fuzz
