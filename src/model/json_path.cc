#include "model/json_path.h"

#include <charconv>

namespace alidade::model {
namespace {

using base::json::Value;

// Letters beyond ASCII are taken as they are: every byte of a multi-byte character is >= 0x80.
bool is_key_char(char c) {
  const auto u = static_cast<unsigned char>(c);
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || u >= 0x80;
}

// Reads one key at `at`, quoted or plain. @return false when there is none.
bool read_key(std::string_view text, std::size_t& at, std::string& key) {
  if (at < text.size() && text[at] == '"') {
    const std::size_t close = text.find('"', at + 1);
    if (close == std::string_view::npos) return false;
    key = text.substr(at + 1, close - at - 1);
    at = close + 1;
    return true;
  }
  const std::size_t start = at;
  while (at < text.size() && is_key_char(text[at])) ++at;
  key = text.substr(start, at - start);
  return at > start;
}

// Reads `[]` or `[n]` at `at`.
bool read_bracket(std::string_view text, std::size_t& at, JsonPath::Step& step) {
  const std::size_t close = text.find(']', at);
  if (close == std::string_view::npos) return false;
  const std::string_view inside = text.substr(at + 1, close - at - 1);
  at = close + 1;
  if (inside.empty()) {
    step = JsonPath::AnyElement{};
    return true;
  }
  std::uint64_t index = 0;
  const auto [end, error] = std::from_chars(inside.data(), inside.data() + inside.size(), index);
  step = JsonPath::Element{index};
  return error == std::errc() && end == inside.data() + inside.size();
}

std::size_t visit_from(const Value& value,
                       const std::vector<JsonPath::Step>& steps,
                       std::size_t at,
                       const std::function<void(const Value&)>& visit) {
  if (at == steps.size()) {
    visit(value);
    return 1;
  }
  const JsonPath::Step& step = steps[at];
  if (const auto* key = std::get_if<std::string>(&step)) {
    const Value* member = value.find(*key);
    return member == nullptr ? 0 : visit_from(*member, steps, at + 1, visit);
  }
  if (!value.is_array()) return 0;
  const auto& array = value.as_array();
  if (const auto* element = std::get_if<JsonPath::Element>(&step)) {
    if (element->index >= array.size()) return 0;
    return visit_from(array[element->index], steps, at + 1, visit);
  }
  std::size_t reached = 0;
  for (const Value& item : array) reached += visit_from(item, steps, at + 1, visit);
  return reached;
}

}  // namespace

std::optional<JsonPath> JsonPath::parse(std::string_view text) {
  JsonPath path;
  std::size_t at = 0;
  while (true) {
    std::string key;
    if (!read_key(text, at, key)) return std::nullopt;
    path.steps.emplace_back(std::move(key));
    while (at < text.size() && text[at] == '[') {
      Step step;
      if (!read_bracket(text, at, step)) return std::nullopt;
      path.steps.push_back(std::move(step));
    }
    if (at == text.size()) return path;
    if (text[at] != '.') return std::nullopt;
    ++at;
  }
}

std::string JsonPath::to_string() const {
  std::string text;
  for (const Step& step : steps) {
    if (const auto* key = std::get_if<std::string>(&step)) {
      if (!text.empty()) text += '.';
      bool plain = !key->empty();
      for (const char c : *key) plain = plain && is_key_char(c);
      text += plain ? *key : '"' + *key + '"';
    } else if (const auto* element = std::get_if<Element>(&step)) {
      text += '[' + std::to_string(element->index) + ']';
    } else {
      text += "[]";
    }
  }
  return text;
}

std::size_t visit_path(const Value& root,
                       const JsonPath& path,
                       const std::function<void(const Value&)>& visit) {
  return visit_from(root, path.steps, 0, visit);
}

std::vector<const Value*> values_at(const Value& root, const JsonPath& path) {
  std::vector<const Value*> values;
  visit_path(root, path, [&](const Value& value) { values.push_back(&value); });
  return values;
}

}  // namespace alidade::model
