#include <utility>

#include "faces/qdrant_rest/decode_filter.h"
#include "faces/qdrant_rest/decode_points.h"
#include "faces/qdrant_rest/errors.h"

namespace alidade::faces::qdrant_rest {
namespace {

// Fills a PointBatch row by row and remembers the first vector that no model can make.
class BatchReader {
 public:
  explicit BatchReader(Rules& rules) : rules_(rules) {}

  // {"id", "vector", "payload"} of an upsert.
  Status read_point(const Value& value, const std::string& path);
  // {"id", "vector"} of an update of vectors.
  Status read_vectors_of_point(const Value& value, const std::string& path);
  // {"ids", "vectors", "payloads"}.
  Status read_columns(const Value& value, const std::string& path);

  Result<model::PointBatch> finish() &&;

 private:
  Status read_vector_struct(std::size_t row, const Value& value, const std::string& path);
  Status read_batch_vectors(const Value& value, const std::string& path, std::size_t& row_count);
  Status read_payloads(const Value& value);
  void add_vector(std::size_t row, const std::string& name, AnyVector vector, const std::string& path);
  Status set_payload(std::size_t row, const Value& value);

  model::PointBatch batch_;
  Rules& rules_;
  Status refused_;
};

Status no_vector_struct() { return no_variant("VectorStruct"); }

// Every vector of an object by name; nullopt when one of them is no vector.
std::optional<std::vector<std::pair<std::string, AnyVector>>> named_vectors_of(const Value& value) {
  if (!value.is_object()) return std::nullopt;
  std::vector<std::pair<std::string, AnyVector>> named;
  for (const auto& [name, item] : value.as_object()) {
    auto vector = any_vector_of(item);
    if (!vector) return std::nullopt;
    named.emplace_back(name, *std::move(vector));
  }
  return named;
}

void BatchReader::add_vector(std::size_t row,
                             const std::string& name,
                             AnyVector vector,
                             const std::string& path) {
  if (!check_vector(vector, path, rules_)) return;
  const auto* dense = std::get_if<std::vector<float>>(&vector);
  if (dense != nullptr && dense->empty()) return rules_.broken(path + ".vector", "dense vector must not be empty");
  auto value = stored_form(std::move(vector), !name.empty());
  if (value.ok()) {
    batch_.column(name).set(row, std::move(*value));
  } else if (refused_.ok()) {
    refused_ = value.status();
  }
}

Status BatchReader::read_vector_struct(std::size_t row, const Value& value, const std::string& path) {
  // In this place a list of lists is a multivector, never sparse.
  if (auto dense = dense_of(value)) {
    add_vector(row, "", *std::move(dense), path);
  } else if (auto multi = multi_of(value)) {
    add_vector(row, "", *std::move(multi), path);
  } else if (const auto named = named_vectors_of(value)) {
    for (const auto& [name, vector] : *named) add_vector(row, name, vector, path + ".?");
  } else if (auto inference = inference_of(value)) {
    add_vector(row, "", *std::move(inference), path);
  } else {
    return no_vector_struct();
  }
  return Status::ok_status();
}

Status BatchReader::set_payload(std::size_t row, const Value& value) {
  if (value.is_null()) return Status::ok_status();
  if (!value.is_object()) return invalid_type(value, "a map");
  if (batch_.payloads.size() <= row) batch_.payloads.resize(row + 1);
  batch_.payloads[row] = base::json::to_text(value);
  return Status::ok_status();
}

Status BatchReader::read_point(const Value& value, const std::string& path) {
  if (!value.is_object()) return not_a_struct(value, "PointStruct");
  const std::size_t row = batch_.ids.size();
  bool has_id = false, has_vector = false;
  model::PointId id;
  for (const auto& [key, item] : value.as_object()) {
    if (key == "id") {
      ALD_ASSIGN(id, read_point_id(item));
      has_id = true;
    } else if (key == "vector" || key == "vectors") {
      if (std::exchange(has_vector, true)) return body_refused("duplicate field `vector`");
      ALD_RETURN_IF_ERROR(read_vector_struct(row, item, path + ".vector"));
    } else if (key == "payload") {
      ALD_RETURN_IF_ERROR(set_payload(row, item));
    }
  }
  if (!has_id) return missing_field("id");
  if (!has_vector) return missing_field("vector");
  batch_.ids.push_back(id);
  return Status::ok_status();
}

Status BatchReader::read_vectors_of_point(const Value& value, const std::string& path) {
  if (!value.is_object()) return not_a_struct(value, "PointVectors");
  const std::size_t row = batch_.ids.size();
  bool has_id = false, has_vector = false;
  model::PointId id;
  for (const auto& [key, item] : value.as_object()) {
    if (key == "id") {
      ALD_ASSIGN(id, read_point_id(item));
      has_id = true;
    } else if (key == "vector" || key == "vectors") {
      if (has_vector) return body_refused("duplicate field `vector`");
      ALD_RETURN_IF_ERROR(read_vector_struct(row, item, path + ".vector"));
      if (item.is_object() && item.as_object().empty()) {
        rules_.broken(path + ".vector", "must specify vectors to update for point");
      }
      has_vector = true;
    }
  }
  if (!has_id) return missing_field("id");
  if (!has_vector) return missing_field("vector");
  batch_.ids.push_back(id);
  return Status::ok_status();
}

Status BatchReader::read_batch_vectors(const Value& value,
                                       const std::string& path,
                                       std::size_t& row_count) {
  const Status refused = no_variant("BatchVectorStruct");
  if (value.is_array()) {
    row_count = value.as_array().size();
    for (std::size_t row = 0; row < row_count; ++row) {
      if (value.as_array()[row].is_object() && !inference_of(value.as_array()[row])) return refused;
      if (!read_vector_struct(row, value.as_array()[row], path).ok()) return refused;
    }
    return Status::ok_status();
  }
  if (!value.is_object()) return refused;
  for (const auto& [name, column] : value.as_object()) {
    if (!column.is_array()) return refused;
    row_count = column.as_array().size();
    for (std::size_t row = 0; row < row_count; ++row) {
      const auto vector = any_vector_of(column.as_array()[row]);
      if (!vector) return refused;
      add_vector(row, name, *vector, path + ".?");
    }
  }
  return Status::ok_status();
}

Status BatchReader::read_payloads(const Value& value) {
  if (!value.is_array()) return invalid_type(value, "a sequence");
  batch_.payloads.resize(value.as_array().size());
  for (std::size_t row = 0; row < value.as_array().size(); ++row) {
    ALD_RETURN_IF_ERROR(set_payload(row, value.as_array()[row]));
  }
  return Status::ok_status();
}

Status BatchReader::read_columns(const Value& value, const std::string& path) {
  if (!value.is_object()) return not_a_struct(value, "Batch");
  bool has_ids = false, has_vectors = false;
  std::optional<std::size_t> payload_count;
  std::size_t vector_count = 0;
  for (const auto& [key, item] : value.as_object()) {
    if (key == "ids") {
      ALD_ASSIGN(batch_.ids, read_point_ids(item));
      has_ids = true;
    } else if (key == "vectors") {
      ALD_RETURN_IF_ERROR(read_batch_vectors(item, path + ".vectors", vector_count));
      // No vector at all: every point without one, if the object has no names.
      has_vectors = true;
      if (item.is_object() && item.as_object().empty()) vector_count = SIZE_MAX;
    } else if (key == "payloads" && !item.is_null()) {
      ALD_RETURN_IF_ERROR(read_payloads(item));
      payload_count = item.as_array().size();
    }
  }
  if (!has_ids) return missing_field("ids");
  if (!has_vectors) return missing_field("vectors");
  const std::string ids = std::to_string(batch_.ids.size());
  if (vector_count != SIZE_MAX && vector_count != batch_.ids.size()) {
    rules_.broken(path, "number of ids and vectors must be equal (" + ids +
                            " != " + std::to_string(vector_count) + ")");
  }
  if (payload_count && *payload_count != batch_.ids.size()) {
    rules_.broken(path, "number of ids and payloads must be equal (" + ids +
                            " != " + std::to_string(*payload_count) + ")");
  }
  return Status::ok_status();
}

Result<model::PointBatch> BatchReader::finish() && {
  ALD_RETURN_IF_ERROR(rules_.verdict());
  if (!refused_.ok()) return refused_;
  if (!batch_.payloads.empty()) batch_.payloads.resize(batch_.ids.size());
  return std::move(batch_);
}

Result<model::UpdateMode> read_update_mode(const Value& value) {
  if (value.is_null()) return model::UpdateMode::kUpsert;
  ALD_ASSIGN(const std::string name, read_string(value));
  if (name == "upsert") return model::UpdateMode::kUpsert;
  if (name == "insert_only") return model::UpdateMode::kInsertOnly;
  if (name == "update_only") return model::UpdateMode::kUpdateOnly;
  return body_refused("unknown variant `" + name +
                      "`, expected one of `upsert`, `insert_only`, `update_only`");
}

}  // namespace

Result<model::Command> read_upsert(const Value& body, const std::string& path, Rules& rules) {
  const Value* columns = body.find("batch");  // It wins over "points".
  const Value* points = body.find("points");
  if (columns == nullptr && points == nullptr) {
    return body_refused("Invalid PointInsertOperations format");
  }
  BatchReader reader(rules);
  if (columns != nullptr) {
    ALD_RETURN_IF_ERROR(reader.read_columns(*columns, path + "batch.batch"));
  } else {
    if (!points->is_array()) return invalid_type(*points, "a sequence");
    for (std::size_t i = 0; i < points->as_array().size(); ++i) {
      ALD_RETURN_IF_ERROR(
          reader.read_point(points->as_array()[i], path + "points[" + std::to_string(i) + "]"));
    }
  }
  model::UpsertPoints upsert;
  if (const Value* filter = body.find("update_filter")) {
    ALD_ASSIGN(upsert.update_filter, read_optional_filter(*filter, path + "update_filter", rules));
  }
  if (const Value* mode = body.find("update_mode")) {
    ALD_ASSIGN(upsert.mode, read_update_mode(*mode));
  }
  ALD_ASSIGN(upsert.points, std::move(reader).finish());
  if (upsert.points.ids.empty()) return empty_update_request();
  return model::Command(std::move(upsert));
}

Result<model::Command> read_update_vectors(const Value& body, const std::string& path, Rules& rules) {
  if (!body.is_object()) return not_a_struct(body, "UpdateVectors");
  BatchReader reader(rules);
  model::UpdateVectors update;
  const Value* points = nullptr;
  for (const auto& [key, item] : body.as_object()) {
    if (key == "points") {
      points = &item;
      if (!item.is_array()) return invalid_type(item, "a sequence");
      for (std::size_t i = 0; i < item.as_array().size(); ++i) {
        ALD_RETURN_IF_ERROR(reader.read_vectors_of_point(
            item.as_array()[i], path + "points[" + std::to_string(i) + "]"));
      }
    } else if (key == "update_filter") {
      ALD_ASSIGN(update.update_filter, read_optional_filter(item, path + "update_filter", rules));
    }
  }
  if (points == nullptr) return missing_field("points");
  if (points->as_array().empty()) rules.broken(path + "points", "must specify points to update");
  ALD_ASSIGN(update.points, std::move(reader).finish());
  return model::Command(std::move(update));
}

}  // namespace alidade::faces::qdrant_rest
