#include "alidade/client/json.h"

#include "core/json_reader.h"
#include "core/json_writer.h"

namespace alidade::client::inline v0 {

double Json::number_or(double otherwise) const {
  if (const auto* number = if_double()) return *number;
  if (const auto* number = if_int()) return static_cast<double>(*number);
  if (const auto* number = if_uint()) return static_cast<double>(*number);
  return otherwise;
}

const Json* Json::find(std::string_view key) const {
  const Object* object = if_object();
  if (object == nullptr) return nullptr;
  for (const auto& [name, member] : *object) {
    if (name == key) return &member;
  }
  return nullptr;
}

Json* Json::find(std::string_view key) { return const_cast<Json*>(std::as_const(*this).find(key)); }

Json& Json::set(std::string_view key, Json value) {
  if (!is_object()) data_ = Object{};
  if (Json* existing = find(key); existing != nullptr) {
    *existing = std::move(value);
    return *existing;
  }
  return if_object()->emplace_back(std::string(key), std::move(value)).second;
}

Json& Json::push_back(Json value) {
  if (!is_array()) data_ = Array{};
  return if_array()->emplace_back(std::move(value));
}

void Json::set_unsigned(std::uint64_t value) {
  if (value <= static_cast<std::uint64_t>(INT64_MAX)) {
    data_ = static_cast<std::int64_t>(value);
  } else {
    data_ = value;
  }
}

void Json::append_to(std::string& out) const { core::JsonWriter(out).value(*this); }

std::string Json::to_text() const {
  std::string out;
  append_to(out);
  return out;
}

Result<Json> Json::parse(std::string_view text) {
  auto document = core::Document::parse(text);
  if (!document) return std::move(document).error();
  return core::to_json(document->root());
}

namespace core {

namespace {

using simdjson::dom::element_type;
constexpr int kMaxDepth = 127;

// @return false when it nests too deep.
bool convert(simdjson::dom::element element, int depth, Json& to) {
  if (depth > kMaxDepth) return false;
  switch (element.type()) {
    case element_type::NULL_VALUE: return true;
    case element_type::BOOL: to = element.get_bool().value_unsafe(); return true;
    case element_type::INT64: to = element.get_int64().value_unsafe(); return true;
    case element_type::UINT64: to = element.get_uint64().value_unsafe(); return true;
    case element_type::DOUBLE: to = element.get_double().value_unsafe(); return true;
    case element_type::STRING: to = Json(element.get_string().value_unsafe()); return true;
    case element_type::ARRAY: {
      Json::Array array;
      for (const auto child : simdjson::dom::array(element.get_array().value_unsafe())) {
        if (!convert(child, depth + 1, array.emplace_back())) return false;
      }
      to = Json(std::move(array));
      return true;
    }
    case element_type::OBJECT: {
      Json::Object object;
      for (const auto field : simdjson::dom::object(element.get_object().value_unsafe())) {
        if (!convert(field.value, depth + 1, object.emplace_back(std::string(field.key), Json()).second)) return false;
      }
      to = Json(std::move(object));
      return true;
    }
  }
  return false;
}

}  // namespace

Error bad_answer(std::string message) {
  Error error;
  error.kind = ErrorKind::kBadAnswer;
  error.message = std::move(message);
  return error;
}

Result<Document> Document::parse(std::string_view text) {
  Document document;
  document.parser_ = std::make_unique<simdjson::dom::parser>();
  // parse() copies the text behind a padding that it may read over.
  auto parsed = document.parser_->parse(text.data(), text.size());
  if (parsed.error() != simdjson::SUCCESS) {
    return bad_answer(std::string("not JSON: ") + simdjson::error_message(parsed.error()));
  }
  document.root_ = parsed.value_unsafe();
  return document;
}

Result<Json> to_json(simdjson::dom::element element) {
  Json json;
  if (!convert(element, 0, json)) return bad_answer("JSON that nests too deep");
  return json;
}

}  // namespace core

}  // namespace alidade::client::inline v0
