#include "faces/qdrant_rest/read_table.h"

#include <simdjson.h>

#include <algorithm>

#include "base/json.h"

namespace alidade::faces::qdrant_rest {
namespace {

namespace dom = simdjson::dom;

// Bodies above this get a parser of their own, so that a worker does not keep its memory.
constexpr std::size_t kKeptLimitBytes = 1U << 20;

}  // namespace

Status with_body(std::string_view body, const std::function<Status(const contract::Json&)>& read) {
  static thread_local dom::parser kept(kKeptLimitBytes);
  dom::parser own;
  dom::parser& parser = body.size() < kKeptLimitBytes ? kept : own;
  const std::size_t room = std::max<std::size_t>(body.size(), 1024);
  if (parser.allocate(room, static_cast<std::size_t>(base::json::kMaxDepth)) == simdjson::SUCCESS) {
    dom::element root;
    const bool is_read = parser.parse(body.data(), body.size()).get(root) == simdjson::SUCCESS;
    // The integer -0 is the float -0.0 to the peer; simdjson reads it as 0.
    if (is_read && !base::json::has_negative_integer_zero(body)) return read(contract::Json::of(root));
  }
  // Numbers beyond 64 bits, and all that is no JSON: base::json words it.
  const auto document = base::json::parse(body);
  if (!document.ok()) return body_refused(document.status().message());
  return read(*document);
}

}  // namespace alidade::faces::qdrant_rest
