#include "faces/qdrant_rest/decode_values.h"

#include <algorithm>
#include <set>

#include "faces/contract/read_json.h"
#include "faces/qdrant/values.h"
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

std::optional<SparseInput> sparse_of(const Value& value) {
  const Value* indices = value.find("indices");
  const Value* values = value.find("values");
  if (value.is_array() && value.as_array().size() == 2) {
    indices = &value.as_array()[0];
    values = &value.as_array()[1];
  }
  if (indices == nullptr || values == nullptr || !indices->is_array()) return std::nullopt;
  SparseInput sparse;
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

std::optional<InferenceInput> inference_of(const Value& value) {
  const Value* model = value.find("model");
  if (model == nullptr || !model->is_string()) return std::nullopt;
  const Value* text = value.find("text");
  if (text != nullptr && text->is_string()) return InferenceInput{model->as_string(), true};
  if (value.find("image") == nullptr && value.find("object") == nullptr) return std::nullopt;
  return InferenceInput{model->as_string(), false};
}

std::optional<AnyVector> any_vector_of(const Value& value) {
  if (auto dense = dense_of(value)) return *std::move(dense);
  if (auto sparse = sparse_of(value)) return *std::move(sparse);
  if (auto multi = multi_of(value)) return *std::move(multi);
  if (auto inference = inference_of(value)) return *std::move(inference);
  return std::nullopt;
}

void check_vector(const AnyVector& vector, const std::string& path, Rules& rules) {
  if (const auto* sparse = std::get_if<SparseInput>(&vector)) {
    const std::set<std::uint32_t> unique(sparse->indices.begin(), sparse->indices.end());
    if (unique.size() != sparse->indices.size()) {
      rules.broken(path + ".indices", "Validation error: must be unique [{}]");
    }
    if (sparse->indices.size() != sparse->values.size()) {
      rules.broken(path + ".values", "Validation error: must be the same length as indices [{}]");
    }
  }
  const auto* multi = std::get_if<MultiInput>(&vector);
  if (multi == nullptr) return;
  if (std::any_of(multi->rows.begin(), multi->rows.end(), [](const auto& row) { return row.empty(); })) {
    rules.broken(path + ".data", "all vectors must be non-empty");
  } else if (std::any_of(multi->rows.begin(), multi->rows.end(),
                         [&](const auto& row) { return row.size() != multi->rows[0].size(); })) {
    rules.broken(path + ".data", "all vectors must have the same dimension, found vector with dimension " +
                                     std::to_string(multi->rows.back().size()));
  }
}

Status refuse_other_kinds(const AnyVector& vector, const std::string& name, bool named) {
  if (std::holds_alternative<std::vector<float>>(vector)) return Status::ok_status();
  const auto refused = [&](const char* kind, std::size_t dim) {
    return Status(StatusCode::kInvalidArgument,
                  std::string("Conversion between ") + kind + " and regular vectors failed",
                  ErrorKind::kSparseConversion, {name, kind, std::to_string(dim)});
  };
  if (const auto* multi = std::get_if<MultiInput>(&vector)) {
    return refused("multi", multi->rows.empty() ? 0 : multi->rows.front().size());
  }
  if (const auto* inference = std::get_if<InferenceInput>(&vector)) {
    std::string lower = inference->model;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (lower != "bm25" && lower != "qdrant/bm25") {
      return internal_error(
          "InferenceService URL not configured - please provide valid address in config");
    }
    if (!inference->is_text) return wrong_input("Only text input is supported for bm25.");
    if (!named) return bad_request("Sparse vector from document inference should be named");
  }
  return refused("sparse", 0);
}

}  // namespace alidade::faces::qdrant_rest
