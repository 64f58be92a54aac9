#include "faces/qdrant_rest/encode_points.h"

#include "faces/qdrant_rest/decode_points.h"
#include "faces/qdrant_rest/errors.h"
#include "model/distance.h"

namespace alidade::faces::qdrant_rest {
namespace {

using base::json::Writer;

void write_id(const model::PointId& id, Writer& writer) {
  if (id.is_number()) {
    writer.unsigned_integer(id.number());
  } else {
    writer.string(id.to_string());
  }
}

void write_vector(const model::VectorValue& value, Writer& writer) {
  if (const auto* sparse = std::get_if<model::SparseVector>(&value)) {
    writer.begin_object();
    writer.key("indices");
    writer.begin_array();
    for (const std::uint32_t index : sparse->indices) writer.unsigned_integer(index);
    writer.end_array();
    writer.key("values");
    writer.floats(sparse->values.data(), sparse->values.size());
    writer.end_object();
  } else if (const auto* multi = std::get_if<model::MultiVector>(&value)) {
    writer.begin_array();
    for (std::size_t row = 0; row < multi->row_count(); ++row) writer.floats(multi->values.data() + row * multi->dim, multi->dim);
    writer.end_array();
  } else {
    const auto& dense = std::get<std::vector<float>>(value);
    writer.floats(dense.data(), dense.size());
  }
}

/// The unnamed vector alone is a list; names make an object.
void write_vectors(const std::vector<model::NamedVector>& vectors, Writer& writer) {
  if (vectors.size() == 1 && vectors[0].name.empty()) return write_vector(vectors[0].value, writer);
  writer.begin_object();
  for (const model::NamedVector& vector : vectors) {
    writer.key(vector.name);
    write_vector(vector.value, writer);
  }
  writer.end_object();
}

void write_payload_and_vectors(const model::PointRecord& record, Writer& writer) {
  if (record.payload) {
    writer.key("payload");
    writer.raw(record.payload->empty() ? "{}" : *record.payload);
  }
  if (record.vectors) {
    writer.key("vector");
    write_vectors(*record.vectors, writer);
  }
}

void write_order_value(const std::optional<model::OrderValue>& value, Writer& writer) {
  if (!value) return;
  writer.key("order_value");
  if (const auto* integer = std::get_if<std::int64_t>(&*value)) {
    writer.integer(*integer);
  } else {
    writer.number(std::get<double>(*value));
  }
}

void write_record(const model::PointRecord& record, const std::optional<model::OrderValue>& order, Writer& writer) {
  writer.begin_object();
  writer.key("id");
  write_id(record.id, writer);
  write_payload_and_vectors(record, writer);
  write_order_value(order, writer);
  writer.end_object();
}

void write_hits(const std::vector<model::ScoredPoint>& hits,
                model::ScoreKind kind,
                model::Distance distance,
                Writer& writer) {
  writer.begin_array();
  for (const model::ScoredPoint& hit : hits) {
    writer.begin_object();
    writer.key("id");
    write_id(hit.record.id, writer);
    writer.key("version");
    writer.unsigned_integer(hit.record.version);
    writer.key("score");
    writer.number(kind == model::ScoreKind::kSimilarity ? model::qdrant_score(distance, hit.score) : hit.score);
    write_payload_and_vectors(hit.record, writer);
    write_order_value(hit.order_value, writer);
    writer.end_object();
  }
  writer.end_array();
}

void write_update(const RouteInput& input, const model::UpdateResult& result, Writer& writer) {
  const bool timed_out = result.state == model::UpdateResult::State::kWaitTimeout;
  writer.begin_object();
  if (result.operation.value != 0) {
    writer.key("operation_id");
    writer.unsigned_integer(result.operation.value);
  }
  writer.key("status");
  writer.string(timed_out ? "wait_timeout" : input.wait() ? "completed" : "acknowledged");
  writer.end_object();
}

/// What the peer only finds out after it has acknowledged a write.
bool is_found_late(const Status& problem) {
  if (problem.kind() == ErrorKind::kPointNotFound || problem.kind() == ErrorKind::kVectorNameUnknown) return true;
  return problem.kind() == ErrorKind::kDimensionMismatch && !problem.arg(2).empty();
}

bool is_refused(const RouteInput& input, const Status& problem) {
  return !problem.ok() && (input.wait() || !is_found_late(problem));
}

void write_group_key(const ops::GroupKey& key, Writer& writer) {
  if (const auto* text = std::get_if<std::string>(&key)) {
    writer.string(*text);
  } else if (const auto* number = std::get_if<std::int64_t>(&key)) {
    writer.integer(*number);
  } else {
    writer.unsigned_integer(std::get<std::uint64_t>(key));
  }
}

void write_facet_value(const ops::FacetValue& value, Writer& writer) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    writer.string(*text);
  } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
    writer.integer(*number);
  } else {
    writer.boolean(std::get<bool>(value));
  }
}

}  // namespace

