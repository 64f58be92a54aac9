#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/json.h"

namespace alidade::index {

/// Cuts texts into tokens as the parameters of a text index say. Constant after construction.
class Tokenizer {
 public:
  /// @param params the index' parameters object, or null for the defaults.
  explicit Tokenizer(const base::json::Value& params);

  /// The tokens of a stored text, in order. The prefix tokenizer gives every beginning of a word.
  std::vector<std::string> document_tokens(std::string_view text) const;
  /// The tokens to look for; of the beginnings of a word only the longest.
  std::vector<std::string> query_tokens(std::string_view text) const;

 private:
  enum class Kind { kWord, kWhitespace, kPrefix, kMultilingual };
  enum class Purpose { kDocument, kQuery };

  std::vector<std::string> tokens(std::string_view text, Purpose purpose) const;
  void add_word(const std::u32string& word, Purpose purpose, std::vector<std::string>& out) const;
  void add_prefixes(const std::u32string& word, Purpose purpose, std::vector<std::string>& out) const;

  Kind kind_ = Kind::kWord;
  bool lowercase_ = true;
  bool fold_ = false;
  std::size_t length_min_ = 0;
  std::size_t length_max_ = SIZE_MAX;
  std::unordered_set<std::string> stopwords_;
  std::string stemmer_language_;  // "" = words stay as they are.
};

}  // namespace alidade::index
