#include "faces/qdrant_rest/struct_rules.h"

#include <algorithm>
#include <limits>

#include "faces/qdrant_rest/collection_rules.h"
#include "faces/qdrant_rest/errors.h"

namespace alidade::faces::qdrant_rest {
namespace {

using base::json::Object;

std::string joined(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : path + "." + std::string(name);
}

std::string shown(double value) {
  std::string text;
  base::json::write_double(value, text);
  return text;
}

struct Integer {
  std::string_view expected;
  std::uint64_t largest;
  std::uint64_t smallest = 0;
};

Integer integer_of(FieldKind kind) {
  constexpr std::uint64_t kMax32 = std::numeric_limits<std::uint32_t>::max();
  if (kind == FieldKind::kU32) return {"u32", kMax32};
  if (kind == FieldKind::kNonZeroU32) return {"a nonzero u32", kMax32, 1};
  if (kind == FieldKind::kU8) return {"u8", 255};
  return {kind == FieldKind::kU64 ? "u64" : "usize", std::numeric_limits<std::uint64_t>::max()};
}

// A bound that a whole number breaks is shown without a fraction.
std::string whole(double bound) { return std::to_string(static_cast<std::uint64_t>(bound)); }

void check_bounds(const std::string& path, const std::string& value, const std::string& smallest,
                  const std::string& largest, Rules& rules) {
  rules.broken(path, largest.empty() ? "value " + value + " invalid, must be " + smallest + " or larger"
                                     : "value " + value + " invalid, must be from " + smallest + " to " + largest);
}

Result<Value> read_integer(const Value& value, const FieldRule& rule, const std::string& path, Rules& rules) {
  const Integer type = integer_of(rule.kind);
  if (!value.is_integer()) return invalid_type(value, type.expected);
  if (value.is_int() && value.as_int() < 0) return invalid_value(value, type.expected);
  const std::uint64_t number = value.is_uint() ? value.as_uint() : static_cast<std::uint64_t>(value.as_int());
  if (number < type.smallest || number > type.largest) return invalid_value(value, type.expected);
  const auto as_double = static_cast<double>(number);
  const bool too_small = rule.smallest && as_double < *rule.smallest;
  const bool too_large = rule.largest && as_double > *rule.largest;
  if (too_small || too_large) {
    check_bounds(path, std::to_string(number), whole(rule.smallest.value_or(0)),
                 rule.largest ? whole(*rule.largest) : "", rules);
  }
  return value;
}

Result<Value> read_float(const Value& value, const FieldRule& rule, const std::string& path, Rules& rules) {
  const bool is_f32 = rule.kind == FieldKind::kFloat32;
  if (!value.is_number()) return invalid_type(value, is_f32 ? "f32" : "f64");
  const double number = is_f32 ? static_cast<double>(static_cast<float>(value.as_double())) : value.as_double();
  const bool too_small = rule.smallest && number < *rule.smallest;
  const bool too_large = rule.largest && number > *rule.largest;
  if (too_small || too_large) {
    check_bounds(path, shown(number), shown(rule.smallest.value_or(0)), rule.largest ? shown(*rule.largest) : "",
                 rules);
  }
  return Value(value.as_double());  // 1 is echoed as 1.0.
}

Status unknown_variant(const std::string& word, std::span<const std::string_view> variants) {
  std::string text = "unknown variant `" + word + "`, expected ";
  if (variants.size() == 2) {
    text += "`" + std::string(variants[0]) + "` or `" + std::string(variants[1]) + "`";
  } else {
    if (variants.size() > 2) text += "one of ";
    for (std::size_t i = 0; i < variants.size(); ++i) {
      text += (i == 0 ? "`" : ", `") + std::string(variants[i]) + "`";
    }
  }
  return body_refused(text);
}

Result<Value> read_variant(const Value& value, const FieldRule& rule, const std::string& path, Rules& rules) {
  // The peer's derived readers take an enum as a string or as a map with one member.
  if (!value.is_string()) return invalid_type(value, "string or map");
  const std::string& word = value.as_string();
  if (std::find(rule.variants.begin(), rule.variants.end(), word) == rule.variants.end()) {
    return unknown_variant(word, rule.variants);
  }
  if (!rule.refused_variant.empty() && word == rule.refused_variant) rules.broken(path, rule.refusal);
  return value;
}

Result<Value> read_map(const Value& value, const FieldRule& rule, const std::string& path, Rules& rules) {
  if (!value.is_object()) return invalid_type(value, "a map");
  Object out;
  std::size_t i = 0;
  for (const auto& [name, inner] : value.as_object()) {
    const std::string place =
        rule.kind == FieldKind::kMap ? joined(path, "?") : path + "[" + std::to_string(i) + "]";
    ALD_ASSIGN(Value read, read_struct(inner, *rule.inner, place, rules));
    out.emplace_back(name, std::move(read));
    ++i;
  }
  return Value(std::move(out));
}

Result<Value> read_threads(const Value& value) {
  if (value == Value("auto")) return Value();
  if (value.is_integer() && !(value.is_int() && value.as_int() < 0)) return value;
  return no_variant("MaxOptimizationThreads");
}

Result<Value> read_stopwords(const Value& value) {
  const FieldRule language{.name = "", .kind = FieldKind::kVariant, .variants = kStopwordLanguages};
  Rules none;
  if (value.is_string()) return read_variant(value, language, "", none);
  if (!value.is_object()) return invalid_type(value, "struct StopwordsSet");
  Object out;
  for (const std::string_view name : {"languages", "custom"}) {
    const Value* list = value.find(name);
    if (list == nullptr || list->is_null()) continue;
    if (!list->is_array()) return invalid_type(*list, "a sequence");
    for (const Value& word : list->as_array()) {
      if (!word.is_string()) return invalid_type(word, "a string");
      if (name == "languages") {
        ALD_RETURN_IF_ERROR(read_variant(word, language, "", none).status());
      }
    }
    out.emplace_back(name, *list);
  }
  return Value(std::move(out));
}

Result<Value> read_stemmer(const Value& value) {
  const Value* type = value.find("type");
  if (type != nullptr && *type == Value("none")) return Value(Object{{"type", Value("none")}});
  if (type == nullptr || *type != Value("snowball")) return no_variant("StemmingAlgorithm");
  const Value* language = value.find("language");
  if (language == nullptr) return missing_field("language");
  const FieldRule rule{.name = "", .kind = FieldKind::kVariant, .variants = kStemmerLanguages};
  Rules none;
  ALD_RETURN_IF_ERROR(read_variant(*language, rule, "", none).status());
  return Value(Object{{"type", Value("snowball")}, {"language", *language}});
}

/// A list stands for the members in their order where a struct is expected; an empty one is told
/// apart because every member of ours has a default.
Status no_list(const Value& list, const StructRule& rule) {
  return body_refused("invalid length " + std::to_string(list.as_array().size()) + ", expected struct " +
                      std::string(rule.name) + " with " + std::to_string(rule.fields.size()) +
                      (rule.fields.size() == 1 ? " element" : " elements"));
}

}  // namespace

Result<Value> read_field(const Value& value, const FieldRule& rule, const std::string& path, Rules& rules) {
  switch (rule.kind) {
    case FieldKind::kUsize:
    case FieldKind::kU64:
    case FieldKind::kU32:
    case FieldKind::kU8:
    case FieldKind::kNonZeroU32: return read_integer(value, rule, path, rules);
    case FieldKind::kFloat32:
    case FieldKind::kFloat64: return read_float(value, rule, path, rules);
    case FieldKind::kBool:
      if (!value.is_bool()) return invalid_type(value, "a boolean");
      return value;
    case FieldKind::kString:
      if (!value.is_string()) return invalid_type(value, "a string");
      return value;
    case FieldKind::kVariant: return read_variant(value, rule, path, rules);
    case FieldKind::kStruct: return read_struct(value, *rule.inner, path, rules);
    case FieldKind::kMap:
    case FieldKind::kNumberedMap: return read_map(value, rule, path, rules);
    case FieldKind::kObject:
      if (!value.is_object()) return invalid_type(value, "a map");
      return value;
    case FieldKind::kQuantization: return read_quantization(value, path, rules);
    case FieldKind::kQuantizationDiff: return read_quantization_diff(value, path, rules);
    case FieldKind::kThreads: return read_threads(value);
    case FieldKind::kStopwords: return read_stopwords(value);
    case FieldKind::kStemmer: return read_stemmer(value);
  }
  return value;
}

Result<Value> read_struct(const Value& value, const StructRule& rule, const std::string& path, Rules& rules) {
  if (value.is_array()) return no_list(value, rule);
  if (!value.is_object()) return not_a_struct(value, rule.name);
  std::vector<std::optional<Value>> read(rule.fields.size());
  std::vector<bool> seen(rule.fields.size());
  for (const auto& [name, member] : value.as_object()) {
    const auto field = std::find_if(rule.fields.begin(), rule.fields.end(), [&name = name](const FieldRule& one) {
      return one.name == name || (!one.alias.empty() && one.alias == name);
    });
    if (field == rule.fields.end()) continue;
    const auto place = static_cast<std::size_t>(field - rule.fields.begin());
    if (seen[place]) return body_refused("duplicate field `" + std::string(field->name) + "`");
    seen[place] = true;
    if (member.is_null() && !field->required) continue;
    ALD_ASSIGN(read[place], read_field(member, *field, joined(path, field->name), rules));
  }
  Object out;
  for (std::size_t i = 0; i < read.size(); ++i) {
    if (read[i]) {
      out.emplace_back(rule.fields[i].name, *std::move(read[i]));
    } else if (rule.fields[i].required) {
      return missing_field(rule.fields[i].name);
    }
  }
  return Value(std::move(out));
}

void merge_struct(Value& target, const Value& changes, const StructRule& rule) {
  Object out;
  for (const FieldRule& field : rule.fields) {
    const Value* member = changes.find(field.name);
    if (member == nullptr) member = target.find(field.name);
    if (member != nullptr) out.emplace_back(field.name, *member);
  }
  // Members that only the shown form has keep their place at the end.
  for (const auto& [name, member] : target.as_object()) {
    const bool known = std::any_of(rule.fields.begin(), rule.fields.end(),
                                   [&name = name](const FieldRule& one) { return one.name == name; });
    if (!known) out.emplace_back(name, member);
  }
  target = Value(std::move(out));
}

}  // namespace alidade::faces::qdrant_rest
