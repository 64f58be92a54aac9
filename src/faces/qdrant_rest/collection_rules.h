#pragma once

#include <span>
#include <string>
#include <string_view>

#include "faces/qdrant_rest/struct_rules.h"

namespace alidade::faces::qdrant_rest {

// The settings of collections and payload indexes as tables. Their order is the one in which the
// peer shows them.

extern const StructRule kCreateCollectionRule;  // Without `vectors`, which is an untagged union.
extern const StructRule kUpdateCollectionRule;
extern const StructRule kVectorParamsRule;
extern const StructRule kVectorParamsDiffRule;
extern const StructRule kNewDenseVectorRule;
extern const StructRule kNewSparseVectorRule;
extern const StructRule kSparseVectorRule;
extern const StructRule kHnswRule;
extern const StructRule kOptimizersRule;
extern const StructRule kWalRule;
extern const StructRule kStrictModeRule;
extern const StructRule kParamsDiffRule;

extern const std::span<const std::string_view> kStopwordLanguages;
extern const std::span<const std::string_view> kStemmerLanguages;

/// The rule of an index type's parameters, or nullptr for an unknown type.
const StructRule* index_rule(std::string_view type);

/// {"scalar": …}, {"product": …}, {"binary": …} or {"turbo": …}.
Result<Value> read_quantization(const Value& value, const std::string& path, Rules& rules);
/// Same, or "Disabled".
Result<Value> read_quantization_diff(const Value& value, const std::string& path, Rules& rules);
/// {"size", "distance", …} or {name: {"size", "distance", …}, …}.
Result<Value> read_vectors(const Value& value, Rules& rules);

/// The rule that a vector name breaks ("vector name cannot contain \"/\" char"), or "".
std::string vector_name_problem(std::string_view name);

}  // namespace alidade::faces::qdrant_rest
