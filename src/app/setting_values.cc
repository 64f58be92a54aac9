#include "app/setting_values.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>

namespace alidade::app {
namespace {

constexpr std::uint64_t kMaxThreads = 1024;
constexpr std::uint64_t kMaxRequestSizeMb = 4096;
constexpr std::uint64_t kMaxPendingMb = std::uint64_t{1} << 20;

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// The next item of a list, up to a comma or the end: a plain word, or one in single or double quotes.
/// Nothing when it is empty, its quotes do not close or it is a list itself.
std::optional<std::string_view> take_item(std::string_view& text) {
  text = trim(text);
  if (text.empty() || text.front() == '[' || text.front() == '{') return std::nullopt;
  std::string_view item;
  if (const char quote = text.front(); quote == '"' || quote == '\'') {
    const std::size_t end = text.find(quote, 1);
    if (end == std::string_view::npos) return std::nullopt;
    item = text.substr(1, end - 1);
    text = trim(text.substr(end + 1));
  } else {
    item = trim(text.substr(0, text.find(',')));
    text.remove_prefix(std::min(text.find(','), text.size()));
  }
  const bool ends_well = text.empty() || text.front() == ',';
  if (!ends_well || item.empty() || item.find_first_of("\"'\\") != std::string_view::npos) return std::nullopt;
  return item;
}

}  // namespace

std::string parse_value(std::string_view text, std::string& out) {
  out = text;
  return "";
}

std::string parse_value(std::string_view text, OptionalText& out) {
  out = std::string(text);
  return "";
}

std::string parse_value(std::string_view text, Port& out) {
  const std::string word = lower_case(text);
  if (word == "off" || word == "null") {
    out.reset();
    return "";
  }
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) {
    return "a port from 0 to 65535, or off";
  }
  out = port;
  return "";
}

std::string parse_value(std::string_view text, bool& out) {
  const std::string word = lower_case(text);
  out = word == "true" || word == "yes" || word == "on" || word == "1";
  if (out || word == "false" || word == "no" || word == "off" || word == "0") return "";
  return "true or false";
}

std::string parse_value(std::string_view text, std::uint64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return "a whole number from 0 on";
  return "";
}

std::string parse_value(std::string_view text, TextList& out) {
  constexpr char kExpected[] = "a list: a,b or [\"a\", \"b\"]";
  out.clear();
  text = trim(text);
  const bool has_brackets = text.starts_with('[');
  if (!has_brackets && text.empty()) return "";
  if (has_brackets) {
    if (text.size() < 2 || !text.ends_with(']')) return kExpected;
    text = trim(text.substr(1, text.size() - 2));
    if (text.empty()) return "";
  }
  while (true) {
    const auto item = take_item(text);
    if (!item) return kExpected;
    out.emplace_back(*item);
    if (text.empty()) return "";
    text.remove_prefix(1);  // The comma.
    if (trim(text).empty()) return "";
  }
}

std::string is_not_empty(const std::string& value) { return value.empty() ? "some text" : ""; }

std::string is_key(const OptionalText& value) {
  // An empty variable in a deployment file must never open the door.
  if (value && value->empty()) return "a key that is not empty (leave it out to run without one)";
  return "";
}

std::string is_request_size(std::uint64_t value) {
  return value >= 1 && value <= kMaxRequestSizeMb ? "" : "a number from 1 to 4096";
}

std::string is_pending_size(std::uint64_t value) {
  return value >= 1 && value <= kMaxPendingMb ? "" : "a number from 1 to 1048576";
}

std::string is_positive(std::uint64_t value) { return value >= 1 ? "" : "a number from 1 on"; }

std::string is_thread_count(std::uint64_t value) {
  return value <= kMaxThreads ? "" : "a number from 0 to 1024";
}

std::string is_log_level(std::string& value) {
  static constexpr std::array<std::string_view, 6> kLevels = {"trace", "debug", "info",
                                                              "warn",  "error", "off"};
  // Qdrant's value may be a filter ("INFO,actix=warn"): its first word is the general level.
  std::string level = lower_case(value.substr(0, value.find(',')));
  if (level == "warning") level = "warn";
  if (std::find(kLevels.begin(), kLevels.end(), level) == kLevels.end()) {
    return "trace, debug, info, warn, error or off";
  }
  value = level;
  return "";
}

}  // namespace alidade::app
