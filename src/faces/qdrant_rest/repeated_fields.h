#pragma once

#include <span>
#include <string_view>

#include "base/status.h"
#include "faces/contract/type.h"

namespace alidade::faces::qdrant_rest {

// The peer refuses a field that a struct of a body has twice. A list of payload, of names or of what
// it reads as plain JSON keeps the last value instead, as base::json::parse() does.

struct StructShape;

struct ShapeField {
  std::string_view name;
  std::string_view alias = {};         ///< Another name of the same field.
  const StructShape* inner = nullptr;  ///< Of its object, or of each object of its list.
  const contract::Type* table = nullptr;  ///< Of a part that is described by a table.
};

/// The fields of a struct that the peer reads by their names.
struct StructShape {
  std::span<const ShapeField> fields;
  /// What the refusal says instead, where the struct is one of several that are tried in turn.
  std::string_view refusal = {};
};

extern const StructShape kScrollShape, kCountShape, kFacetShape, kRetrieveShape;
extern const StructShape kSelectorShape, kSetPayloadShape, kDeletePayloadShape, kUpdateVectorsShape,
    kDeleteVectorsShape, kUpdateOperationsShape;
extern const StructShape kIndexShape, kAliasesShape;

/// Looks for a field that stands twice in a struct.
/// @param body JSON that was parsed before. Any thread.
/// @return the format error of the first one.
Status check_repeated_fields(std::string_view body, const StructShape& shape);
/// The same for a body that is described by a table.
Status check_repeated_fields(std::string_view body, const contract::Type& type);

}  // namespace alidade::faces::qdrant_rest
