#include "faces/qdrant_rest/query_rules.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "faces/qdrant_rest/collection_settings.h"
#include "faces/qdrant_rest/errors.h"

namespace alidade::faces::qdrant_rest {
namespace {

constexpr QueryRule kOfReads[] = {{"consistency", QueryValue::kConsistency}, {"timeout", QueryValue::kReadTimeout}};
constexpr QueryRule kOfWrites[] = {{"wait", QueryValue::kBool},
                                {"ordering", QueryValue::kOrdering},
                                {"timeout", QueryValue::kWriteTimeout}};
constexpr QueryRule kOfAdmin[] = {{"timeout", QueryValue::kAdminTimeout}};

/// Rust's words for what is no u64.
Status read_number(std::string_view text, std::uint64_t& number) {
  if (text.empty()) return query_refused("cannot parse integer from empty string");
  const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || end != digits.data() + digits.size() || error == std::errc::invalid_argument) {
    return query_refused("invalid digit found in string");
  }
  if (error == std::errc::result_out_of_range) return query_refused("number too large to fit in target type");
  return Status::ok_status();
}

bool is_negative_number(std::string_view text) {
  return text.size() > 1 && text.front() == '-' &&
         std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Status check_consistency(const std::string& text) {
  if (text == "majority" || text == "quorum" || text == "all") return Status::ok_status();
  std::uint64_t number = 0;
  if (read_number(text, number).ok() && number > 0) return Status::ok_status();
  return query_refused("failed to deserialize read consistency query parameter value '" + text + "'");
}

Status check_value(QueryValue value, const std::string& text) {
  std::uint64_t number = 0;
  switch (value) {
    case QueryValue::kBool:
      if (text == "true" || text == "false") return Status::ok_status();
      return query_refused("provided string was not `true` or `false`");
    case QueryValue::kOrdering:
      if (text == "weak" || text == "medium" || text == "strong") return Status::ok_status();
      return query_refused("unknown variant `" + text + "`, expected one of `weak`, `medium`, `strong`");
    case QueryValue::kConsistency: return check_consistency(text);
    case QueryValue::kWriteTimeout:
      if (is_negative_number(text)) return query_refused("std::time::Duration cannot be negative");
      return read_number(text, number);
    case QueryValue::kReadTimeout:
      ALD_RETURN_IF_ERROR(read_number(text, number));
      if (number == 0) return query_refused("invalid value: integer `0`, expected a nonzero u64");
      return Status::ok_status();
    case QueryValue::kAdminTimeout:
    case QueryValue::kCount: return read_number(text, number);
  }
  return Status::ok_status();
}

// Checked after everything could be read.
Status check_bounds(const net::QueryParameters& query, std::span<const QueryRule> rules) {
  for (const QueryRule& rule : rules) {
    if (rule.value != QueryValue::kAdminTimeout) continue;
    const std::string* text = query.find(rule.name);
    std::uint64_t number = 1;
    if (text != nullptr && read_number(*text, number).ok() && number == 0) {
      return rules_broken(std::string(rule.name) + ": value 0 invalid, must be 1 or larger", "query parameters");
    }
  }
  return Status::ok_status();
}

Status path_rule_broken(std::string_view name, const std::string& rule) {
  return rules_broken(std::string(name) + ": " + rule, "path parameters");
}

Status check_collection_name(const std::string& name, NameUse use) {
  constexpr std::string_view kNeverAllowed("/\0", 2);
  constexpr std::string_view kNotInNewNames("<>:\"/\\|?*\0\x1f", 11);
  if (name.empty() || name.size() > 255) {
    return path_rule_broken("collection_name", "value \"" + name + "\" invalid, must be from 1 to 255 characters");
  }
  // Other servers of this dialect keep a collection in a folder of its name.
  if (name == "." || name == "..") {
    return path_rule_broken("collection_name", "collection name cannot be \"" + name + "\"");
  }
  const std::size_t found = name.find_first_of(use == NameUse::kNew ? kNotInNewNames : kNeverAllowed);
  if (found == std::string::npos) return Status::ok_status();
  return path_rule_broken("collection_name",
                          "collection name cannot contain \"" + std::string(1, name[found]) + "\" char");
}

}  // namespace

const std::span<const QueryRule> kReadParameters(kOfReads);
const std::span<const QueryRule> kWriteParameters(kOfWrites);
const std::span<const QueryRule> kAdminParameters(kOfAdmin);

Status check_query(const net::QueryParameters& query, std::span<const QueryRule> rules) {
  std::vector<std::string_view> seen;
  for (const auto& [name, text] : query.pairs()) {
    const auto rule = std::find_if(rules.begin(), rules.end(), [&name = name](const QueryRule& one) { return one.name == name; });
    if (rule == rules.end()) continue;
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
      return query_refused("duplicate field `" + name + "`");
    }
    seen.push_back(name);
    ALD_RETURN_IF_ERROR(check_value(rule->value, text));
  }
  return check_bounds(query, rules);
}

Status check_path(const net::PathParameters& parameters, NameUse use) {
  for (const auto& [name, value] : parameters.pairs()) {
    if (name == "collection_name") ALD_RETURN_IF_ERROR(check_collection_name(value, use));
    if (name == "vector_name") {
      const std::string problem = vector_name_problem(value);
      if (!problem.empty()) return path_rule_broken(name, problem);
    }
  }
  return Status::ok_status();
}

std::optional<std::uint32_t> shard_number(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace alidade::faces::qdrant_rest
