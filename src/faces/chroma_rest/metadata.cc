#include "faces/chroma_rest/metadata.h"

#include <algorithm>
#include <cmath>
#include <simdjson.h>

namespace alidade::faces::chroma_rest {

namespace json = base::json;
namespace dom = simdjson::dom;

namespace {

void normalize_number(json::Value& value) {
  if (value.is_uint()) value = value.as_double();
  if (value.is_double() && value.as_double() == 0) value = 0.0;
}

bool is_u32(const json::Value& value) {
  return value.is_int() && value.as_int() >= 0 && value.as_int() <= 0xFFFFFFFFLL;
}

bool normalize_list(json::Array& items) {
  const auto all = [&items](auto matches) { return std::all_of(items.begin(), items.end(), matches); };
  if (all([](const json::Value& item) { return item.is_bool(); })) return true;
  if (all([](const json::Value& item) { return item.is_string(); })) return true;
  if (!all([](const json::Value& item) { return item.is_number(); })) return false;
  for (json::Value& item : items) normalize_number(item);
  if (!all([](const json::Value& item) { return item.is_int(); })) {
    for (json::Value& item : items) item = item.as_double();
  }
  return true;
}

// Showing what is stored. -----------------------------------------------------------------------

enum class ListKind { kNone, kBools, kStrings, kIntegers, kFloats };

bool is_integer(dom::element item) { return item.is<std::int64_t>(); }

ListKind list_kind(dom::array items) {
  std::size_t count = 0, bools = 0, strings = 0, integers = 0, floats = 0;
  for (const dom::element item : items) {
    ++count;
    bools += item.is_bool();
    strings += item.is_string();
    integers += is_integer(item);
    floats += item.is_number() && !is_integer(item);
  }
  if (count == 0) return ListKind::kNone;
  if (bools == count) return ListKind::kBools;
  if (strings == count) return ListKind::kStrings;
  if (integers == count) return ListKind::kIntegers;
  return integers + floats == count ? ListKind::kFloats : ListKind::kNone;
}

double as_double(dom::element item) {
  double value = 0;
  if (item.get_double().get(value) != simdjson::SUCCESS) value = 0;
  return value;
}

void write_scalar(dom::element item, bool as_float, std::string& out) {
  std::string_view text;
  std::int64_t integer = 0;
  bool boolean = false;
  if (item.get_string().get(text) == simdjson::SUCCESS) {
    json::write_string(text, out);
  } else if (item.get_bool().get(boolean) == simdjson::SUCCESS) {
    out += boolean ? "true" : "false";
  } else if (!as_float && item.get_int64().get(integer) == simdjson::SUCCESS) {
    out += std::to_string(integer);
  } else {
    json::write_double(as_double(item), out);
  }
}

/// Appends the value when a client could have written it.
bool write_shown(dom::element value, std::string& out) {
  dom::array items;
  if (value.get_array().get(items) == simdjson::SUCCESS) {
    const ListKind kind = list_kind(items);
    if (kind == ListKind::kNone) return false;
    char separator = '[';
    for (const dom::element item : items) {
      out += separator;
      write_scalar(item, kind == ListKind::kFloats, out);
      separator = ',';
    }
    out += ']';
    return true;
  }
  if (value.is_null() || value.is_object()) return false;
  write_scalar(value, false, out);
  return true;
}

}  // namespace

bool normalize_metadata_value(json::Value& value) {
  switch (value.kind()) {
    case json::Value::Kind::kNull: return false;
    case json::Value::Kind::kBool:
    case json::Value::Kind::kInt:
    case json::Value::Kind::kString: return true;
    case json::Value::Kind::kUint:
    case json::Value::Kind::kDouble: normalize_number(value); return true;
    case json::Value::Kind::kArray: return normalize_list(value.as_array());
    case json::Value::Kind::kObject: return is_sparse_vector(value);
  }
  return false;
}

bool is_sparse_vector(const json::Value& value) {
  const json::Value* type = value.find("#type");
  if (type && !(type->is_string() && type->as_string() == "sparse_vector")) return false;
  const json::Value* indices = value.find("indices");
  const json::Value* values = value.find("values");
  if (!indices || !indices->is_array() || !values || !values->is_array()) return false;
  const auto& index_list = indices->as_array();
  const auto& value_list = values->as_array();
  return std::all_of(index_list.begin(), index_list.end(), is_u32) &&
         std::all_of(value_list.begin(), value_list.end(),
                     [](const json::Value& item) { return item.is_number(); });
}

bool is_well_formed_sparse_vector(const json::Value& value) {
  const auto& indices = value.find("indices")->as_array();
  if (indices.size() != value.find("values")->as_array().size()) return false;
  return std::adjacent_find(indices.begin(), indices.end(),
                            [](const json::Value& a, const json::Value& b) {
                              return a.as_int() >= b.as_int();
                            }) == indices.end();
}

ShownPayload show_payload(std::string_view payload) {
  ShownPayload shown;
  if (payload.empty()) return shown;
  thread_local dom::parser parser;
  dom::object object;
  if (parser.parse(payload.data(), payload.size()).get_object().get(object) != simdjson::SUCCESS) {
    return shown;
  }
  std::string metadata = "{";
  bool has_reserved = false;
  for (const auto field : object) {
    if (field.key.starts_with(kReservedPrefix)) {
      const bool is_document = field.key == kDocumentKey;
      has_reserved = has_reserved || !is_document;
      std::string_view text;
      if (field.value.get_string().get(text) != simdjson::SUCCESS) continue;
      std::string* out = is_document ? &shown.document : field.key == kUriKey ? &shown.uri : nullptr;
      if (!out) continue;
      out->clear();
      json::write_string(text, *out);
      continue;
    }
    const std::size_t before = metadata.size();
    if (before > 1) metadata += ',';
    json::write_string(field.key, metadata);
    metadata += ':';
    if (!write_shown(field.value, metadata)) metadata.resize(before);
  }
  if (metadata.size() > 1 || has_reserved) shown.metadata = metadata + '}';
  return shown;
}

}  // namespace alidade::faces::chroma_rest
