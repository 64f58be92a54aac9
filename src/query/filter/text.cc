// Full text without an index: substrings, case-sensitive.
#include "index/payload/values.h"
#include "query/filter/node.h"

namespace alidade::query {
namespace {

using base::json::Value;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text + ' ') {
    if (!is_space(c)) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  return words;
}

}  // namespace

ValueTest make_test(const model::MatchText& test) {
  // The whole text for `text` and `phrase`, each word for `text_any`.
  const bool any_word = test.mode == model::MatchText::Mode::kAny;
  const std::vector<std::string> needles = any_word ? words_of(test.text) : std::vector{test.text};
  return [needles](const std::vector<const Value*>& values) {
    return index::any_element(values, [&](const Value& value) {
      if (!value.is_string()) return false;
      for (const std::string& needle : needles) {
        if (value.as_string().find(needle) != std::string::npos) return true;
      }
      return false;
    });
  };
}

}  // namespace alidade::query
