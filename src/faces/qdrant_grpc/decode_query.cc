#include "faces/qdrant_grpc/decode_query.h"

#include <utility>

#include "faces/qdrant/query.h"
#include "faces/qdrant/search_params.h"
#include "faces/qdrant/selectors.h"
#include "faces/qdrant/vectors.h"
#include "faces/qdrant_grpc/decode_filter.h"
#include "faces/qdrant_grpc/errors.h"
#include "faces/qdrant_grpc/parts.h"
#include "faces/qdrant_rest/errors.h"

namespace alidade::faces::qdrant_grpc {
namespace {

/// As the peer words what comes from its service of models.
Status check_inference(const model::QueryNode& query) {
  const Status refused = qdrant::check_inference(query);
  if (refused.code() != StatusCode::kInternal) return refused;
  return qdrant_rest::worded(500, "Inference error: " + qdrant_rest::error_text(refused));
}

// Universal. ----------------------------------------------------------------------------------

Result<model::QueryRequest> universal(const ::qdrant::QueryPoints& request) {
  model::QueryRequest query;
  ALD_RETURN_IF_ERROR(contract::read(request, qdrant::kQueryRequest, kProtoReading, query));
  if (request.has_read_consistency()) ALD_RETURN_IF_ERROR(check_consistency(request.read_consistency()));
  ALD_RETURN_IF_ERROR(check_inference(query));
  qdrant::note_problems(query);
  return query;
}

// The older requests. --------------------------------------------------------------------------

/// Members that they all have under the same names.
template <typename Request>
Status read_shared(const Request& request, model::QueryRequest& query) {
  ALD_ASSIGN(query.filter, read_filter_of(request));
  if (request.has_params()) {
    ALD_RETURN_IF_ERROR(contract::read(request.params(), qdrant::kSearchParams, kProtoReading, query.params));
  }
  if (request.has_score_threshold()) query.score_threshold = request.score_threshold();
  return read_common(request, query.with_payload, query.with_vectors);
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
  return query;
}

Result<model::QueryRequest> search_with_offset(const ::qdrant::SearchPoints& request) {
  ALD_ASSIGN(auto query, search(request));
  query.offset = request.offset();
  return query;
}

// Recommend. ----------------------------------------------------------------------------------

/// The old form of a multi vector: all rows one behind the other.
model::VectorInput rows_of(const ::qdrant::Vector& vector) {
  const std::uint32_t count = vector.vectors_count();
  const std::uint32_t dim = count == 0 ? 0 : static_cast<std::uint32_t>(vector.data_size()) / count;
  return model::MultiVector{dim, {vector.data().begin(), vector.data().end()}};
}

/// A vector in its typed or its old form.
Status read_example(const ::qdrant::Vector& vector, model::VectorInput& out) {
  if (vector.vector_case() != ::qdrant::Vector::VECTOR_NOT_SET) {
    return contract::read(vector, qdrant::kVector, kProtoReading, out);
  }
  const std::vector<float> data(vector.data().begin(), vector.data().end());
  if (vector.has_indices()) {
    const auto& indices = vector.indices().data();
    out = model::SparseVector{{indices.begin(), indices.end()}, data};
  } else {
    out = vector.has_vectors_count() ? rows_of(vector) : model::VectorInput(data);
  }
  return Status::ok_status();
}

Status read_examples(const google::protobuf::RepeatedPtrField<::qdrant::PointId>& ids,
                     const google::protobuf::RepeatedPtrField<::qdrant::Vector>& vectors,
                     std::vector<model::VectorInput>& examples) {
  for (const auto& one : ids) {
    ALD_ASSIGN(const model::PointId id, read_id(one));
    examples.emplace_back(id);
  }
  for (const auto& one : vectors) {
    ALD_RETURN_IF_ERROR(read_example(one, examples.emplace_back()));
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
  using Strategy = model::RecommendQuery::Strategy;
  if (request.strategy() == ::qdrant::BestScore) kind.strategy = Strategy::kBestScore;
  if (request.strategy() == ::qdrant::SumScores) kind.strategy = Strategy::kSumScores;
  const bool is_average = kind.strategy == Strategy::kAverageVector;
  if (kind.positive.empty() && (is_average || kind.negative.empty())) {
    return qdrant_rest::bad_request("At least one positive vector ID required with this strategy");
  }
  query.query = std::move(kind);
  ALD_RETURN_IF_ERROR(check_inference(query));
  return query;
}

Result<model::QueryRequest> recommend_with_offset(const ::qdrant::RecommendPoints& request) {
  ALD_ASSIGN(auto query, recommend(request));
  query.offset = request.offset();
  return query;
}

// Discover. -----------------------------------------------------------------------------------

Status read_vector_example(const ::qdrant::VectorExample& example, model::VectorInput& out) {
  if (example.has_id()) {
    ALD_ASSIGN(const model::PointId id, read_id(example.id()));
    out = id;
    return Status::ok_status();
  }
  if (!example.has_vector()) return malformed("No example set for VectorExample");
  return read_example(example.vector(), out);
}

/// Without a target it is a search by context.
Result<model::QueryRequest> discover(const ::qdrant::DiscoverPoints& request) {
  model::QueryRequest query;
  std::vector<model::ContextPair> pairs;
  for (const auto& pair : request.context()) {
    if (!pair.has_positive()) return malformed("ContextPair positive is missing");
    if (!pair.has_negative()) return malformed("ContextPair negative is missing");
    ALD_RETURN_IF_ERROR(read_vector_example(pair.positive(), pairs.emplace_back().positive));
    ALD_RETURN_IF_ERROR(read_vector_example(pair.negative(), pairs.back().negative));
  }
  if (request.has_target()) {
    model::DiscoverQuery kind;
    ALD_RETURN_IF_ERROR(read_vector_example(request.target().single(), kind.target));
    kind.context = std::move(pairs);
    query.query = std::move(kind);
  } else if (!pairs.empty()) {
    query.query = model::ContextQuery{std::move(pairs)};
  }
  query.using_vector = request.using_();
  query.limit = request.limit();
  query.offset = request.offset();
  if (request.has_lookup_from()) {
    ALD_RETURN_IF_ERROR(
        contract::read(request.lookup_from(), qdrant::kLookupLocation, kProtoReading, query.lookup_from.emplace()));
  }
  ALD_ASSIGN(query.filter, read_filter_of(request));
  if (request.has_params()) {
    ALD_RETURN_IF_ERROR(contract::read(request.params(), qdrant::kSearchParams, kProtoReading, query.params));
  }
  ALD_RETURN_IF_ERROR(read_common(request, query.with_payload, query.with_vectors));
  if (!query.query) return qdrant_rest::bad_request("target and/or context_pairs must be specified");
  ALD_RETURN_IF_ERROR(check_inference(query));
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

Status charge_query(const google::protobuf::Message& request, env::MemoryAccount& account) {
  // Of a small one it would cost more to ask than to hold it.
  constexpr std::size_t kSmallBytes = std::size_t{64} << 10;
  const std::size_t bytes = request.ByteSizeLong();
  if (bytes < kSmallBytes) return {};
  const std::size_t held = request.SpaceUsedLong();
  return account.add(held > bytes ? std::uint64_t{4} * (held - bytes) : 0);
}

Result<ops::QueryPoints> read_query(const ::qdrant::QueryPoints& request) {
  return single(request, universal(request));
}
Result<ops::QueryBatch> read_query_batch(const ::qdrant::QueryBatchPoints& request) {
  return batched(request, request.query_points(), &universal);
}
Result<ops::QueryGroups> read_query_groups(const ::qdrant::QueryPointGroups& request) {
  ops::QueryGroups groups;
  groups.collection = ops::CollectionRef::by_name(request.collection_name());
  ALD_RETURN_IF_ERROR(contract::read(request, qdrant::kQueryGroupsRequest, kProtoReading, groups));
  if (request.has_read_consistency()) ALD_RETURN_IF_ERROR(check_consistency(request.read_consistency()));
  ALD_RETURN_IF_ERROR(check_inference(groups.query));
  qdrant::note_problems(groups.query);
  return groups;
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

Result<ops::QueryPoints> read_discover(const ::qdrant::DiscoverPoints& request) {
  return single(request, discover(request));
}
Result<ops::QueryBatch> read_discover_batch(const ::qdrant::DiscoverBatchPoints& request) {
  return batched(request, request.discover_points(), &discover);
}

}  // namespace alidade::faces::qdrant_grpc
