// The kinds of queries: which oneof is which, what of it is served, and the words for parts that
// are missing.
#include <utility>

#include "faces/qdrant_grpc/decode_query.h"
#include "faces/qdrant_grpc/errors.h"
#include "faces/qdrant_grpc/parts.h"
#include "faces/qdrant_rest/decode_values.h"
#include "faces/qdrant_rest/errors.h"

namespace alidade::faces::qdrant_grpc {
namespace {

using model::QueryKind;
using model::VectorInput;

VectorInput sparse(const google::protobuf::RepeatedField<std::uint32_t>& indices,
                   const google::protobuf::RepeatedField<float>& values) {
  return model::SparseVector{{indices.begin(), indices.end()}, {values.begin(), values.end()}};
}

VectorInput multi(const ::qdrant::MultiDenseVector& vector) {
  model::MultiVector rows;
  if (!vector.vectors().empty()) rows.dim = static_cast<std::uint32_t>(vector.vectors(0).data_size());
  for (const auto& row : vector.vectors()) rows.values.insert(rows.values.end(), row.data().begin(), row.data().end());
  return rows;
}

/// What a model would turn into a vector.
Result<VectorInput> inferred(qdrant_rest::InferenceInput input) {
  const Status refused = qdrant_rest::refuse_other_kinds(std::move(input), "", true);
  if (refused.kind() == ErrorKind::kSparseConversion) return VectorInput(model::Inference{});
  return refused.code() == StatusCode::kInternal
             ? qdrant_rest::worded(500, "Inference error: " + qdrant_rest::error_text(refused))
             : refused;
}

VectorInput dense(const google::protobuf::RepeatedField<float>& values) {
  return std::vector<float>(values.begin(), values.end());
}

/// The old form of a multi vector: all rows one behind the other.
VectorInput rows_of(const ::qdrant::Vector& vector) {
  const std::uint32_t count = vector.vectors_count();
  const std::uint32_t dim = count == 0 ? 0 : static_cast<std::uint32_t>(vector.data_size()) / count;
  return model::MultiVector{dim, {vector.data().begin(), vector.data().end()}};
}

Result<std::vector<VectorInput>> read_inputs(
    const google::protobuf::RepeatedPtrField<::qdrant::VectorInput>& inputs) {
  std::vector<VectorInput> read;
  for (const auto& one : inputs) {
    ALD_ASSIGN(auto input, read_input(one));
    read.push_back(std::move(input));
  }
  return read;
}

Result<QueryKind> read_recommend_input(const ::qdrant::RecommendInput& recommend) {
  model::RecommendQuery query;
  ALD_ASSIGN(query.positive, read_inputs(recommend.positive()));
  ALD_ASSIGN(query.negative, read_inputs(recommend.negative()));
  if (recommend.strategy() == ::qdrant::BestScore || recommend.strategy() == ::qdrant::SumScores) {
    return not_implemented("Recommendation strategy " +
                           ::qdrant::RecommendStrategy_Name(recommend.strategy()));
  }
  return QueryKind(std::move(query));
}

Status check_pair(const ::qdrant::ContextInputPair& pair) {
  if (!pair.has_positive()) return malformed("ContextPair positive is missing");
  ALD_RETURN_IF_ERROR(read_input(pair.positive()).status());
  if (!pair.has_negative()) return malformed("ContextPair negative is missing");
  return read_input(pair.negative()).status();
}

Result<QueryKind> refuse_context(const ::qdrant::ContextInput& context) {
  for (const auto& pair : context.pairs()) ALD_RETURN_IF_ERROR(check_pair(pair));
  return not_implemented("A query of kind context");
}

Result<QueryKind> refuse_discover(const ::qdrant::DiscoverInput& discover) {
  if (!discover.has_target()) return malformed("DiscoverInput target is missing");
  ALD_RETURN_IF_ERROR(read_input(discover.target()).status());
  if (!discover.has_context()) return malformed("DiscoverInput context is missing");
  for (const auto& pair : discover.context().pairs()) ALD_RETURN_IF_ERROR(check_pair(pair));
  return not_implemented("A query of kind discover");
}

Result<QueryKind> refuse_mmr(const ::qdrant::NearestInputWithMmr& input) {
  if (!input.has_nearest()) return malformed("nearest vector is missing");
  ALD_RETURN_IF_ERROR(read_input(input.nearest()).status());
  if (!input.has_mmr()) return malformed("mmr is missing");
  return not_implemented("A query of kind nearest_with_mmr");
}

Result<QueryKind> refuse_feedback(const ::qdrant::RelevanceFeedbackInput& input) {
  if (!input.has_target()) return malformed("target is missing");
  ALD_RETURN_IF_ERROR(read_input(input.target()).status());
  for (const auto& item : input.feedback()) {
    if (!item.has_example()) return malformed("feedback example is missing");
    ALD_RETURN_IF_ERROR(read_input(item.example()).status());
  }
  if (!input.has_strategy()) return malformed("strategy is missing");
  if (input.strategy().variant_case() == ::qdrant::FeedbackStrategy::VARIANT_NOT_SET) {
    return malformed("Missing variant");
  }
  return not_implemented("A query of kind relevance_feedback");
}

Result<QueryKind> read_fusion(int fusion) {
  if (fusion == ::qdrant::RRF) return QueryKind(model::RrfQuery{});
  if (fusion == ::qdrant::DBSF) return QueryKind(model::DbsfQuery{});
  return malformed("invalid fusion type value " + std::to_string(fusion));
}

}  // namespace

Result<VectorInput> read_input(const ::qdrant::VectorInput& input) {
  using Wire = ::qdrant::VectorInput;
  switch (input.variant_case()) {
    case Wire::kId: {
      ALD_ASSIGN(const model::PointId id, read_id(input.id()));
      return VectorInput(id);
    }
    case Wire::kDense:
      return dense(input.dense().data());
    case Wire::kSparse:
      return sparse(input.sparse().indices(), input.sparse().values());
    case Wire::kMultiDense:
      return multi(input.multi_dense());
    case Wire::kDocument:
      return inferred({input.document().model(), true});
    case Wire::kImage:
      return inferred({input.image().model(), false});
    case Wire::kObject:
      return inferred({input.object().model(), false});
    case Wire::VARIANT_NOT_SET:
      break;
  }
  return malformed("VectorInput variant is missing");
}

Result<VectorInput> read_input(const ::qdrant::Vector& vector) {
  if (vector.has_dense()) return dense(vector.dense().data());
  if (vector.has_sparse()) return sparse(vector.sparse().indices(), vector.sparse().values());
  if (vector.has_indices()) return sparse(vector.indices().data(), vector.data());
  if (vector.has_multi_dense()) return multi(vector.multi_dense());
  if (vector.has_vectors_count()) return rows_of(vector);
  if (vector.has_document()) return inferred({vector.document().model(), true});
  return dense(vector.data());
}

Result<QueryKind> read_query_kind(const ::qdrant::Query& query) {
  using Wire = ::qdrant::Query;
  switch (query.variant_case()) {
    case Wire::kNearest: {
      ALD_ASSIGN(auto input, read_input(query.nearest()));
      return QueryKind(model::NearestQuery{std::move(input), std::nullopt});
    }
    case Wire::kRecommend:
      return read_recommend_input(query.recommend());
    case Wire::kOrderBy: {
      model::OrderByQuery order;
      ALD_RETURN_IF_ERROR(contract::read(query.order_by(), qdrant::kOrderBy, kProtoReading, order.order));
      return QueryKind(std::move(order));
    }
    case Wire::kFusion:
      return read_fusion(query.fusion());
    case Wire::kRrf: {
      model::RrfQuery rrf;
      if (query.rrf().has_k()) rrf.k = query.rrf().k();
      rrf.weights.assign(query.rrf().weights().begin(), query.rrf().weights().end());
      return QueryKind(std::move(rrf));
    }
    case Wire::kSample:
      if (query.sample() == ::qdrant::Random) return QueryKind(model::SampleQuery{});
      return malformed("invalid sample type value " + std::to_string(query.sample()));
    case Wire::kDiscover:
      return refuse_discover(query.discover());
    case Wire::kContext:
      return refuse_context(query.context());
    case Wire::kNearestWithMmr:
      return refuse_mmr(query.nearest_with_mmr());
    case Wire::kRelevanceFeedback:
      return refuse_feedback(query.relevance_feedback());
    case Wire::kFormula:
      if (!query.formula().has_expression()) return malformed("missing field: expression");
      return not_implemented("A query of kind formula");
    case Wire::kText:
      return not_implemented("A query of kind text");
    case Wire::VARIANT_NOT_SET:
      break;
  }
  return malformed("Query variant is missing");
}

}  // namespace alidade::faces::qdrant_grpc
