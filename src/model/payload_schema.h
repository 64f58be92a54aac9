#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace alidade::model {

enum class FieldType { kKeyword, kInteger, kFloat, kBool, kGeo, kDatetime, kUuid, kText };

/// "keyword", "integer", … : the names on the Qdrant wire.
std::string_view field_type_name(FieldType type);
std::optional<FieldType> field_type_from_name(std::string_view name);

/// One payload index as the user asked for it. The key of the map that holds it is the field's
/// JsonPath in text form.
struct FieldSchema {
  FieldType type = FieldType::kKeyword;
  /// The parameters object as the user gave it (echoed), or null when only a type name was given.
  base::json::Value params;
};

/// Whether two schemas ask for the same index: a type name means the same as an object with nothing
/// but defaults.
bool same_index(const FieldSchema& a, const FieldSchema& b);

using PayloadSchema = std::map<std::string, FieldSchema>;

}  // namespace alidade::model
