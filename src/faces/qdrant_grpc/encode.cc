#include "faces/qdrant_grpc/encode.h"

#include "faces/qdrant_grpc/parts.h"
#include "faces/qdrant_grpc/values.h"
#include "model/distance.h"

namespace alidade::faces::qdrant_grpc {
namespace {

void fill_vector(const model::NamedVector& vector, ::qdrant::VectorOutput& out) {
  if (const auto* sparse = std::get_if<model::SparseVector>(&vector.value)) {
    out.mutable_sparse()->mutable_indices()->Add(sparse->indices.begin(), sparse->indices.end());
    out.mutable_sparse()->mutable_values()->Add(sparse->values.begin(), sparse->values.end());
  } else if (const auto* multi = std::get_if<model::MultiVector>(&vector.value)) {
    auto& rows = *out.mutable_multi_dense();
    for (std::size_t row = 0; row < multi->row_count(); ++row) {
      const float* const first = multi->values.data() + row * multi->dim;
      rows.add_vectors()->mutable_data()->Add(first, first + multi->dim);
    }
  } else {
    const auto& dense = std::get<std::vector<float>>(vector.value);
    out.mutable_dense()->mutable_data()->Add(dense.begin(), dense.end());
  }
}

/// The unnamed vector alone stands by itself; names make a map.
void fill_vectors(const std::vector<model::NamedVector>& vectors, ::qdrant::VectorsOutput& out) {
  if (vectors.size() == 1 && vectors[0].name.empty())
    return fill_vector(vectors[0], *out.mutable_vector());
  auto& named = *out.mutable_vectors()->mutable_vectors();
  for (const model::NamedVector& vector : vectors) fill_vector(vector, named[vector.name]);
}

template <typename Point>
void fill_point(const model::PointRecord& record,
                const std::optional<model::OrderValue>& order,
                Point& out) {
  fill_id(record.id, *out.mutable_id());
  if (record.payload) fill_payload(*record.payload, *out.mutable_payload());
  if (record.vectors) fill_vectors(*record.vectors, *out.mutable_vectors());
  if (!order) return;
  if (const auto* integer = std::get_if<std::int64_t>(&*order)) {
    out.mutable_order_value()->set_int_(*integer);
  } else {
    out.mutable_order_value()->set_float_(std::get<double>(*order));
  }
}

void fill_scored(const std::vector<model::ScoredPoint>& points,
                 model::ScoreKind kind,
                 model::Distance distance,
                 google::protobuf::RepeatedPtrField<::qdrant::ScoredPoint>& out) {
  out.Reserve(static_cast<int>(points.size()));
  for (const model::ScoredPoint& point : points) {
    auto& hit = *out.Add();
    fill_point(point.record, point.order_value, hit);
    hit.set_version(point.record.version);
    hit.set_score(kind == model::ScoreKind::kSimilarity ? model::qdrant_score(distance, point.score)
                                                        : point.score);
  }
}

void fill_key(const ops::GroupKey& key, ::qdrant::GroupId& out) {
  if (const auto* text = std::get_if<std::string>(&key)) {
    out.set_string_value(*text);
  } else if (const auto* number = std::get_if<std::uint64_t>(&key)) {
    out.set_unsigned_value(*number);
  } else if (const std::int64_t integer = std::get<std::int64_t>(key); integer >= 0) {
    out.set_unsigned_value(static_cast<std::uint64_t>(integer));
  } else {
    out.set_integer_value(integer);
  }
}

}  // namespace

void fill_hits(const model::QueryHits& hits,
               google::protobuf::RepeatedPtrField<::qdrant::ScoredPoint>& out) {
  fill_scored(hits.points, hits.score_kind, hits.distance, out);
}

void fill_batch(const std::vector<model::QueryHits>& batch,
                google::protobuf::RepeatedPtrField<::qdrant::BatchResult>& out) {
  for (const model::QueryHits& hits : batch) fill_hits(hits, *out.Add()->mutable_result());
}

void fill_groups(const ops::QueryGroupsResult& result, ::qdrant::GroupsResult& out) {
  for (const ops::PointGroup& group : result.groups) {
    auto& one = *out.add_groups();
    fill_key(group.key, *one.mutable_id());
    fill_scored(group.hits, result.score_kind, result.distance, *one.mutable_hits());
    if (group.lookup) fill_record(*group.lookup, *one.mutable_lookup());
  }
}

void fill_record(const model::PointRecord& record, ::qdrant::RetrievedPoint& out) {
  fill_point(record, std::nullopt, out);
}

void fill_page(const ops::ScrollPage& page, ::qdrant::ScrollResponse& out) {
  for (const ops::ScrolledPoint& point : page.points)
    fill_point(point.record, point.order_value, *out.add_result());
  if (page.next_page) fill_id(*page.next_page, *out.mutable_next_page_offset());
}

void fill_facet(const std::vector<ops::FacetHit>& hits, ::qdrant::FacetResponse& out) {
  for (const ops::FacetHit& hit : hits) {
    auto& one = *out.add_hits();
    one.set_count(hit.count);
    auto& value = *one.mutable_value();
    if (const auto* text = std::get_if<std::string>(&hit.value)) {
      value.set_string_value(*text);
    } else if (const auto* integer = std::get_if<std::int64_t>(&hit.value)) {
      value.set_integer_value(*integer);
    } else {
      value.set_bool_value(std::get<bool>(hit.value));
    }
  }
}

void fill_update(const model::UpdateResult& result, bool completed, ::qdrant::UpdateResult& out) {
  if (result.operation.value != 0) out.set_operation_id(result.operation.value);
  out.set_status(completed ? ::qdrant::Completed : ::qdrant::Acknowledged);
}

void end_wait_early(::qdrant::PointsOperationResponse& answer) {
  answer.mutable_result()->set_status(::qdrant::WaitTimeout);
}

void end_wait_early(::qdrant::UpdateBatchResponse& answer) {
  for (auto& result : *answer.mutable_result()) result.set_status(::qdrant::WaitTimeout);
}

}  // namespace alidade::faces::qdrant_grpc
