#include "qdrant/json_text.h"

#include <charconv>
#include <cmath>
#include <variant>

namespace alidade::qdrant::inline v0::text {
namespace {

/// Writes at `to`, which has room for 16 characters and ".0".
char* write_float(char* to, float value) {
  if (!std::isfinite(value)) {
    for (const char c : std::string_view("null")) *to++ = c;
    return to;
  }
  // The longest shortest text of a float has 15 characters: "-1.23456789e-38".
  char* const end = std::to_chars(to, to + 16, value).ptr;
  for (const char* c = to; c != end; ++c) {
    if (*c == '.' || *c == 'e') return end;
  }
  end[0] = '.';
  end[1] = '0';
  return end + 2;
}

void append_inference(std::string& out, std::string_view name, const Json& what, const std::string& model,
                      const Json& options) {
  Object object(out);
  what.append_to(object.key(name));
  object.string("model", model).maybe_json("options", options).end();
}

struct Append {
  std::string& out;

  void operator()(const DenseVector& vector) const { append_floats(out, vector); }
  void operator()(const SparseVector& vector) const {
    out += "{\"indices\":[";
    for (std::size_t i = 0; i < vector.indices.size(); ++i) {
      if (i != 0) out += ',';
      out += std::to_string(vector.indices[i]);
    }
    out += "],\"values\":";
    append_floats(out, vector.values);
    out += '}';
  }
  void operator()(const MultiVector& vector) const {
    out += '[';
    for (std::size_t i = 0; i < vector.rows.size(); ++i) {
      if (i != 0) out += ',';
      append_floats(out, vector.rows[i]);
    }
    out += ']';
  }
  void operator()(const Document& document) const {
    append_inference(out, "text", document.text, document.model, document.options);
  }
  void operator()(const Image& image) const { append_inference(out, "image", image.image, image.model, image.options); }
  void operator()(const InferenceObject& object) const {
    append_inference(out, "object", object.object, object.model, object.options);
  }
};

}  // namespace

void append_string(std::string& out, std::string_view value) { Json(value).append_to(out); }

void append_double(std::string& out, double value) { Json(value).append_to(out); }

void append_floats(std::string& out, std::span<const float> values) {
  // One resize for the longest texts, cut afterwards: growing per value costs more than printing it.
  constexpr std::size_t kWidest = 19;
  const std::size_t start = out.size();
  out.resize(start + values.size() * kWidest + 2);
  char* const begin = out.data() + start;
  char* to = begin;
  *to++ = '[';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0) *to++ = ',';
    to = write_float(to, values[i]);
  }
  *to++ = ']';
  out.resize(start + static_cast<std::size_t>(to - begin));
}

void append_id(std::string& out, const PointId& id) {
  if (id.is_number()) {
    out += std::to_string(id.number());
  } else {
    append_string(out, id.text());
  }
}

void append_ids(std::string& out, std::span<const PointId> ids) {
  out += '[';
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i != 0) out += ',';
    append_id(out, ids[i]);
  }
  out += ']';
}

void append_strings(std::string& out, std::span<const std::string> values) {
  out += '[';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0) out += ',';
    append_string(out, values[i]);
  }
  out += ']';
}

void append_vector(std::string& out, const Vector& vector) { std::visit(Append{out}, vector); }

void append_upsert(Object& object, const PointBatch& points, const UpsertOptions& options) {
  std::string& out = object.key("points");
  out += '[';
  out += points.json();
  out += ']';
  object.maybe("shard_key", options.shard_key).maybe("update_filter", options.update_filter);
  if (!options.mode) return;
  switch (*options.mode) {
    case UpdateMode::kUpsert: object.string("update_mode", "upsert"); break;
    case UpdateMode::kInsertOnly: object.string("update_mode", "insert_only"); break;
    case UpdateMode::kUpdateOnly: object.string("update_mode", "update_only"); break;
  }
}

std::string& Object::key(std::string_view name) {
  if (out_.size() != start_) out_ += ',';
  append_string(out_, name);
  out_ += ':';
  return out_;
}

}  // namespace alidade::qdrant::inline v0::text
