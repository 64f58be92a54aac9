// Bodies of Qdrant's REST dialect; the first byte chooses the route. A body that a fast path takes
// means the same to the careful one.
#include <string>
#include <variant>
#include <vector>

#include "faces/qdrant_rest/decode_collections.h"
#include "faces/qdrant_rest/decode_points.h"
#include "faces/qdrant_rest/decode_query.h"
#include "faces/qdrant_rest/route_input.h"
#include "fuzz/support/batch.h"
#include "fuzz/support/fuzz.h"

namespace alidade::faces::qdrant_rest {
namespace {

template <auto Decode>
Status status_of(const RouteInput& input) {
  return Decode(input).status();
}

constexpr Status (*kDecoders[])(const RouteInput&) = {
    &status_of<&decode_create_collection>, &status_of<&decode_update_aliases>,
    &status_of<&decode_create_index>,      &status_of<&decode_delete_index>,
    &status_of<&decode_upsert_points>,     &status_of<&decode_delete_points>,
    &status_of<&decode_update_vectors>,    &status_of<&decode_delete_vectors>,
    &status_of<&decode_set_payload>,       &status_of<&decode_overwrite_payload>,
    &status_of<&decode_delete_payload>,    &status_of<&decode_clear_payload>,
    &status_of<&decode_update_batch>,      &status_of<&decode_get_point>,
    &status_of<&decode_retrieve_points>,   &status_of<&decode_scroll_points>,
    &status_of<&decode_count_points>,      &status_of<&decode_facet>,
    &status_of<&decode_query_points>,      &status_of<&decode_query_batch>,
    &status_of<&decode_query_groups>,      &status_of<&decode_search_points>,
    &status_of<&decode_search_batch>,      &status_of<&decode_search_groups>,
    &status_of<&decode_recommend_points>,  &status_of<&decode_recommend_batch>,
    &status_of<&decode_recommend_groups>,
};

void compare_upserts(std::string_view body) {
  model::PointBatch fast;
  if (!read_upsert_fast(body, fast)) return;
  const auto value = base::json::parse(body);
  fuzz::require(value.ok(), "the fast upsert takes JSON only", value.status().to_string());
  Rules rules;
  const auto slow = read_upsert(*value, "", rules);
  fuzz::require(slow.ok() && rules.verdict().ok(),
                "the fast upsert takes what the careful one takes",
                slow.status().to_string() + rules.verdict().to_string());
  const std::string expected = fuzz::text_of_batch(std::get<model::UpsertPoints>(*slow).points);
  fuzz::require(fuzz::text_of_batch(fast) == expected, "both read the same points",
                fuzz::text_of_batch(fast) + "---\n" + expected);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input in(data, size);
  const std::size_t choice = in.byte() % std::size(kDecoders);
  const std::string_view body = in.rest_text();
  const net::HttpRequest http;
  net::PathParameters parameters;
  parameters.add("collection_name", "c");
  parameters.add("id", std::string(body));
  parameters.add("field_name", std::string(body));
  const net::QueryParameters query;
  const Status status = kDecoders[choice](RouteInput{http, parameters, query, body});
  // kInternal is how the peer words a missing inference service.
  fuzz::require_code(
      status, {StatusCode::kInvalidArgument, StatusCode::kUnprocessable, StatusCode::kUnimplemented,
               StatusCode::kNotFound, StatusCode::kFailedPrecondition,
               StatusCode::kInternal});
  compare_upserts(body);
  return 0;
}

}  // namespace alidade::faces::qdrant_rest
