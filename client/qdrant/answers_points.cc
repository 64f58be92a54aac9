#include <utility>

#include "core/json_reader.h"
#include "qdrant/answers.h"

namespace alidade::qdrant::inline v0::answers {
namespace {

namespace dom = simdjson::dom;
using client::core::bad_answer;

/// Reads one `T` from each element.
template <class T, class Read>
Result<std::vector<T>> list(dom::element element, Read read) {
  dom::array array;
  if (element.get(array) != simdjson::SUCCESS) return bad_answer("expected a list of points");
  std::vector<T> values;
  values.reserve(array.size());
  for (const dom::element one : array) {
    auto value = read(one);
    if (!value) return std::move(value).error();
    values.push_back(*std::move(value));
  }
  return values;
}

/// The member `key` of the answer's object; an error when there is none.
Result<dom::element> member(dom::element object, const char* key) {
  dom::element found;
  if (object[key].get(found) != simdjson::SUCCESS) {
    return bad_answer(std::string("expected a member '") + key + "'");
  }
  return found;
}

Result<PointId> point_id(dom::element element) {
  std::uint64_t number = 0;
  if (element.get(number) == simdjson::SUCCESS) return PointId(number);
  std::string_view text;
  if (element.get(text) == simdjson::SUCCESS) return PointId(text);
  return bad_answer("expected a point id");
}

Result<DenseVector> floats(dom::array array) {
  DenseVector values;
  values.reserve(array.size());
  for (const dom::element one : array) {
    double value = 0;
    // An infinite value of a float16 vector comes as null.
    if (one.get(value) != simdjson::SUCCESS && !one.is_null()) return bad_answer("expected a number in a vector");
    values.push_back(one.is_null() ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(value));
  }
  return values;
}

Result<Vector> sparse(dom::element element) {
  dom::array indices;
  dom::array values;
  if (element["indices"].get(indices) != simdjson::SUCCESS || element["values"].get(values) != simdjson::SUCCESS) {
    return bad_answer("expected a vector");
  }
  SparseVector vector;
  vector.indices.reserve(indices.size());
  for (const dom::element one : indices) {
    std::uint64_t index = 0;
    if (one.get(index) != simdjson::SUCCESS || !std::in_range<std::uint32_t>(index)) {
      return bad_answer("expected an index of a sparse vector");
    }
    vector.indices.push_back(static_cast<std::uint32_t>(index));
  }
  auto read = floats(values);
  if (!read) return std::move(read).error();
  vector.values = *std::move(read);
  return Vector(std::move(vector));
}

Result<Vector> vector(dom::element element) {
  dom::array array;
  if (element.get(array) != simdjson::SUCCESS) return sparse(element);
  dom::array first_row;
  if (array.size() == 0 || array.at(0).get(first_row) != simdjson::SUCCESS) {
    auto values = floats(array);
    if (!values) return std::move(values).error();
    return Vector(*std::move(values));
  }
  MultiVector rows;
  for (const dom::element one : array) {
    dom::array row;
    if (one.get(row) != simdjson::SUCCESS) return bad_answer("expected a row of a vector");
    auto values = floats(row);
    if (!values) return std::move(values).error();
    rows.rows.push_back(*std::move(values));
  }
  return Vector(std::move(rows));
}

Result<Vectors> vectors(dom::element element) {
  if (element.is_null()) return Vectors();
  dom::object named;
  if (element.get(named) != simdjson::SUCCESS) {
    auto one = vector(element);
    if (!one) return std::move(one).error();
    return Vectors(*std::move(one));
  }
  std::vector<NamedVector> all;
  for (const auto& [name, value] : named) {
    auto one = vector(value);
    if (!one) return std::move(one).error();
    all.push_back({std::string(name), *std::move(one)});
  }
  return Vectors(std::move(all));
}

Result<void> read_json(dom::element object, const char* key, Json& value) {
  dom::element found;
  if (object[key].get(found) != simdjson::SUCCESS) return {};
  auto read = client::core::to_json(found);
  if (!read) return std::move(read).error();
  value = *std::move(read);
  return {};
}

Result<void> read_record(dom::element element, Record& record) {
  auto id = member(element, "id");
  if (!id) return std::move(id).error();
  auto point = point_id(*id);
  if (!point) return std::move(point).error();
  record.id = *std::move(point);
  dom::element stored;
  if (element["vector"].get(stored) == simdjson::SUCCESS) {
    auto read = vectors(stored);
    if (!read) return std::move(read).error();
    record.vectors = *std::move(read);
  }
  if (auto read = read_json(element, "payload", record.payload); !read) return read;
  if (auto read = read_json(element, "shard_key", record.shard_key); !read) return read;
  return read_json(element, "order_value", record.order_value);
}

Result<Record> record(dom::element element) {
  Record value;
  if (auto read = read_record(element, value); !read) return std::move(read).error();
  return value;
}

Result<ScoredPoint> scored(dom::element element) {
  ScoredPoint value;
  if (auto read = read_record(element, value); !read) return std::move(read).error();
  auto score = member(element, "score");
  if (!score) return std::move(score).error();
  // A score beyond the floats comes as null.
  if (score->get(value.score) != simdjson::SUCCESS) {
    if (!score->is_null()) return bad_answer("expected a score");
    value.score = std::numeric_limits<double>::infinity();
  }
  if (element["version"].get(value.version) != simdjson::SUCCESS) value.version = 0;
  return value;
}

Result<std::vector<ScoredPoint>> scored_points(dom::element element) {
  auto points = member(element, "points");
  if (!points) return std::move(points).error();
  return list<ScoredPoint>(*points, scored);
}

Result<PointGroup> group(dom::element element) {
  PointGroup value;
  if (auto read = read_json(element, "id", value.id); !read) return std::move(read).error();
  auto points = member(element, "hits");
  if (!points) return std::move(points).error();
  auto read = list<ScoredPoint>(*points, scored);
  if (!read) return std::move(read).error();
  value.hits = *std::move(read);
  dom::element lookup;
  if (element["lookup"].get(lookup) == simdjson::SUCCESS && !lookup.is_null()) {
    auto found = record(lookup);
    if (!found) return std::move(found).error();
    value.lookup = *std::move(found);
  }
  return value;
}

Result<MatrixPair> pair(dom::element element) {
  MatrixPair value;
  for (const auto& [key, place] : {std::pair{"a", &value.a}, std::pair{"b", &value.b}}) {
    auto found = member(element, key);
    if (!found) return std::move(found).error();
    auto id = point_id(*found);
    if (!id) return std::move(id).error();
    *place = *std::move(id);
  }
  if (element["score"].get(value.score) != simdjson::SUCCESS) return bad_answer("expected a score");
  return value;
}

Result<std::uint64_t> whole(dom::element element) {
  std::uint64_t value = 0;
  if (element.get(value) != simdjson::SUCCESS) return bad_answer("expected a whole number");
  return value;
}

Result<double> real(dom::element element) {
  double value = 0;
  if (element.get(value) != simdjson::SUCCESS) return bad_answer("expected a number");
  return value;
}

Result<UpdateResult> update_result(dom::element element) {
  UpdateResult value;
  std::uint64_t operation_id = 0;
  if (element["operation_id"].get(operation_id) == simdjson::SUCCESS) value.operation_id = operation_id;
  std::string_view status;
  if (element["status"].get(status) != simdjson::SUCCESS) return bad_answer("expected the status of an update");
  if (status == "acknowledged") value.status = UpdateStatus::kAcknowledged;
  if (status == "completed") value.status = UpdateStatus::kCompleted;
  if (status == "wait_timeout") value.status = UpdateStatus::kWaitTimeout;
  return value;
}

/// Parses the body and reads its `result`.
template <class Read>
auto result_of(std::string_view body, Read read) -> decltype(read(dom::element())) {
  auto document = client::core::Document::parse(body);
  if (!document) return std::move(document).error();
  auto result = member(document->root(), "result");
  if (!result) return std::move(result).error();
  return read(*result);
}

}  // namespace

Result<Json> any(std::string_view body) { return result_of(body, client::core::to_json); }

Result<bool> boolean(std::string_view body) {
  return result_of(body, [](dom::element result) -> Result<bool> {
    bool value = false;
    if (result.get(value) != simdjson::SUCCESS) return bad_answer("expected true or false");
    return value;
  });
}

Result<UpdateResult> update(std::string_view body) { return result_of(body, update_result); }

Result<std::vector<UpdateResult>> updates(std::string_view body) {
  return result_of(body, [](dom::element result) { return list<UpdateResult>(result, update_result); });
}

Result<std::vector<Record>> records(std::string_view body) {
  return result_of(body, [](dom::element result) { return list<Record>(result, record); });
}

Result<ScrollPage> page(std::string_view body) {
  return result_of(body, [](dom::element result) -> Result<ScrollPage> {
    auto points = member(result, "points");
    if (!points) return std::move(points).error();
    auto read = list<Record>(*points, record);
    if (!read) return std::move(read).error();
    ScrollPage value;
    value.points = *std::move(read);
    dom::element next;
    if (result["next_page_offset"].get(next) == simdjson::SUCCESS && !next.is_null()) {
      auto id = point_id(next);
      if (!id) return std::move(id).error();
      value.next = *std::move(id);
    }
    return value;
  });
}

Result<std::vector<ScoredPoint>> hits(std::string_view body) { return result_of(body, scored_points); }

Result<std::vector<std::vector<ScoredPoint>>> hit_lists(std::string_view body) {
  return result_of(body, [](dom::element result) { return list<std::vector<ScoredPoint>>(result, scored_points); });
}

Result<std::vector<PointGroup>> groups(std::string_view body) {
  return result_of(body, [](dom::element result) -> Result<std::vector<PointGroup>> {
    auto all = member(result, "groups");
    if (!all) return std::move(all).error();
    return list<PointGroup>(*all, group);
  });
}

Result<std::vector<MatrixPair>> pairs(std::string_view body) {
  return result_of(body, [](dom::element result) -> Result<std::vector<MatrixPair>> {
    auto all = member(result, "pairs");
    if (!all) return std::move(all).error();
    return list<MatrixPair>(*all, pair);
  });
}

Result<MatrixOffsets> offsets(std::string_view body) {
  return result_of(body, [](dom::element result) -> Result<MatrixOffsets> {
    MatrixOffsets value;
    const auto fill = [&](const char* key, auto& place, auto read) -> Result<void> {
      auto found = member(result, key);
      if (!found) return std::move(found).error();
      auto values = list<typename std::remove_reference_t<decltype(place)>::value_type>(*found, read);
      if (!values) return std::move(values).error();
      place = *std::move(values);
      return {};
    };
    if (auto read = fill("offsets_row", value.rows, whole); !read) return std::move(read).error();
    if (auto read = fill("offsets_col", value.columns, whole); !read) return std::move(read).error();
    if (auto read = fill("scores", value.scores, real); !read) return std::move(read).error();
    if (auto read = fill("ids", value.ids, point_id); !read) return std::move(read).error();
    return value;
  });
}

}  // namespace alidade::qdrant::inline v0::answers
