// Full text without an index: whole words in any case, cut as a text index with default parameters
// cuts them. What is asked must stand in one text; those of a list are not joined, as an index does.
#include <memory>

#include "index/payload/text/token_match.h"
#include "index/payload/text/tokenizer.h"
#include "index/payload/values.h"
#include "query/filter/node.h"

namespace alidade::query {

using base::json::Value;

ValueTest make_test(const model::MatchText& test) {
  const auto tokenizer = std::make_shared<const index::Tokenizer>(Value());
  const std::vector<std::string> words = tokenizer->query_tokens(test.text);
  if (words.empty()) return [](const std::vector<const Value*>&) { return false; };
  return [tokenizer, words, mode = test.mode](const std::vector<const Value*>& values) {
    return index::any_element(values, [&](const Value& value) {
      return value.is_string() &&
             index::tokens_match(tokenizer->document_tokens(value.as_string()), words, mode);
    });
  };
}

}  // namespace alidade::query
