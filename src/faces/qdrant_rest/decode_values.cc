#include "faces/qdrant_rest/decode_values.h"

#include <algorithm>
#include <set>

#include "faces/contract/read_json.h"
#include "faces/qdrant/values.h"
#include "faces/qdrant/vectors.h"
#include "faces/qdrant_rest/errors.h"

namespace alidade::faces::qdrant_rest {
Status read_as(const Value& value, const contract::Type& type, void* out) {
  std::vector<std::string> none;
  auto reading = contract::Reading::careful(&body_refused, none);
  return contract::read(value, type, reading, contract::Place(""), out);
}

Status invalid_type(const Value& value, std::string_view expected) {
  return body_refused(contract::invalid_type(value, expected));
}

Status invalid_value(const Value& value, std::string_view expected) {
  return body_refused(contract::invalid_value(value, expected));
}

Status missing_field(std::string_view name) {
  return body_refused(contract::missing_field(name));
}

Status not_a_struct(const Value& value, std::string_view struct_name) {
  return invalid_type(value, "struct " + std::string(struct_name));
}

Status no_variant(std::string_view enum_name) {
  return body_refused("data did not match any variant of untagged enum " + std::string(enum_name));
}

Result<bool> read_bool(const Value& value) {
  if (!value.is_bool()) return invalid_type(value, "a boolean");
  return value.as_bool();
}

Result<std::uint64_t> read_usize(const Value& value) {
  if (value.is_uint()) return value.as_uint();
  if (!value.is_int()) return invalid_type(value, "usize");
  if (value.as_int() < 0) return invalid_value(value, "usize");
  return static_cast<std::uint64_t>(value.as_int());
}

Result<std::string> read_string(const Value& value) {
  if (!value.is_string()) return invalid_type(value, "a string");
  return value.as_string();
}

Result<model::JsonPath> read_path(const Value& value) {
  model::JsonPath path;
  ALD_RETURN_IF_ERROR(read_as(value, contract::ref(qdrant::kPath), path));
  return path;
}

Result<std::vector<std::string>> read_strings(const Value& value) {
  if (!value.is_array()) return invalid_type(value, "a sequence");
  std::vector<std::string> strings;
  for (const Value& item : value.as_array()) {
    ALD_ASSIGN(std::string text, read_string(item));
    strings.push_back(std::move(text));
  }
  return strings;
}

Result<model::PointId> read_point_id(const Value& value) {
  model::PointId id;
  ALD_RETURN_IF_ERROR(read_as(value, contract::ref(qdrant::kPointId), id));
  return id;
}

Result<std::vector<model::PointId>> read_point_ids(const Value& value) {
  if (!value.is_array()) return invalid_type(value, "a sequence");
  std::vector<model::PointId> ids;
  ids.reserve(value.as_array().size());
  for (const Value& item : value.as_array()) {
    ALD_ASSIGN(const model::PointId id, read_point_id(item));
    ids.push_back(id);
  }
  return ids;
}

// Rules. --------------------------------------------------------------------------------------

void Rules::broken(std::string_view path, std::string_view rule) {
  broken_.push_back(std::string(path) + ": " + std::string(rule));
}

void Rules::at_least(std::string_view path, std::uint64_t value, std::uint64_t smallest) {
  if (value >= smallest) return;
  broken(path, "value " + std::to_string(value) + " invalid, must be " + std::to_string(smallest) +
                   " or larger");
}

Status Rules::verdict() const {
  if (broken_.empty()) return Status::ok_status();
  std::string all;
  for (const std::string& one : broken_) all += (all.empty() ? "" : "; ") + one;
  return rules_broken(all);
}

// Vectors. ------------------------------------------------------------------------------------

float to_f32(const Value& number) { return static_cast<float>(number.as_double()); }

std::optional<std::vector<float>> dense_of(const Value& value) {
  if (!value.is_array()) return std::nullopt;
  std::vector<float> dense;
  dense.reserve(value.as_array().size());
  for (const Value& item : value.as_array()) {
    if (!item.is_number()) return std::nullopt;
    dense.push_back(to_f32(item));
  }
  return dense;
}

std::optional<model::SparseVector> sparse_of(const Value& value) {
  const Value* indices = value.find("indices");
  const Value* values = value.find("values");
  if (value.is_array() && value.as_array().size() == 2) {
    indices = &value.as_array()[0];
    values = &value.as_array()[1];
  }
  if (indices == nullptr || values == nullptr || !indices->is_array()) return std::nullopt;
  model::SparseVector sparse;
  for (const Value& index : indices->as_array()) {
    if (!index.is_int() || index.as_int() < 0 || index.as_int() > INT64_C(0xFFFFFFFF)) {
      return std::nullopt;
    }
    sparse.indices.push_back(static_cast<std::uint32_t>(index.as_int()));
  }
  auto dense = dense_of(*values);
  if (!dense) return std::nullopt;
  sparse.values = *std::move(dense);
  return sparse;
}

std::optional<MultiInput> multi_of(const Value& value) {
  if (!value.is_array()) return std::nullopt;
  MultiInput multi;
  for (const Value& row : value.as_array()) {
    auto dense = dense_of(row);
    if (!dense) return std::nullopt;
    multi.rows.push_back(*std::move(dense));
  }
  return multi;
}

std::optional<model::Inference> inference_of(const Value& value) {
  const Value* model = value.find("model");
  if (model == nullptr || !model->is_string()) return std::nullopt;
  using Kind = model::Inference::Kind;
  constexpr std::pair<const char*, Kind> kInputs[] = {{"text", Kind::kText}, {"image", Kind::kImage}, {"object", Kind::kObject}};
  for (const auto& [key, kind] : kInputs) {
    const Value* input = value.find(key);
    if (input == nullptr || (kind == Kind::kText && !input->is_string())) continue;
    const Value* options = value.find("options");
    if (options != nullptr && !options->is_object() && !options->is_null()) return std::nullopt;
    return model::Inference{kind, model->as_string(), *input, options == nullptr ? Value() : *options};
  }
  return std::nullopt;
}

std::optional<AnyVector> any_vector_of(const Value& value) {
  if (auto dense = dense_of(value)) return *std::move(dense);
  if (auto sparse = sparse_of(value)) return *std::move(sparse);
  if (auto multi = multi_of(value)) return *std::move(multi);
  if (auto inference = inference_of(value)) return *std::move(inference);
  return std::nullopt;
}

bool check_vector(const AnyVector& vector, const std::string& path, Rules& rules) {
  if (const auto* sparse = std::get_if<model::SparseVector>(&vector)) {
    const std::set<std::uint32_t> unique(sparse->indices.begin(), sparse->indices.end());
    const bool is_unique = unique.size() == sparse->indices.size();
    const bool fits = sparse->indices.size() == sparse->values.size();
    if (!is_unique) rules.broken(path + ".indices", "Validation error: must be unique [{}]");
    if (!fits) rules.broken(path + ".values", "Validation error: must be the same length as indices [{}]");
    return is_unique && fits;
  }
  const auto* multi = std::get_if<MultiInput>(&vector);
  if (multi == nullptr) return true;
  if (std::any_of(multi->rows.begin(), multi->rows.end(), [](const auto& row) { return row.empty(); })) {
    rules.broken(path + ".data", "all vectors must be non-empty");
    return false;
  }
  if (std::any_of(multi->rows.begin(), multi->rows.end(),
                  [&](const auto& row) { return row.size() != multi->rows[0].size(); })) {
    rules.broken(path + ".data", "all vectors must have the same dimension, found vector with dimension " +
                                     std::to_string(multi->rows.back().size()));
    return false;
  }
  const std::size_t total = multi->rows.empty() ? 0 : multi->rows.size() * multi->rows[0].size();
  if (total >= qdrant::kMultivectorLimit) {
    rules.broken(path + ".data", qdrant::multivector_too_large(total));
    return false;
  }
  return true;
}

Result<model::VectorValue> infer(const model::Inference& inference, inference::Purpose purpose, bool named) {
  if (!inference::is_served(inference.model)) {
    return internal_error("InferenceService URL not configured - please provide valid address in config");
  }
  if (inference.kind != model::Inference::Kind::kText) return wrong_input("Only text input is supported for " + inference.model + ".");
  if (!named) return bad_request("Sparse vector from document inference should be named");
  return inference::vector_of(inference, purpose);
}

Result<model::VectorValue> stored_form(AnyVector vector, bool named) {
  if (auto* dense = std::get_if<std::vector<float>>(&vector)) return model::VectorValue(std::move(*dense));
  if (auto* sparse = std::get_if<model::SparseVector>(&vector)) return model::VectorValue(std::move(*sparse));
  if (const auto* inference = std::get_if<model::Inference>(&vector)) {
    return infer(*inference, inference::Purpose::kDocument, named);
  }
  model::MultiVector multi;
  for (const auto& row : std::get<MultiInput>(vector).rows) {
    multi.dim = static_cast<std::uint32_t>(row.size());
    multi.values.insert(multi.values.end(), row.begin(), row.end());
  }
  return model::VectorValue(std::move(multi));
}

}  // namespace alidade::faces::qdrant_rest
