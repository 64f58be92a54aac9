// Rules that look at several fields of a message at once.
#include <google/protobuf/message.h>

#include <cmath>
#include <set>
#include <utility>

#include "faces/contract/words.h"
#include "faces/qdrant_grpc/field_rules.h"
#include "faces/qdrant_grpc/values.h"
#include "faces/qdrant_rest/decode_values.h"
#include "points.pb.h"

namespace alidade::faces::qdrant_grpc {
namespace {

using google::protobuf::Message;
using Found = std::vector<Broken>;

// Vectors. ------------------------------------------------------------------------------------

template <typename Indices>
void check_sparse(const Indices& indices, int value_count, Found& found) {
  const std::set<std::uint32_t> unique(indices.begin(), indices.end());
  if (unique.size() != static_cast<std::size_t>(indices.size())) {
    found.push_back({"indices", "Validation error: must be unique [{}]"});
  }
  if (indices.size() != value_count) {
    found.push_back({"values", "Validation error: must be the same length as indices [{}]"});
  }
}

void check_multi(const ::qdrant::MultiDenseVector& multi, Found& found) {
  if (multi.vectors().empty()) return found.push_back({"data", "multi vector must not be empty"});
  for (const auto& row : multi.vectors()) {
    if (row.data().empty()) return found.push_back({"data", "all vectors must be non-empty"});
  }
  for (const auto& row : multi.vectors()) {
    if (row.data_size() == multi.vectors(0).data_size()) continue;
    return found.push_back(
        {"data", "all vectors must have the same dimension, found vector with dimension " +
                     std::to_string(row.data_size())});
  }
}

void check_vectors_count(const ::qdrant::Vector& vector, Found& found) {
  const std::uint32_t count = vector.vectors_count();
  if (count == 0) {
    found.push_back(
        {"data",
         "Validation error: invalid_vector_count [{\"vectors_count\": String(\"vectors count "
         "must be greater than 0\")}]"});
  } else if (static_cast<std::uint32_t>(vector.data_size()) % count != 0) {
    found.push_back(
        {"data",
         "Validation error: invalid dense vector length for vectors count [{\"vectors_count\": "
         "Number(" +
             std::to_string(count) + "), \"vector_len\": Number(" +
             std::to_string(vector.data_size()) + ")}]"});
  }
}

void check_vector(const Message& message, Found& found) {
  const auto& vector = as<::qdrant::Vector>(message);
  if (vector.has_sparse())
    return check_sparse(vector.sparse().indices(), vector.sparse().values_size(), found);
  if (vector.has_multi_dense()) return check_multi(vector.multi_dense(), found);
  if (vector.vector_case() != ::qdrant::Vector::VECTOR_NOT_SET) return;
  if (vector.has_indices()) return check_sparse(vector.indices().data(), vector.data_size(), found);
  if (vector.has_vectors_count()) check_vectors_count(vector, found);
}

/// The map by itself: reflection would copy every vector of it.
void check_named_vectors(const Message& message, Found& found) {
  Found inside;
  for (const auto& [name, vector] : as<::qdrant::NamedVectors>(message).vectors()) {
    inside.clear();
    check_vector(vector, inside);
    for (Broken& broken : inside)
      found.push_back({"vectors.[]." + broken.place, std::move(broken.rule)});
  }
}

void check_sparse_vector(const Message& message, Found& found) {
  const auto& sparse = as<::qdrant::SparseVector>(message);
  check_sparse(sparse.indices(), sparse.values_size(), found);
}

void check_multi_vector(const Message& message, Found& found) {
  check_multi(as<::qdrant::MultiDenseVector>(message), found);
}

// Filters. ------------------------------------------------------------------------------------

void check_field_condition(const Message& message, Found& found) {
  const auto& field = as<::qdrant::FieldCondition>(message);
  const bool any = field.has_match() || field.has_range() || field.has_geo_bounding_box() ||
                   field.has_geo_radius() || field.has_values_count() || field.has_geo_polygon() ||
                   field.has_datetime_range() || field.has_is_empty() || field.has_is_null();
  if (!any)
    found.push_back(
        {"match", "Validation error: At least one field condition must be specified [{}]"});
}

void check_slice(const Message& message, Found& found) {
  const auto& slice = as<::qdrant::SliceCondition>(message);
  if (slice.total() == 0) {
    found.push_back({"total", "Validation error: must be greater than 0 [{}]"});
  } else if (slice.index() >= slice.total()) {
    found.push_back(
        {"index", "Validation error: must be less than the total number of slices [{}]"});
  }
}

std::string shown(double number) {
  return std::isnan(number) ? "NaN" : contract::rust_number(number);
}

void check_point(const Message& message, Found& found) {
  const auto& point = as<::qdrant::GeoPoint>(message);
  const bool inside =
      point.lat() >= -90 && point.lat() <= 90 && point.lon() >= -180 && point.lon() <= 180;
  if (inside) return;
  found.push_back(
      {"geo", "Wrong format of GeoPoint payload: expected `lat` = " + shown(point.lat()) +
                  " within [-90;90] and `lon` = " + shown(point.lon()) + " within [-180;180]"});
}

void check_ring(const ::qdrant::GeoLineString& ring, const char* place, Found& found) {
  const auto& points = ring.points();
  if (points.empty()) return found.push_back({place, "value invalid, must not be empty"});
  if (points.size() < 4) {
    return found.push_back({place, "value invalid, the size must be at least 4, got " +
                                       std::to_string(points.size())});
  }
  const auto& first = points[0];
  const auto& last = points[points.size() - 1];
  if (first.lon() == last.lon() && first.lat() == last.lat()) return;
  found.push_back(
      {place, "value invalid, the first and the last points should be same to form a closed line"});
}

void check_polygon(const Message& message, Found& found) {
  const auto& polygon = as<::qdrant::GeoPolygon>(message);
  if (polygon.has_exterior()) check_ring(polygon.exterior(), "exterior", found);
  for (const auto& interior : polygon.interiors()) {
    const std::size_t before = found.size();
    check_ring(interior, "interiors", found);
    if (found.size() > before) return;
  }
}

// Others. -------------------------------------------------------------------------------------

void check_integer_index(const Message& message, Found& found) {
  const auto& params = as<::qdrant::IntegerIndexParams>(message);
  if (!params.has_lookup() || !params.has_range() || params.lookup() || params.range()) return;
  found.push_back(
      {"lookup",
       "Validation error: the 'lookup' and 'range' capabilities can't be both disabled [{}]"});
}

const MessageRule kRulesOfMessages[] = {
    {"Vector", &check_vector, true},
    {"NamedVectors", &check_named_vectors, true},
    {"SparseVector", &check_sparse_vector, true},
    {"MultiDenseVector", &check_multi_vector, true},
    {"FieldCondition", &check_field_condition, false},
    {"SliceCondition", &check_slice, true},
    {"GeoPoint", &check_point, true},
    {"GeoPolygon", &check_polygon, true},
    {"IntegerIndexParams", &check_integer_index, true},
};

}  // namespace

const std::span<const MessageRule> kMessageRules(kRulesOfMessages);

}  // namespace alidade::faces::qdrant_grpc
