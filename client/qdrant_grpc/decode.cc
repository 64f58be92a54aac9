#include "qdrant_grpc/decode.h"

#include <algorithm>
#include <utility>

#include "alidade/qdrant/points.h"
#include "alidade_qdrant/points.pb.h"

namespace alidade::qdrant::inline v0::wire {
namespace {

namespace pb = alidade_wire;
using google::protobuf::Message;

PointId id_of(const pb::PointId& id) { return id.has_uuid() ? PointId(id.uuid()) : PointId(id.num()); }

template <class Payload>
Json payload_of(const Payload& payload) {
  std::vector<Json::Member> members;
  members.reserve(payload.size());
  for (const auto& [key, value] : payload) members.emplace_back(key, to_json(value));
  // A map comes in no order.
  std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return Json(std::move(members));
}

DenseVector floats_of(const google::protobuf::RepeatedField<float>& data) { return {data.begin(), data.end()}; }

SparseVector sparse_of(const google::protobuf::RepeatedField<std::uint32_t>& indices,
                       const google::protobuf::RepeatedField<float>& values) {
  return {{indices.begin(), indices.end()}, {values.begin(), values.end()}};
}

/// The form of servers before 1.16: values, and what they are told by the fields beside them.
Vector old_vector_of(const pb::VectorOutput& vector) {
  if (vector.has_indices()) return sparse_of(vector.indices().data(), vector.data());
  const std::uint32_t count = vector.vectors_count();
  if (count == 0) return floats_of(vector.data());
  MultiVector rows;
  const int size = vector.data_size() / static_cast<int>(std::min<std::uint32_t>(count, 1u << 30));
  for (int at = 0; size > 0 && at + size <= vector.data_size(); at += size) {
    rows.rows.emplace_back(vector.data().begin() + at, vector.data().begin() + at + size);
  }
  return rows;
}

Vector vector_of(const pb::VectorOutput& vector) {
  if (vector.has_dense()) return floats_of(vector.dense().data());
  if (vector.has_sparse()) return sparse_of(vector.sparse().indices(), vector.sparse().values());
  if (!vector.has_multi_dense()) return old_vector_of(vector);
  MultiVector rows;
  for (const pb::DenseVector& row : vector.multi_dense().vectors()) rows.rows.push_back(floats_of(row.data()));
  return rows;
}

Vectors vectors_of(const pb::VectorsOutput& vectors) {
  if (vectors.has_vector()) return Vectors(vector_of(vectors.vector()));
  if (!vectors.has_vectors()) return {};
  std::vector<NamedVector> named;
  for (const auto& [name, vector] : vectors.vectors().vectors()) named.push_back({name, vector_of(vector)});
  std::sort(named.begin(), named.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return Vectors(std::move(named));
}

Json shard_key_of(const pb::ShardKey& key) { return key.has_keyword() ? Json(key.keyword()) : Json(key.number()); }

/// Whether payloads were asked for. @tparam Request with `with_payload`; what it leaves out is false to a query and true to
/// the others, but this client always says it.
template <class Request>
bool wants_payload(const Request& request) {
  const pb::WithPayloadSelector& selector = request.with_payload();
  return selector.has_enable() ? selector.enable() : selector.selector_options_case() != pb::WithPayloadSelector::SELECTOR_OPTIONS_NOT_SET;
}

/// @tparam Point RetrievedPoint or ScoredPoint.
template <class Point>
void read_record(const Point& point, bool has_payload, Record& record) {
  record.id = id_of(point.id());
  if (has_payload) record.payload = payload_of(point.payload());
  if (point.has_vectors()) record.vectors = vectors_of(point.vectors());
  if (point.has_shard_key()) record.shard_key = shard_key_of(point.shard_key());
  if (point.has_order_value()) {
    const pb::OrderValue& order = point.order_value();
    record.order_value = order.has_int_() ? Json(std::int64_t{order.int_()}) : Json(order.float_());
  }
}

Record record_of(const pb::RetrievedPoint& point, bool has_payload) {
  Record record;
  read_record(point, has_payload, record);
  return record;
}

ScoredPoint hit_of(const pb::ScoredPoint& point, bool has_payload) {
  ScoredPoint hit;
  read_record(point, has_payload, hit);
  hit.score = double{point.score()};
  hit.version = point.version();
  return hit;
}

template <class List>
std::vector<ScoredPoint> hits_of(const List& points, bool has_payload) {
  std::vector<ScoredPoint> hits;
  hits.reserve(static_cast<std::size_t>(points.size()));
  for (const pb::ScoredPoint& point : points) hits.push_back(hit_of(point, has_payload));
  return hits;
}

PointGroup group_of(const pb::PointGroup& group, bool has_payload) {
  PointGroup value;
  if (group.id().has_string_value()) value.id = Json(group.id().string_value());
  if (group.id().has_integer_value()) value.id = Json(std::int64_t{group.id().integer_value()});
  if (group.id().has_unsigned_value()) value.id = Json(std::uint64_t{group.id().unsigned_value()});
  value.hits = hits_of(group.hits(), has_payload);
  if (group.has_lookup()) value.lookup = record_of(group.lookup(), true);
  return value;
}

UpdateResult update_of(const pb::UpdateResult& result) {
  UpdateResult value;
  if (result.has_operation_id()) value.operation_id = result.operation_id();
  if (result.status() == pb::Acknowledged) value.status = UpdateStatus::kAcknowledged;
  if (result.status() == pb::Completed) value.status = UpdateStatus::kCompleted;
  if (result.status() == pb::WaitTimeout) value.status = UpdateStatus::kWaitTimeout;
  return value;
}

template <class Answer>
const Answer& as(const Message& answer) {
  return static_cast<const Answer&>(answer);
}

}  // namespace

std::any read_update(const Message&, const Message& answer) { return update_of(as<pb::PointsOperationResponse>(answer).result()); }

std::any read_updates(const Message&, const Message& answer) {
  std::vector<UpdateResult> results;
  for (const auto& result : as<pb::UpdateBatchResponse>(answer).result()) results.push_back(update_of(result));
  return results;
}

std::any read_records(const Message& request, const Message& answer) {
  const bool has_payload = wants_payload(as<pb::GetPoints>(request));
  std::vector<Record> records;
  for (const auto& point : as<pb::GetResponse>(answer).result()) records.push_back(record_of(point, has_payload));
  return records;
}

std::any read_page(const Message& request, const Message& answer) {
  const auto& response = as<pb::ScrollResponse>(answer);
  const bool has_payload = wants_payload(as<pb::ScrollPoints>(request));
  ScrollPage page;
  for (const auto& point : response.result()) page.points.push_back(record_of(point, has_payload));
  if (response.has_next_page_offset()) page.next = id_of(response.next_page_offset());
  return page;
}

std::any read_hits(const Message& request, const Message& answer) {
  return hits_of(as<pb::QueryResponse>(answer).result(), wants_payload(as<pb::QueryPoints>(request)));
}

std::any read_hit_lists(const Message& request, const Message& answer) {
  const auto& queries = as<pb::QueryBatchPoints>(request).query_points();
  std::vector<std::vector<ScoredPoint>> lists;
  for (const auto& list : as<pb::QueryBatchResponse>(answer).result()) {
    const int place = static_cast<int>(lists.size());
    lists.push_back(hits_of(list.result(), place < queries.size() && wants_payload(queries[place])));
  }
  return lists;
}

std::any read_groups(const Message& request, const Message& answer) {
  const bool has_payload = wants_payload(as<pb::QueryPointGroups>(request));
  std::vector<PointGroup> groups;
  for (const auto& group : as<pb::QueryGroupsResponse>(answer).result().groups()) groups.push_back(group_of(group, has_payload));
  return groups;
}

std::any read_count(const Message&, const Message& answer) { return std::uint64_t{as<pb::CountResponse>(answer).result().count()}; }

std::any read_facet(const Message&, const Message& answer) {
  std::vector<FacetHit> hits;
  for (const auto& hit : as<pb::FacetResponse>(answer).hits()) {
    const pb::FacetValue& value = hit.value();
    hits.push_back({value.has_string_value()    ? Json(value.string_value())
                    : value.has_integer_value() ? Json(std::int64_t{value.integer_value()})
                                                : Json(value.bool_value()),
                    hit.count()});
  }
  return hits;
}

std::any read_pairs(const Message&, const Message& answer) {
  std::vector<MatrixPair> pairs;
  for (const auto& pair : as<pb::SearchMatrixPairsResponse>(answer).result().pairs()) {
    pairs.push_back({id_of(pair.a()), id_of(pair.b()), double{pair.score()}});
  }
  return pairs;
}

std::any read_offsets(const Message&, const Message& answer) {
  const auto& result = as<pb::SearchMatrixOffsetsResponse>(answer).result();
  MatrixOffsets offsets;
  offsets.rows.assign(result.offsets_row().begin(), result.offsets_row().end());
  offsets.columns.assign(result.offsets_col().begin(), result.offsets_col().end());
  offsets.scores.assign(result.scores().begin(), result.scores().end());
  for (const auto& id : result.ids()) offsets.ids.push_back(id_of(id));
  return offsets;
}

}  // namespace alidade::qdrant::inline v0::wire
