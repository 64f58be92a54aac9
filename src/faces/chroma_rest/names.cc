#include "faces/chroma_rest/names.h"

#include <algorithm>

namespace alidade::faces::chroma_rest {

namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool has_allowed_characters(std::string_view name) {
  if (name.size() < 3 || name.size() > 512) return false;
  if (!is_alphanumeric(name.front()) || !is_alphanumeric(name.back())) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return is_alphanumeric(c) || c == '.' || c == '_' || c == '-';
  });
}

/// Four decimal numbers up to 255 without leading zeros. (Colons are refused before, so there is no
/// IPv6 address to look for.)
bool is_ip_address(std::string_view text) {
  int parts = 0;
  while (true) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    const std::string_view part = text.substr(0, dot);
    if (part.empty() || part.size() > 3 || (part.size() > 1 && part.front() == '0')) return false;
    int number = 0;
    for (const char c : part) {
      if (c < '0' || c > '9') return false;
      number = number * 10 + (c - '0');
    }
    if (number > 255) return false;
    ++parts;
    if (dot == text.size()) return parts == 4;
    text.remove_prefix(dot + 1);
  }
}

Status check_plain_name(std::string_view name) {
  if (!has_allowed_characters(name)) {
    return invalid_argument(
        "Expected a name containing 3-512 characters from [a-zA-Z0-9._-], starting and ending with a "
        "character in [a-zA-Z0-9]. Got: " +
        std::string(name));
  }
  if (name.find("..") != std::string_view::npos) {
    return invalid_argument(
        "Expected a name that does not contains two consecutive periods (..). Got " +
        std::string(name));
  }
  if (is_ip_address(name)) {
    return invalid_argument("Expected a name that is not a valid ip address. Got " +
                            std::string(name));
  }
  return {};
}

}  // namespace

Status check_name(std::string_view name) {
  const std::size_t plus = name.find('+');
  if (plus == std::string_view::npos) return check_plain_name(name);
  ALD_RETURN_IF_ERROR(check_plain_name(name.substr(0, plus)));
  return check_plain_name(name.substr(plus + 1));
}

Status check_tenant_name(std::string_view name) {
  const auto characters = std::count_if(
      name.begin(), name.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  if (characters >= 3) return {};
  return invalid_argument(
      "Validation error: name: Validation error: length [{\"min\": Number(3), \"value\": String(\"" +
      std::string(name) + "\")}]");
}

Status check_database_segment(std::string_view name) {
  if (name.size() >= 3) return {};
  return invalid_argument("database name must be at least 3 characters");
}

Status check_collection_metadata(const base::json::Value& metadata) {
  const auto& members = metadata.as_object();
  if (members.empty()) return invalid_argument("Metadata cannot be empty");
  for (const auto& [key, value] : members) {
    if (key.empty()) return invalid_argument("Metadata key cannot be empty");
  }
  for (const auto& [key, value] : members) {
    if (!is_metadata_key(key)) {
      return invalid_argument("Metadata key cannot start with '#' or '$': " + key);
    }
  }
  return {};
}

bool is_metadata_key(std::string_view key) {
  return !key.empty() && key.front() != '#' && key.front() != '$';
}

}  // namespace alidade::faces::chroma_rest
