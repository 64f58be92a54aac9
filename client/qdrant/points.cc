#include "alidade/qdrant/points.h"

#include "qdrant/json_text.h"

namespace alidade::qdrant::inline v0 {
namespace {

using text::Object;

/// {"<kind>": {"points"|"filter": …, <more>}}
template <class Append>
std::string change_text(std::string_view kind, const PointsSelector& points, Append append) {
  std::string out;
  Object outer(out);
  std::string& inner_text = outer.key(kind);
  inner_text += '{';
  inner_text += points.member();
  append(inner_text);
  inner_text += '}';
  outer.end();
  return out;
}

void append_member(std::string& out, std::string_view name, const Json& value) {
  out += ",\"";
  out += name;
  out += "\":";
  value.append_to(out);
}

void append_member(std::string& out, std::string_view name, const std::vector<std::string>& values) {
  out += ",\"";
  out += name;
  out += "\":";
  text::append_strings(out, values);
}

std::string payload_text(std::string_view kind, const PointsSelector& points, const Json& payload,
                         const std::string& key) {
  return change_text(kind, points, [&](std::string& out) {
    append_member(out, "payload", payload.is_null() ? Json::object() : payload);
    if (!key.empty()) append_member(out, "key", Json(key));
  });
}

}  // namespace

std::string& PointBatch::begin(const PointId& id) {
  if (count_ != 0) json_ += ',';
  json_ += "{\"id\":";
  text::append_id(json_, id);
  return json_ += ",\"vector\":";
}

void PointBatch::end(const Json& payload) {
  if (!payload.is_null()) append_member(json_, "payload", payload);
  json_ += '}';
  ++count_;
}

void PointBatch::append(std::span<const float> vector) {
  if (!keeps_values_) return text::append_floats(json_, vector);
  ((json_ += "{\"$\":") += std::to_string(vector.size())) += '}';
  values_.insert(values_.end(), vector.begin(), vector.end());
}

PointBatch& PointBatch::add(const PointId& id, std::span<const float> vector, const Json& payload) {
  begin(id);
  append(vector);
  end(payload);
  return *this;
}

PointBatch& PointBatch::add(const PointId& id, const Vectors& vectors, const Json& payload) {
  begin(id);
  text::append_vectors(json_, vectors, [this](std::span<const float> vector) { append(vector); });
  end(payload);
  return *this;
}

void PointBatch::clear() {
  json_.clear();
  values_.clear();
  count_ = 0;
}

std::string ScrollRequest::json() const {
  std::string out;
  Object object(out);
  object.maybe("limit", limit);
  if (offset) text::append_id(object.key("offset"), *offset);
  if (!filter.empty()) object.raw("filter", filter.json());
  object.maybe("order_by", order_by)
      .raw("with_payload", with_payload.json())
      .raw("with_vector", with_vectors.json())
      .maybe("shard_key", shard_key)
      .end();
  return out;
}

std::string RetrieveRequest::json() const {
  std::string out;
  Object object(out);
  text::append_ids(object.key("ids"), ids);
  object.raw("with_payload", with_payload.json())
      .raw("with_vector", with_vectors.json())
      .maybe("shard_key", shard_key)
      .end();
  return out;
}

std::string FacetRequest::json() const {
  std::string out;
  Object object(out);
  object.string("key", key).maybe("limit", limit).maybe("exact", exact);
  if (!filter.empty()) object.raw("filter", filter.json());
  object.end();
  return out;
}

std::string MatrixRequest::json() const {
  std::string out;
  Object object(out);
  object.maybe("sample", sample).maybe("limit", limit).maybe_string("using", using_vector);
  if (!filter.empty()) object.raw("filter", filter.json());
  object.end();
  return out;
}

Change Change::upsert(const PointBatch& points, const UpsertOptions& options) {
  std::string out;
  Object outer(out);
  Object inner(outer.key("upsert"));
  text::append_upsert(inner, points, options);
  inner.end();
  outer.end();
  return Change(std::move(out), points.values());
}

Change Change::update_vectors(const PointBatch& points) {
  return Change("{\"update_vectors\":{\"points\":[" + points.json() + "]}}", points.values());
}

Change Change::remove(const PointsSelector& points) {
  return Change(change_text("delete", points, [](std::string&) {}));
}

Change Change::delete_vectors(const PointsSelector& points, const std::vector<std::string>& names) {
  return Change(change_text("delete_vectors", points, [&](std::string& out) { append_member(out, "vector", names); }));
}

Change Change::set_payload(const PointsSelector& points, const Json& payload, const std::string& key) {
  return Change(payload_text("set_payload", points, payload, key));
}

Change Change::overwrite_payload(const PointsSelector& points, const Json& payload) {
  return Change(payload_text("overwrite_payload", points, payload, {}));
}

Change Change::delete_payload(const PointsSelector& points, const std::vector<std::string>& keys) {
  return Change(change_text("delete_payload", points, [&](std::string& out) { append_member(out, "keys", keys); }));
}

Change Change::clear_payload(const PointsSelector& points) {
  return Change(change_text("clear_payload", points, [](std::string&) {}));
}

}  // namespace alidade::qdrant::inline v0
