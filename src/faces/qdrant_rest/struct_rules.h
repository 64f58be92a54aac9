#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/status.h"
#include "faces/qdrant_rest/decode_values.h"

namespace alidade::faces::qdrant_rest {

// Settings objects (collections, indexes) described as tables: which members, of which type, within
// which bounds. One reader refuses what is wrong in the peer's words and brings the rest into the
// order in which the peer shows it.

struct StructRule;

enum class FieldKind {
  kUsize,
  kU64,
  kU32,
  kU8,
  kNonZeroU32,
  kFloat32,
  kFloat64,
  kBool,
  kString,
  kVariant,           // One of `variants`.
  kStruct,            // An object after `inner`.
  kMap,               // Name -> object after `inner`; its members are "?" in the texts of rules.
  kNumberedMap,       // Same, "[0]", "[1]" in the texts.
  kObject,            // Any object.
  kQuantization,      // One of the four quantizations.
  kQuantizationDiff,  // Or "Disabled".
  kThreads,           // A number or "auto", which is kept as null.
  kStopwords,         // A language or {"languages", "custom"}.
  kStemmer,           // {"type": "snowball", "language"} or {"type": "none"}.
};

struct FieldRule {
  std::string_view name;
  FieldKind kind;
  // Bounds of numbers; a broken one is a broken rule, not a format error.
  std::optional<double> smallest = std::nullopt;
  std::optional<double> largest = std::nullopt;
  std::span<const std::string_view> variants = {};
  const StructRule* inner = nullptr;
  bool required = false;
  /// A variant that is known but refused here, and the words for it.
  std::string_view refused_variant = {};
  std::string_view refusal = {};
  /// Another name that a body may give it; both at once are a duplicate. Shown under `name`.
  std::string_view alias = {};
};

struct StructRule {
  std::string_view name;  ///< As the peer calls it: "HnswConfigDiff".
  std::span<const FieldRule> fields;
};

/// Reads an object after a rule. Unknown members are left out, absent and null ones too; the others
/// stand in the order of the rule.
/// @param path where the object stands, for the texts of broken rules: "" or "hnsw_config".
/// @return a format error at the first member (in the order of the body) that does not fit.
Result<Value> read_struct(const Value& value, const StructRule& rule, const std::string& path, Rules& rules);
/// One value after a rule.
Result<Value> read_field(const Value& value, const FieldRule& rule, const std::string& path, Rules& rules);

/// Puts the members of `changes` over those of `target`; a member that is new goes where the rule
/// has it.
void merge_struct(Value& target, const Value& changes, const StructRule& rule);

}  // namespace alidade::faces::qdrant_rest
