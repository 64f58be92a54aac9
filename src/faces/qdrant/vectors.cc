#include "faces/qdrant/vectors.h"

#include <set>
#include <string>
#include <utility>

#include "faces/contract/read_proto.h"
#include "faces/qdrant/values.h"

namespace alidade::faces::qdrant {
namespace {

using contract::field;
using contract::Field;
using contract::field_at;
using contract::Items;
using contract::Json;
using contract::ObjectOf;
using contract::Place;
using contract::Proto;
using contract::ProtoReading;
using contract::Reading;
using contract::ref;
using model::Inference;
using model::MultiVector;
using model::SparseVector;
using model::VectorInput;
using model::VectorValue;
using Dense = std::vector<float>;

// Values. -------------------------------------------------------------------------------------

/// A plain loop: vectors are most of what a body holds.
Status read_dense(const Json& value, Reading& reading, const Place&, void* out) {
  if (!value.is_array()) return reading.invalid_type(value, "a sequence");
  auto& dense = *static_cast<Dense*>(out);
  dense.clear();
  dense.reserve(value.size());
  Json item = value;
  for (Items items(value); items.next(item);) {
    const Json::Kind kind = item.kind();
    const bool is_number = kind == Json::Kind::kDouble || kind == Json::Kind::kInt || kind == Json::Kind::kUint;
    if (!is_number) return reading.invalid_type(item, "f32");
    dense.push_back(static_cast<float>(item.as_double()));
  }
  return Status::ok_status();
}
constexpr contract::CustomOf<Dense> kDense{{.schema = "array of number/float", .read = &read_dense}};

constexpr auto kFloats = contract::list_of(contract::f32());
constexpr auto kIndices = contract::list_of(contract::unsigned_integer<std::uint32_t>(contract::kU32));

constexpr Field kDenseFields[] = {contract::whole("", 1, contract::list(kFloats))};
constexpr ObjectOf<Dense> kDenseMessage{{.name = "DenseVector", .message = "DenseVector", .fields = kDenseFields}};

constexpr Field kSparseFields[] = {
    field<&SparseVector::indices>("indices", 2, contract::list(kIndices)).required(),
    field<&SparseVector::values>("values", 1, contract::list(kFloats)).required(),
};

Status check_sparse(const void* object, Reading& reading, const Place& place) {
  const auto& sparse = *static_cast<const SparseVector*>(object);
  const std::set<std::uint32_t> unique(sparse.indices.begin(), sparse.indices.end());
  if (unique.size() != sparse.indices.size()) {
    reading.broken(Place(place, "indices"), "Validation error: must be unique [{}]");
  }
  if (sparse.indices.size() != sparse.values.size()) {
    reading.broken(Place(place, "values"), "Validation error: must be the same length as indices [{}]");
  }
  return Status::ok_status();
}

// A matrix becomes rows one behind the other, once they are known to be of one length.
Status read_rows(const Json& value, Reading& reading, const Place& place, void* out) {
  if (!value.is_array()) return reading.invalid_type(value, "a sequence");
  auto& multi = *static_cast<MultiVector*>(out);
  bool is_empty = false, is_first = true;
  std::size_t other = 0, last = 0;
  Json item = value;
  for (Items items(value); items.next(item);) {
    Dense row;
    ALD_RETURN_IF_ERROR(read_dense(item, reading, place, &row));
    if (std::exchange(is_first, false)) multi.dim = static_cast<std::uint32_t>(row.size());
    is_empty = is_empty || row.empty();
    if (row.size() != multi.dim) ++other;
    last = row.size();
    multi.values.insert(multi.values.end(), row.begin(), row.end());
  }
  if (is_empty) {
    reading.broken(Place(place, "data"), "all vectors must be non-empty");
  } else if (other > 0) {
    reading.broken(Place(place, "data"),
                   "all vectors must have the same dimension, found vector with dimension " + std::to_string(last));
  } else if (multi.values.size() >= kMultivectorLimit) {
    reading.broken(Place(place, "data"), multivector_too_large(multi.values.size()));
  }
  return Status::ok_status();
}
constexpr contract::CustomOf<MultiVector> kRows{{.schema = "array of array of number/float", .read = &read_rows}};

/// A row of a message, whose rules were looked at before.
void* append_row(void* multi) { return multi; }
Status read_row(const Proto& value, const ProtoReading&, void* out) {
  constexpr int kData = 1;
  auto& multi = *static_cast<MultiVector*>(out);
  const Dense row = value.floats(kData);
  if (multi.dim == 0) multi.dim = static_cast<std::uint32_t>(row.size());
  multi.values.insert(multi.values.end(), row.begin(), row.end());
  return Status::ok_status();
}
constexpr contract::CustomOf<MultiVector> kRow{{.schema = "", .read = nullptr, .read_proto = &read_row}};
constexpr contract::List kRowList{.item = ref(kRow), .append = &append_row, .reserve = [](void*, std::size_t) {}};
constexpr Field kMultiFields[] = {
    contract::whole("", 1, {.kind = contract::Kind::kList, .list = &kRowList})};

// What a model reads. -------------------------------------------------------------------------

Status read_text(const Json& value, Reading& reading, const Place&, void* out) {
  if (!value.is_string()) return reading.invalid_type(value, "a string");
  *static_cast<base::json::Value*>(out) = value.as_string();
  return Status::ok_status();
}
Status read_text(const Proto& value, const ProtoReading&, void* out) {
  *static_cast<base::json::Value*>(out) = value.text();
  return Status::ok_status();
}
constexpr contract::CustomOf<base::json::Value> kInferredText{{.schema = "string", .read = &read_text, .read_proto = &read_text}};

// The options of a document may be those of BM25, which is an object like any other here.
Status read_options(const Json& value, Reading& reading, const Place&, void* out) {
  if (!value.is_object()) return reading.no_variant("DocumentOptions");
  *static_cast<base::json::Value*>(out) = value.document();
  return Status::ok_status();
}
constexpr contract::CustomOf<base::json::Value> kDocumentOptions{{.schema = "DocumentOptions", .read = &read_options}};

constexpr Field kDocumentFields[] = {
    field<&Inference::input>("text", 1, ref(kInferredText)).required(),
    field<&Inference::model>("model", 3, contract::text()).required(),
    field<&Inference::options>("options", 0, ref(kDocumentOptions)).nullable(),
    field<&Inference::options>("", 4, contract::json_object()),
};
constexpr ObjectOf<Inference> kDocument{{.name = "Document", .message = "Document", .fields = kDocumentFields}};
constexpr Field kImageFields[] = {
    field<&Inference::input>("image", 1, contract::any_json()).required(),
    field<&Inference::model>("model", 2, contract::text()).required(),
    field<&Inference::options>("options", 3, contract::json_object()).nullable(),
};
constexpr ObjectOf<Inference> kImage{{.name = "Image", .message = "Image", .fields = kImageFields}};
constexpr Field kObjectFields[] = {
    field<&Inference::input>("object", 1, contract::any_json()).required(),
    field<&Inference::model>("model", 2, contract::text()).required(),
    field<&Inference::options>("options", 3, contract::json_object()).nullable(),
};
constexpr ObjectOf<Inference> kInferenceObject{
    {.name = "InferenceObject", .message = "InferenceObject", .fields = kObjectFields}};

// All of them. --------------------------------------------------------------------------------

template <typename T>
void* make_value(void* input) {
  return &static_cast<VectorInput*>(input)->emplace<VectorValue>().emplace<T>();
}
template <Inference::Kind kKind>
void* make_inference(void* input) {
  auto& made = static_cast<VectorInput*>(input)->emplace<Inference>();
  made.kind = kKind;
  return &made;
}
constexpr auto make_id = &contract::alternative<VectorInput, model::PointId>;

// Ids first: there may be a million of them, and nothing else is a number or a text.
constexpr contract::Variant kInputVariants[] = {
    {ref(kPointId), make_id},
    {ref(kDense), &make_value<Dense>},
    {ref(kSparseVector), &make_value<SparseVector>},
    {ref(kRows), &make_value<MultiVector>},
    {ref(kDocument), &make_inference<Inference::Kind::kText>},
    {ref(kImage), &make_inference<Inference::Kind::kImage>},
    {ref(kInferenceObject), &make_inference<Inference::Kind::kObject>},
};
constexpr contract::Case kInputCases[] = {
    {1, "id", ref(kPointId), make_id},
    {2, "dense", ref(kDenseMessage), &make_value<Dense>},
    {3, "sparse", ref(kSparseVector), &make_value<SparseVector>},
    {4, "multi_dense", ref(kMultiDenseVector), &make_value<MultiVector>},
    {5, "document", ref(kDocument), &make_inference<Inference::Kind::kText>},
    {6, "image", ref(kImage), &make_inference<Inference::Kind::kImage>},
    {7, "object", ref(kInferenceObject), &make_inference<Inference::Kind::kObject>},
};

constexpr contract::Case kVectorCases[] = {
    {101, "dense", ref(kDenseMessage), &make_value<Dense>},
    {102, "sparse", ref(kSparseVector), &make_value<SparseVector>},
    {103, "multi_dense", ref(kMultiDenseVector), &make_value<MultiVector>},
    {104, "document", ref(kDocument), &make_inference<Inference::Kind::kText>},
    {105, "image", ref(kImage), &make_inference<Inference::Kind::kImage>},
    {106, "object", ref(kInferenceObject), &make_inference<Inference::Kind::kObject>},
};

}  // namespace

constexpr ObjectOf<SparseVector> kSparseVector{
    {.name = "SparseVector", .message = "SparseVector", .fields = kSparseFields, .lists = contract::Lists::kByPosition,
     .check = &check_sparse}};
constexpr ObjectOf<MultiVector> kMultiDenseVector{
    {.name = "MultiDenseVector", .message = "MultiDenseVector", .fields = kMultiFields}};
constexpr contract::UnionOf<VectorInput> kVectorInput{
    {.name = "VectorInput", .variants = kInputVariants, .message = "VectorInput", .cases = kInputCases,
     .unset_words = "VectorInput variant is missing"}};
constexpr contract::UnionOf<VectorInput> kVector{{.name = "Vector", .variants = {}, .message = "Vector", .cases = kVectorCases}};
constexpr contract::UnionOf<VectorInput> kRecommendExample{{.name = "RecommendExample", .variants = kInputVariants}};

std::string multivector_too_large(std::size_t numbers) {
  return "Total size of all vectors (" + std::to_string(numbers) + ") must be less than " + std::to_string(kMultivectorLimit);
}

}  // namespace alidade::faces::qdrant
