#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "model/filter.h"

namespace alidade::index {

/// Whether the phrase stands somewhere in the document.
template <typename Token>
bool holds_phrase(const std::vector<Token>& document, const std::vector<Token>& phrase) {
  return std::search(document.begin(), document.end(), phrase.begin(), phrase.end()) !=
         document.end();
}

/// Whether a document, cut into tokens, holds what the query's tokens ask for.
inline bool tokens_match(const std::vector<std::string>& document,
                         const std::vector<std::string>& query,
                         model::MatchText::Mode mode) {
  using Mode = model::MatchText::Mode;
  const auto holds = [&](const std::string& token) {
    return std::find(document.begin(), document.end(), token) != document.end();
  };
  switch (mode) {
    case Mode::kAll: return std::all_of(query.begin(), query.end(), holds);
    case Mode::kAny: return std::any_of(query.begin(), query.end(), holds);
    case Mode::kPhrase: return holds_phrase(document, query);
  }
  return false;
}

}  // namespace alidade::index
