// GET /collections/{collection_name}/optimizations: what waits, what is done, and which segments rest.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/uuid.h"
#include "faces/qdrant_rest/errors.h"
#include "faces/qdrant_rest/service.h"

namespace alidade::faces::qdrant_rest {
namespace {

enum List : unsigned { kQueued, kCompleted, kIdleSegments };
constexpr std::array<std::string_view, 3> kListNames = {"queued", "completed", "idle_segments"};

/// Without the white space at both ends.
std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\v\f\r";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

/// The lists that `with` asks for: words between commas, each with any space around it. As bits in the
/// order of List.
Result<unsigned> asked_lists(std::string_view with) {
  unsigned asked = 0;
  if (trimmed(with).empty()) return asked;
  while (true) {
    const std::size_t comma = with.find(',');
    const std::string_view word = trimmed(with.substr(0, comma));
    const auto found = std::find(kListNames.begin(), kListNames.end(), word);
    if (found == kListNames.end()) return wrong_input("Unknown field in 'with' parameter: " + std::string(word));
    asked |= 1U << (found - kListNames.begin());
    if (comma == std::string_view::npos) return asked;
    with.remove_prefix(comma + 1);
  }
}

void write_segment(const base::Uuid& uuid, std::uint64_t points_count, base::json::Writer& writer) {
  writer.begin_object();
  writer.key("uuid");
  writer.string(uuid.to_string());
  writer.key("points_count");
  writer.unsigned_integer(points_count);
  writer.end_object();
}

/// The two segments that a collection shows: the rows of its graphs and the tail behind them. Their
/// UUIDs are made from the collection's, so that they stay the same for as long as it lives.
void write_segments(const model::CollectionInfo& info, base::json::Writer& writer) {
  const std::uint64_t vectors = std::max<std::uint64_t>(1, model::vector_count(info.description.config));
  const std::uint64_t in_graph = std::min(info.points_count, info.indexed_vectors_count / vectors);
  const base::Uuid& collection = info.description.uuid;
  writer.begin_array();
  write_segment(base::Uuid::version5(collection, "graph"), in_graph, writer);
  write_segment(base::Uuid::version5(collection, "tail"), info.points_count - in_graph, writer);
  writer.end_array();
}

}  // namespace

Status optimizations(const Call& call, std::string& result) {
  const std::string* with = call.input.query.find("with");
  ALD_ASSIGN(const unsigned asked, asked_lists(with == nullptr ? std::string_view() : *with));
  ALD_ASSIGN(const model::CollectionInfo info,
             call.dispatcher.run(call.context, ops::GetCollection{collection_of(call.input)}));
  base::json::Writer writer(result);
  writer.begin_object();
  writer.key("summary");
  writer.raw(R"({"queued_optimizations":0,"queued_segments":0,"queued_points":0,"idle_segments":2})");
  writer.key("running");
  writer.raw("[]");
  for (const List list : {kQueued, kCompleted, kIdleSegments}) {
    if ((asked >> list & 1U) == 0) continue;
    writer.key(kListNames[list]);
    if (list == kIdleSegments) {
      write_segments(info, writer);
    } else {
      writer.raw("[]");
    }
  }
  writer.end_object();
  return Status::ok_status();
}

}  // namespace alidade::faces::qdrant_rest
