#pragma once

#include <string>
#include <string_view>

#include "app/settings.h"

/// Parsing and checking of single values, for the rows of settings.def. Internal to `app`.
namespace alidade::app {

// Each returns what was expected, or "" when the text was good and `out` holds its value.
std::string parse_value(std::string_view text, std::string& out);
std::string parse_value(std::string_view text, OptionalText& out);
std::string parse_value(std::string_view text, Port& out);
std::string parse_value(std::string_view text, bool& out);
std::string parse_value(std::string_view text, std::uint64_t& out);
std::string parse_value(std::string_view text, TextList& out);  // a,b or ["a", "b"].

// Each returns what was expected, or "" when the value will do.
template <typename T>
std::string is_anything(const T&) {
  return "";
}
std::string is_not_empty(const std::string& value);
std::string is_key(const OptionalText& value);
std::string is_request_size(std::uint64_t value);
std::string is_pending_size(std::uint64_t value);
std::string is_positive(std::uint64_t value);
std::string is_thread_count(std::uint64_t value);
std::string is_log_level(std::string& value);  // Also brings Qdrant's spelling to ours.

}  // namespace alidade::app
