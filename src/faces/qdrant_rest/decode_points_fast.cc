#include <simdjson.h>

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "base/uuid.h"
#include "faces/qdrant_rest/decode_points.h"

namespace alidade::faces::qdrant_rest {
namespace {

namespace dom = simdjson::dom;
using Type = dom::element_type;

// Bodies above this get a parser of their own, so that a worker does not keep its memory. 200 rows
// of 384 floats with payload are about 1.2 MB.
constexpr std::size_t kKeptPointsParserLimitBytes = 4U << 20;

// Objects with more members are left to the slow path, which sorts to find repeated keys.
constexpr std::size_t kMemberLimit = 64;

bool float_of(const dom::element& element, float& out) {
  switch (element.type()) {
    case Type::DOUBLE: out = static_cast<float>(element.get_double().value_unsafe()); return true;
    case Type::INT64: out = static_cast<float>(element.get_int64().value_unsafe()); return true;
    case Type::UINT64: out = static_cast<float>(element.get_uint64().value_unsafe()); return true;
    case Type::NULL_VALUE:
    case Type::BOOL:
    case Type::STRING:
    case Type::ARRAY:
    case Type::OBJECT: break;
  }
  return false;
}

bool floats_of(const dom::element& element, std::vector<float>& out) {
  dom::array array;
  if (element.get_array().get(array) != simdjson::SUCCESS) return false;
  out.clear();
  for (const dom::element item : array) {
    float value = 0;
    if (!float_of(item, value)) return false;
    out.push_back(value);
  }
  return !out.empty();
}

bool id_of(const dom::element& element, model::PointId& out) {
  std::uint64_t number = 0;
  if (element.get_uint64().get(number) == simdjson::SUCCESS) {
    out = model::PointId::from_number(number);
    return true;
  }
  std::string_view text;
  if (element.get_string().get(text) != simdjson::SUCCESS) return false;
  const auto uuid = base::Uuid::parse(text);
  if (uuid) out = model::PointId::from_uuid(*uuid);
  return uuid.has_value();
}

bool write_compact(const dom::element& element, std::string& out);

bool write_compact_object(const dom::object& object, std::string& out) {
  std::string_view seen[kMemberLimit];
  std::size_t count = 0;
  out += '{';
  for (const dom::key_value_pair field : object) {
    // A repeated key keeps the first place and the last value: the slow path knows how.
    if (count == kMemberLimit || std::find(seen, seen + count, field.key) != seen + count) return false;
    if (count != 0) out += ',';
    seen[count++] = field.key;
    base::json::write_string(field.key, out);
    out += ':';
    if (!write_compact(field.value, out)) return false;
  }
  out += '}';
  return true;
}

bool write_compact(const dom::element& element, std::string& out) {
  switch (element.type()) {
    case Type::NULL_VALUE: out += "null"; return true;
    case Type::BOOL: out += element.get_bool().value_unsafe() ? "true" : "false"; return true;
    case Type::INT64: out += std::to_string(element.get_int64().value_unsafe()); return true;
    case Type::UINT64: out += std::to_string(element.get_uint64().value_unsafe()); return true;
    case Type::DOUBLE: base::json::write_double(element.get_double().value_unsafe(), out); return true;
    case Type::STRING: base::json::write_string(element.get_string().value_unsafe(), out); return true;
    case Type::ARRAY: {
      bool first = true;
      out += '[';
      const dom::array items = element.get_array().value_unsafe();
      for (const dom::element item : items) {
        if (!std::exchange(first, false)) out += ',';
        if (!write_compact(item, out)) return false;
      }
      out += ']';
      return true;
    }
    case Type::OBJECT: return write_compact_object(element.get_object().value_unsafe(), out);
  }
  return false;
}

class FastReader {
 public:
  explicit FastReader(model::PointBatch& batch) : batch_(batch) {}

  bool read_points(const dom::array& points) {
    const std::size_t expected = points.size();
    batch_.ids.reserve(expected);
    for (const dom::element point : points) {
      dom::object object;
      if (point.get_object().get(object) != simdjson::SUCCESS || !read_point(object)) return false;
      // The first row tells the dimension: make room for all at once.
      if (batch_.ids.size() == 1) reserve_columns(expected);
    }
    if (!batch_.payloads.empty()) batch_.payloads.resize(batch_.ids.size());
    return !batch_.ids.empty();
  }

 private:
  bool read_point(const dom::object& object) {
    const std::size_t row = batch_.ids.size();
    bool has_id = false, has_vector = false, has_payload = false;
    model::PointId id;
    for (const dom::key_value_pair field : object) {
      bool ok = false;
      if (field.key == "id") {
        ok = !std::exchange(has_id, true) && id_of(field.value, id);
      } else if (field.key == "vector") {
        ok = !std::exchange(has_vector, true) && read_vector(row, field.value);
      } else if (field.key == "payload") {
        ok = !std::exchange(has_payload, true) && read_payload(row, field.value);
      }
      if (!ok) return false;
    }
    if (!has_id || !has_vector) return false;
    batch_.ids.push_back(id);
    return true;
  }

  bool read_vector(std::size_t row, const dom::element& element) {
    if (element.type() == Type::ARRAY) return add_vector(row, "", element);
    dom::object named;
    if (element.get_object().get(named) != simdjson::SUCCESS) return false;
    for (const dom::key_value_pair field : named) {
      if (!add_vector(row, field.key, field.value)) return false;
    }
    return true;
  }

  bool add_vector(std::size_t row, std::string_view name, const dom::element& element) {
    if (!floats_of(element, floats_)) return false;
    model::VectorColumn& column = batch_.column(std::string(name));
    column.set_row(row, floats_.data(), static_cast<std::uint32_t>(floats_.size()));
    return true;
  }

  bool read_payload(std::size_t row, const dom::element& element) {
    if (element.type() == Type::NULL_VALUE) return true;
    dom::object object;
    if (element.get_object().get(object) != simdjson::SUCCESS) return false;
    text_.clear();
    if (!write_compact_object(object, text_)) return false;
    batch_.payloads.resize(row + 1);
    batch_.payloads[row] = text_;
    return true;
  }

  void reserve_columns(std::size_t rows) {
    for (model::VectorColumn& column : batch_.vectors) column.reserve_rows(rows);
    if (!batch_.payloads.empty()) batch_.payloads.reserve(rows);
  }

  model::PointBatch& batch_;
  std::vector<float> floats_;
  std::string text_;
};

}  // namespace

bool read_upsert_fast(std::string_view body, model::PointBatch& batch) {
  static thread_local dom::parser kept(kKeptPointsParserLimitBytes);
  dom::parser own;
  dom::parser& parser = body.size() < kKeptPointsParserLimitBytes ? kept : own;
  if (parser.allocate(std::max<std::size_t>(body.size(), 1024), base::json::kMaxDepth) !=
      simdjson::SUCCESS) {
    return false;
  }
  dom::object root;
  if (parser.parse(body.data(), body.size()).get_object().get(root) != simdjson::SUCCESS) return false;
  dom::array points;
  bool has_points = false;
  for (const dom::key_value_pair field : root) {
    // Modes, filters, columns and shard keys are rare.
    if (field.key != "points" || std::exchange(has_points, true)) return false;
    if (field.value.get_array().get(points) != simdjson::SUCCESS) return false;
  }
  // simdjson reads "-0" as the integer 0: such a body takes the slow path.
  if (!has_points || base::json::has_negative_integer_zero(body)) return false;
  return FastReader(batch).read_points(points);
}

}  // namespace alidade::faces::qdrant_rest
