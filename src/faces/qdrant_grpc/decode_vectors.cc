#include "faces/qdrant_grpc/decode_points.h"
#include "faces/qdrant_grpc/errors.h"
#include "faces/qdrant_rest/decode_values.h"
#include "faces/qdrant_rest/errors.h"

namespace alidade::faces::qdrant_grpc {
namespace {

using qdrant_rest::AnyVector;
using qdrant_rest::InferenceInput;

using Floats = google::protobuf::RepeatedField<float>;

/// A multi vector of which only the length of a row matters.
AnyVector multi_of(std::size_t dim) { return qdrant_rest::MultiInput{{std::vector<float>(dim)}}; }

/// Only what tells the kinds apart: no other kind than dense is stored yet.
AnyVector kind_of(const ::qdrant::Vector& vector) {
  using ::qdrant::Vector;
  switch (vector.vector_case()) {
    case Vector::kSparse:
      return qdrant_rest::SparseInput{};
    case Vector::kMultiDense: {
      const auto& rows = vector.multi_dense().vectors();
      return multi_of(rows.empty() ? 0 : static_cast<std::size_t>(rows[0].data_size()));
    }
    case Vector::kDocument:
      return InferenceInput{vector.document().model(), true};
    case Vector::kImage:
      return InferenceInput{vector.image().model(), false};
    case Vector::kObject:
      return InferenceInput{vector.object().model(), false};
    case Vector::kDense:
      return std::vector<float>();
    case Vector::VECTOR_NOT_SET:
      break;
  }
  if (vector.has_indices()) return qdrant_rest::SparseInput{};
  if (vector.has_vectors_count()) {
    const std::size_t count = vector.vectors_count();
    return multi_of(count == 0 ? 0 : static_cast<std::size_t>(vector.data_size()) / count);
  }
  return std::vector<float>();
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
  const AnyVector kind = kind_of(vector);
  if (std::holds_alternative<qdrant_rest::SparseInput>(kind) && !named) {
    return malformed("Sparse vector must be named");
  }
  if (!std::holds_alternative<std::vector<float>>(kind)) {
    if (later.ok()) later = qdrant_rest::refuse_other_kinds(kind, name, named);
    return Status::ok_status();
  }
  const Floats& data = vector.has_dense() ? vector.dense().data() : vector.data();
  if (data.empty()) {
    const std::string place =
        "points[" + std::to_string(row) + (named ? "].vector.?.vector" : "].vector.vector");
    if (later.ok()) later = qdrant_rest::wrong_input(place + ": dense vector must not be empty");
    return Status::ok_status();
  }
  batch.column(name).set_row(row, data.data(), static_cast<std::uint32_t>(data.size()));
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
