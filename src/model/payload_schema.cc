#include "model/payload_schema.h"

namespace alidade::model {
namespace {
constexpr FieldType kAllTypes[] = {FieldType::kKeyword, FieldType::kInteger, FieldType::kFloat,
                                   FieldType::kBool,    FieldType::kGeo,     FieldType::kDatetime,
                                   FieldType::kUuid,    FieldType::kText};
}  // namespace

std::string_view field_type_name(FieldType type) {
  switch (type) {
    case FieldType::kKeyword: return "keyword";
    case FieldType::kInteger: return "integer";
    case FieldType::kFloat: return "float";
    case FieldType::kBool: return "bool";
    case FieldType::kGeo: return "geo";
    case FieldType::kDatetime: return "datetime";
    case FieldType::kUuid: return "uuid";
    case FieldType::kText: return "text";
  }
  return "";
}

std::optional<FieldType> field_type_from_name(std::string_view name) {
  for (const FieldType type : kAllTypes) {
    if (field_type_name(type) == name) return type;
  }
  return std::nullopt;
}

namespace {

/// The parameters without what says nothing: the type itself, nulls and the default tokenizer.
base::json::Value told(const FieldSchema& schema) {
  base::json::Value out{base::json::Object{}};
  if (!schema.params.is_object()) return out;
  for (const auto& [name, value] : schema.params.as_object()) {
    const bool is_default = name == "type" || value.is_null() ||
                            (name == "tokenizer" && value == base::json::Value("word"));
    if (!is_default) out.set(name, value);
  }
  return out;
}

}  // namespace

bool same_index(const FieldSchema& a, const FieldSchema& b) { return a.type == b.type && told(a) == told(b); }

}  // namespace alidade::model