Status encode_update(const RouteInput& input, const ops::WritePoints::Outcome& outcome, Writer& writer) {
  if (is_refused(input, outcome.problem)) return outcome.problem;
  write_update(input, outcome.result, writer);
  return Status::ok_status();
}

Status encode_vectors_update(const RouteInput& input, const ops::WritePoints::Outcome& outcome, Writer& writer) {
  const Status& problem = outcome.problem;
  if (problem.kind() != ErrorKind::kDimensionMismatch || !is_refused(input, problem)) {
    return encode_update(input, outcome, writer);
  }
  return Status(problem.code(), problem.message(), problem.kind(), {problem.arg(0), problem.arg(1), ""});
}

Status encode_update_batch(const RouteInput& input, const ops::UpdateBatch::Outcome& outcome, Writer& writer) {
  if (is_refused(input, outcome.problem)) return outcome.problem;
  writer.begin_array();
  for (const model::UpdateResult& result : outcome.results) write_update(input, result, writer);
  writer.end_array();
  return Status::ok_status();
}

Status encode_point(const RouteInput& input, const std::vector<model::PointRecord>& records, Writer& writer) {
  if (records.empty()) {
    ALD_ASSIGN(const ops::RetrievePoints request, decode_get_point(input));
    const std::string id = request.ids.front().to_string();
    return nothing_found("Point with id " + id + " does not exists!");
  }
  write_record(records.front(), std::nullopt, writer);
  return Status::ok_status();
}

void encode_records(const std::vector<model::PointRecord>& records, Writer& writer) {
  writer.begin_array();
  for (const model::PointRecord& record : records) write_record(record, std::nullopt, writer);
  writer.end_array();
}

void encode_scroll(const ops::ScrollPage& page, Writer& writer) {
  writer.begin_object();
  writer.key("points");
  writer.begin_array();
  for (const ops::ScrolledPoint& point : page.points) write_record(point.record, point.order_value, writer);
  writer.end_array();
  writer.key("next_page_offset");
  if (page.next_page) {
    write_id(*page.next_page, writer);
  } else {
    writer.null();
  }
  writer.end_object();
}

void encode_count(const std::uint64_t& count, Writer& writer) {
  writer.begin_object();
  writer.key("count");
  writer.unsigned_integer(count);
  writer.end_object();
}

void encode_facet(const std::vector<ops::FacetHit>& hits, Writer& writer) {
  writer.begin_object();
  writer.key("hits");
  writer.begin_array();
  for (const ops::FacetHit& hit : hits) {
    writer.begin_object();
    writer.key("value");
    write_facet_value(hit.value, writer);
    writer.key("count");
    writer.unsigned_integer(hit.count);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
}

void encode_hits(const model::QueryHits& hits, Writer& writer) {
  write_hits(hits.points, hits.score_kind, hits.distance, writer);
}

void encode_hits_batch(const std::vector<model::QueryHits>& batch, Writer& writer) {
  writer.begin_array();
  for (const model::QueryHits& hits : batch) encode_hits(hits, writer);
  writer.end_array();
}

void encode_query(const model::QueryHits& hits, Writer& writer) {
  writer.begin_object();
  writer.key("points");
  encode_hits(hits, writer);
  writer.end_object();
}

void encode_query_batch(const std::vector<model::QueryHits>& batch, Writer& writer) {
  writer.begin_array();
  for (const model::QueryHits& hits : batch) encode_query(hits, writer);
  writer.end_array();
}

void encode_groups(const ops::QueryGroupsResult& result, Writer& writer) {
  writer.begin_object();
  writer.key("groups");
  writer.begin_array();
  for (const ops::PointGroup& group : result.groups) {
    writer.begin_object();
    writer.key("hits");
    write_hits(group.hits, result.score_kind, result.distance, writer);
    writer.key("id");
    write_group_key(group.key, writer);
    if (group.lookup) {
      writer.key("lookup");
      write_record(*group.lookup, std::nullopt, writer);
    }
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
}

}  // namespace alidade::faces::qdrant_rest
