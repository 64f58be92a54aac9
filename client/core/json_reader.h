#pragma once

#include <simdjson.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "alidade/client/json.h"

/// Reading answers with simdjson. Included by few translation units: its header is a large one.
namespace alidade::client::inline v0::core {

/// A parsed answer. The elements point into it.
class Document {
 public:
  /// @return kBadAnswer when the text is no JSON.
  static Result<Document> parse(std::string_view text);

  simdjson::dom::element root() const { return root_; }

 private:
  std::unique_ptr<simdjson::dom::parser> parser_;
  simdjson::dom::element root_;
};

/// The element as a value of ours. @return kBadAnswer when it nests deeper than 127 levels.
Result<Json> to_json(simdjson::dom::element element);

/// An error that says what an answer was expected to hold.
Error bad_answer(std::string message);

}  // namespace alidade::client::inline v0::core
