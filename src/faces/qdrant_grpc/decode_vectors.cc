#include <algorithm>

#include "faces/qdrant_grpc/decode_points.h"
#include "faces/qdrant_grpc/errors.h"
#include "faces/qdrant_grpc/values.h"
#include "faces/qdrant_rest/decode_values.h"
#include "faces/qdrant_rest/errors.h"

namespace alidade::faces::qdrant_grpc {
namespace {

using qdrant_rest::AnyVector;
using model::Inference;

std::vector<float> dense_of(const google::protobuf::RepeatedField<float>& data) { return {data.begin(), data.end()}; }

/// What is no JSON among the options is told when a query asks for it; here it counts as not given.
template <typename Message>
Inference inference_of(Inference::Kind kind, base::json::Value input, const Message& message) {
  auto options = json_of(message.options());
  return {kind, message.model(), std::move(input), options.ok() ? std::move(*options) : base::json::Value()};
}

/// The older form: numbers, with their places or with how many rows they are.
AnyVector older_form(const ::qdrant::Vector& vector) {
  if (vector.has_indices()) {
    const auto& indices = vector.indices().data();
    return model::SparseVector{{indices.begin(), indices.end()}, dense_of(vector.data())};
  }
  if (!vector.has_vectors_count() || vector.vectors_count() == 0) return dense_of(vector.data());
  qdrant_rest::MultiInput multi;
  // Rows without numbers are refused whatever their number.
  const std::size_t numbers = static_cast<std::size_t>(vector.data_size());
  const std::size_t count = std::min<std::size_t>(vector.vectors_count(), std::max<std::size_t>(numbers, 1)), dim = numbers / count;
  for (std::size_t row = 0; row < count; ++row) {
    const float* const first = vector.data().data() + row * dim;
    multi.rows.emplace_back(first, first + dim);
  }
  return multi;
}

AnyVector vector_of(const ::qdrant::Vector& vector) {
  using ::qdrant::Vector;
  switch (vector.vector_case()) {
    case Vector::kSparse: {
      const auto& sparse = vector.sparse();
      return model::SparseVector{{sparse.indices().begin(), sparse.indices().end()}, dense_of(sparse.values())};
    }
    case Vector::kMultiDense: {
      qdrant_rest::MultiInput multi;
      for (const auto& row : vector.multi_dense().vectors()) multi.rows.push_back(dense_of(row.data()));
      return multi;
    }
    case Vector::kDocument:
      return inference_of(Inference::Kind::kText, vector.document().text(), vector.document());
    case Vector::kImage:
      return inference_of(Inference::Kind::kImage, base::json::Value(), vector.image());
    case Vector::kObject:
      return inference_of(Inference::Kind::kObject, base::json::Value(), vector.object());
    case Vector::kDense:
      return dense_of(vector.dense().data());
    case Vector::VECTOR_NOT_SET:
      break;
  }
  return older_form(vector);
}

Status check_parts(const ::qdrant::Vector& vector) {
  if (vector.has_image() && !vector.image().has_image())
    return malformed("Empty image is not allowed");
  if (vector.has_object() && !vector.object().has_object())
    return malformed("Empty object is not allowed");
  return Status::ok_status();
}

Status add_vector(const ::qdrant::Vector& vector,
                  const std::string& name,
                  bool named,
                  std::size_t row,
                  model::PointBatch& batch,
                  Status& later) {
  ALD_RETURN_IF_ERROR(check_parts(vector));
  AnyVector given = vector_of(vector);
  if (std::holds_alternative<model::SparseVector>(given) && !named) return malformed("Sparse vector must be named");
  const auto* dense = std::get_if<std::vector<float>>(&given);
  const std::string place =
      "points[" + std::to_string(row) + (named ? "].vector.?.vector" : "].vector.vector");
  if (dense != nullptr && dense->empty()) {
    if (later.ok()) later = qdrant_rest::wrong_input(place + ": dense vector must not be empty");
    return Status::ok_status();
  }
  qdrant_rest::Rules rules;
  if (!qdrant_rest::check_vector(given, place, rules)) {
    if (later.ok()) later = rules.verdict();
    return Status::ok_status();
  }
  auto value = qdrant_rest::stored_form(std::move(given), named);
  if (value.ok()) {
    batch.column(name).set(row, std::move(*value));
  } else if (later.ok()) {
    later = value.status();
  }
  return Status::ok_status();
}

}  // namespace

Status add_vectors(const ::qdrant::Vectors& vectors,
                   std::size_t row,
                   model::PointBatch& batch,
                   Status& later) {
  switch (vectors.vectors_options_case()) {
    case ::qdrant::Vectors::kVector:
      return add_vector(vectors.vector(), "", false, row, batch, later);
    case ::qdrant::Vectors::kVectors:
      for (const auto& [name, vector] : vectors.vectors().vectors()) {
        ALD_RETURN_IF_ERROR(add_vector(vector, name, true, row, batch, later));
      }
      return Status::ok_status();
    case ::qdrant::Vectors::VECTORS_OPTIONS_NOT_SET:
      break;
  }
  return malformed("No Vector Provided");
}

}  // namespace alidade::faces::qdrant_grpc
