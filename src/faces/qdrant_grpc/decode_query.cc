#include "faces/qdrant_grpc/decode_query.h"

#include <utility>

#include "faces/qdrant/search_params.h"
#include "faces/qdrant/selectors.h"
#include "faces/qdrant_grpc/decode_filter.h"
#include "faces/qdrant_grpc/errors.h"
#include "faces/qdrant_grpc/parts.h"
#include "faces/qdrant_rest/errors.h"
#include "faces/qdrant_rest/query_reader.h"

namespace alidade::faces::qdrant_grpc {
namespace {

/// Members that every request, prefetch and group request has under the same names.
template <typename Request>
Status read_shared(const Request& request, model::QueryNode& query) {
  ALD_ASSIGN(query.filter, read_filter_of(request));
  if (request.has_params()) {
    ALD_RETURN_IF_ERROR(contract::read(request.params(), qdrant::kSearchParams, kProtoReading, query.params));
  }
  if (request.has_score_threshold()) query.score_threshold = request.score_threshold();
  return Status::ok_status();
}

template <typename Request>
Status read_selection(const Request& request, model::QueryRequest& query) {
  return read_common(request, query.with_payload, query.with_vectors);
}

// Universal. ----------------------------------------------------------------------------------

template <typename Request>
Status read_universal(const Request& request, model::QueryNode& query);

Status read_prefetches(
    const google::protobuf::RepeatedPtrField<::qdrant::PrefetchQuery>& prefetches,
    model::QueryNode& query) {
  for (const auto& one : prefetches) {
    model::QueryNode prefetch;
    ALD_RETURN_IF_ERROR(read_universal(one, prefetch));
    if (one.has_limit()) prefetch.limit = one.limit();
    query.prefetch.push_back(std::move(prefetch));
  }
  return Status::ok_status();
}

template <typename Request>
Status read_universal(const Request& request, model::QueryNode& query) {
  ALD_RETURN_IF_ERROR(read_prefetches(request.prefetch(), query));
  if (request.has_query()) {
    ALD_ASSIGN(query.query, read_query_kind(request.query()));
  }
  query.using_vector = request.using_();
  if (request.has_lookup_from()) {
    ALD_RETURN_IF_ERROR(
        contract::read(request.lookup_from(), qdrant::kLookupLocation, kProtoReading, query.lookup_from.emplace()));
  }
  return read_shared(request, query);
}

/// What is wrong between the members of a query; the same for both dialects.
void check_whole(model::QueryRequest& query) {
  qdrant_rest::QueryReader reader;
  reader.check_whole(query);
}

Result<model::QueryRequest> universal(const ::qdrant::QueryPoints& request) {
  model::QueryRequest query;
  ALD_RETURN_IF_ERROR(read_universal(request, query));
  if (request.has_limit()) query.limit = request.limit();
  query.offset = request.offset();
  ALD_RETURN_IF_ERROR(read_selection(request, query));
  check_whole(query);
  return query;
}

// Search. -------------------------------------------------------------------------------------

template <typename Request>
Result<model::QueryRequest> search(const Request& request) {
  model::QueryRequest query;
  if (request.has_sparse_indices()) {
    if (request.sparse_indices().data_size() != request.vector_size()) {
      return malformed(
          "Sparse indices does not match sparse vector conditions: values: Validation error: must "
          "be "
          "the same length as indices [{}]");
    }
    query.query =
        model::NearestQuery{model::SparseVector{{request.sparse_indices().data().begin(), request.sparse_indices().data().end()},
                                                {request.vector().begin(), request.vector().end()}},
                            std::nullopt};
  } else {
    query.query =
        model::NearestQuery{std::vector<float>(request.vector().begin(), request.vector().end()), std::nullopt};
  }
  query.using_vector = request.vector_name();
  query.limit = request.limit();
  ALD_RETURN_IF_ERROR(read_shared(request, query));
  ALD_RETURN_IF_ERROR(read_selection(request, query));
  return query;
}

Result<model::QueryRequest> search_with_offset(const ::qdrant::SearchPoints& request) {
  ALD_ASSIGN(auto query, search(request));
  query.offset = request.offset();
  return query;
}

// Recommend. ----------------------------------------------------------------------------------

Status read_examples(const google::protobuf::RepeatedPtrField<::qdrant::PointId>& ids,
                     const google::protobuf::RepeatedPtrField<::qdrant::Vector>& vectors,
                     std::vector<model::VectorInput>& examples) {
  for (const auto& one : ids) {
    ALD_ASSIGN(const model::PointId id, read_id(one));
    examples.emplace_back(id);
  }
  for (const auto& one : vectors) {
    ALD_ASSIGN(auto input, read_input(one));
    examples.push_back(std::move(input));
  }
  return Status::ok_status();
}

template <typename Request>
Result<model::QueryRequest> recommend(const Request& request) {
  model::QueryRequest query;
  model::RecommendQuery kind;
  ALD_RETURN_IF_ERROR(read_examples(request.positive(), request.positive_vectors(), kind.positive));
  ALD_RETURN_IF_ERROR(read_examples(request.negative(), request.negative_vectors(), kind.negative));
  query.using_vector = request.using_();
  query.limit = request.limit();
  if (request.has_lookup_from()) {
    ALD_RETURN_IF_ERROR(
        contract::read(request.lookup_from(), qdrant::kLookupLocation, kProtoReading, query.lookup_from.emplace()));
  }
  ALD_RETURN_IF_ERROR(read_shared(request, query));
  ALD_RETURN_IF_ERROR(read_selection(request, query));
  if (request.strategy() == ::qdrant::BestScore || request.strategy() == ::qdrant::SumScores) {
    return not_implemented("Recommendation strategy " +
                           ::qdrant::RecommendStrategy_Name(request.strategy()));
  }
  if (kind.positive.empty()) {
    return qdrant_rest::bad_request("At least one positive vector ID required with this strategy");
  }
  query.query = std::move(kind);
  return query;
}

Result<model::QueryRequest> recommend_with_offset(const ::qdrant::RecommendPoints& request) {
  ALD_ASSIGN(auto query, recommend(request));
  query.offset = request.offset();
  return query;
}

// Groups. -------------------------------------------------------------------------------------

template <typename Request>
Result<ops::QueryGroups> grouped(const Request& request, Result<model::QueryRequest> query) {
  if (!query.ok()) return query.status();
  ops::QueryGroups groups;
  groups.collection = ops::CollectionRef::by_name(request.collection_name());
  groups.query = std::move(query).value();
  ALD_ASSIGN(groups.group_by, read_path(request.group_by()));
  if (request.limit() > 0) groups.limit = request.limit();
  if (request.group_size() > 0) groups.group_size = request.group_size();
  if (request.has_with_lookup()) {
    ALD_RETURN_IF_ERROR(contract::read(request.with_lookup(), qdrant::kLookup, kProtoReading, groups.with_lookup.emplace()));
  }
  return groups;
}

template <typename Request>
Result<ops::QueryPoints> single(const Request& request, Result<model::QueryRequest> query) {
  if (!query.ok()) return query.status();
  return ops::QueryPoints{ops::CollectionRef::by_name(request.collection_name()),
                          std::move(query).value()};
}

template <typename Batch, typename Items, typename Read>
Result<ops::QueryBatch> batched(const Batch& batch, const Items& items, Read read) {
  if (batch.has_read_consistency())
    ALD_RETURN_IF_ERROR(check_consistency(batch.read_consistency()));
  ops::QueryBatch queries;
  queries.collection = ops::CollectionRef::by_name(batch.collection_name());
  for (const auto& item : items) {
    ALD_ASSIGN(auto query, read(item));
    queries.queries.push_back(std::move(query));
  }
  return queries;
}

}  // namespace

Result<ops::QueryPoints> read_query(const ::qdrant::QueryPoints& request) {
  return single(request, universal(request));
}
Result<ops::QueryBatch> read_query_batch(const ::qdrant::QueryBatchPoints& request) {
  return batched(request, request.query_points(), &universal);
}
Result<ops::QueryGroups> read_query_groups(const ::qdrant::QueryPointGroups& request) {
  model::QueryRequest query;
  ALD_RETURN_IF_ERROR(read_universal(request, query));
  ALD_RETURN_IF_ERROR(read_selection(request, query));
  check_whole(query);
  return grouped(request, std::move(query));
}

Result<ops::QueryPoints> read_search(const ::qdrant::SearchPoints& request) {
  return single(request, search_with_offset(request));
}
Result<ops::QueryBatch> read_search_batch(const ::qdrant::SearchBatchPoints& request) {
  return batched(request, request.search_points(), &search_with_offset);
}
Result<ops::QueryGroups> read_search_groups(const ::qdrant::SearchPointGroups& request) {
  return grouped(request, search(request));
}

Result<ops::QueryPoints> read_recommend(const ::qdrant::RecommendPoints& request) {
  return single(request, recommend_with_offset(request));
}
Result<ops::QueryBatch> read_recommend_batch(const ::qdrant::RecommendBatchPoints& request) {
  return batched(request, request.recommend_points(), &recommend_with_offset);
}
Result<ops::QueryGroups> read_recommend_groups(const ::qdrant::RecommendPointGroups& request) {
  return grouped(request, recommend(request));
}

}  // namespace alidade::faces::qdrant_grpc
