#include <gtest/gtest.h>

#include "faces/qdrant_rest/decode_points.h"
#include "faces/qdrant_rest/decode_query.h"
#include "faces/qdrant_rest/errors.h"
#include "faces/qdrant_rest/route_input.h"

namespace alidade::faces::qdrant_rest {
namespace {

enum class Operation {
  kUpsert, kRetrieve, kDelete, kScroll, kCount, kFacet, kSetPayload, kOverwritePayload,
  kDeletePayload, kClearPayload, kUpdateVectors, kDeleteVectors, kBatch, kQuery, kQueryBatch,
  kQueryGroups, kSearch, kSearchBatch, kSearchGroups, kRecommend,
};

struct RefusedBody {
  Operation operation;
  std::string_view body;
  std::string_view text;
};

// Every body that Qdrant 1.19 was recorded to refuse before it looked at the collection.
constexpr RefusedBody kRefusedBodies[] = {
#include "faces/qdrant_rest/refused_bodies_test.inc"
};

/// What a decoder noted in a query to be told once the collection was looked at.
Status noted_in(const model::QueryNode& query) {
  if (!query.problem.ok()) return query.problem;
  for (const model::QueryNode& inner : query.prefetch) ALD_RETURN_IF_ERROR(noted_in(inner));
  return Status::ok_status();
}

Status noted_in(const Result<ops::QueryPoints>& decoded) {
  ALD_RETURN_IF_ERROR(decoded.status());
  ALD_RETURN_IF_ERROR(noted_in(decoded->query));
  return decoded->query.plan_problem;
}

Status decode(Operation operation, const RouteInput& input) {
  switch (operation) {
    case Operation::kUpsert: return decode_upsert_points(input).status();
    case Operation::kRetrieve: return decode_retrieve_points(input).status();
    case Operation::kDelete: return decode_delete_points(input).status();
    case Operation::kScroll: return decode_scroll_points(input).status();
    case Operation::kCount: return decode_count_points(input).status();
    case Operation::kFacet: return decode_facet(input).status();
    case Operation::kSetPayload: return decode_set_payload(input).status();
    case Operation::kOverwritePayload: return decode_overwrite_payload(input).status();
    case Operation::kDeletePayload: return decode_delete_payload(input).status();
    case Operation::kClearPayload: return decode_clear_payload(input).status();
    case Operation::kUpdateVectors: return decode_update_vectors(input).status();
    case Operation::kDeleteVectors: return decode_delete_vectors(input).status();
    case Operation::kBatch: return decode_update_batch(input).status();
    case Operation::kQuery: return noted_in(decode_query_points(input));
    case Operation::kQueryBatch: return decode_query_batch(input).status();
    case Operation::kQueryGroups: return decode_query_groups(input).status();
    case Operation::kSearch: return decode_search_points(input).status();
    case Operation::kSearchBatch: return decode_search_batch(input).status();
    case Operation::kSearchGroups: return decode_search_groups(input).status();
    case Operation::kRecommend: return decode_recommend_points(input).status();
  }
  return Status::ok_status();
}

std::string without_position(std::string text) {
  const std::size_t at = text.find(" at line ");
  return at == std::string::npos ? text : text.substr(0, at);
}

TEST(QdrantRefusedBodies, AreWordedAsThePeerWordsThem) {
  const net::HttpRequest http;
  const net::PathParameters parameters;
  const net::QueryParameters query;
  for (const RefusedBody& refused : kRefusedBodies) {
    const RouteInput input{http, parameters, query, refused.body};
    const Status status = decode(refused.operation, input);
    ASSERT_FALSE(status.ok()) << refused.body << "\n" << refused.text;
    EXPECT_EQ(without_position(error_text(status)), refused.text) << refused.body;
  }
}

}  // namespace
}  // namespace alidade::faces::qdrant_rest
