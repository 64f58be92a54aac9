// Small languages inside requests; the first byte chooses: regular expressions, dates, paths into a
// payload, ids, tokens of a text, payload edits.
#include "base/uuid.h"
#include "fuzz/support/fuzz.h"
#include "index/payload/text/tokenizer.h"
#include "model/datetime.h"
#include "model/geo.h"
#include "model/json_path.h"
#include "model/payload_edit.h"
#include "model/point_id.h"
#include "query/filter/regex.h"
#include "query/filter/regex_translate.h"

namespace alidade::fuzz {
namespace {

void regex(std::string_view text) {
  const std::string pattern(text.substr(0, 256));
  const auto translated = query::translate_regex(pattern);
  fuzz::require_code(translated.status(), {StatusCode::kInvalidArgument});
  const auto compiled = query::Regex::compile(pattern);
  fuzz::require_code(compiled.status(), {StatusCode::kInvalidArgument});
  if (!compiled.ok()) return;
  for (const char* subject :
       {"", "the quick brown fox", "aaaaaaaaaaaaaaaaaaaaaaaa!", "naïve Straße 日本"}) {
    fuzz::require_code((*compiled)->search(subject).status(), {StatusCode::kResourceExhausted});
  }
}

void json_path(std::string_view text) {
  const auto path = model::JsonPath::parse(text);
  if (!path) return;
  const auto again = model::JsonPath::parse(path->to_string());
  fuzz::require(again && *again == *path, "a path reads back from its text", path->to_string());
  static const auto value =
      *base::json::parse(R"({"a":[{"b":[1,[2]]},{"b":null}],"c d":{"e":{}},"":1})");
  (void)model::values_at(value, *path);
}

void ids(std::string_view text) {
  if (const auto uuid = base::Uuid::parse(text)) {
    const auto again = base::Uuid::parse_canonical(uuid->to_string());
    fuzz::require(again && *again == *uuid, "a UUID reads back from its text");
  }
  if (text.empty()) return;
  const auto id = model::point_id_from_text(text);
  fuzz::require(model::text_of_point(id.id, id.original) == text, "a record keeps its name");
}

void tokens(std::string_view text) {
  static const index::Tokenizer kTokenizers[] = {
      index::Tokenizer(base::json::Value()),
      index::Tokenizer(*base::json::parse(
          R"({"type":"text","tokenizer":"prefix","min_token_len":1,"max_token_len":9})")),
      index::Tokenizer(
          *base::json::parse(R"({"type":"text","tokenizer":"whitespace","lowercase":false})")),
      index::Tokenizer(
          *base::json::parse(R"({"type":"text","tokenizer":"multilingual","ascii_folding":true})")),
      index::Tokenizer(*base::json::parse(
          R"({"type":"text","stemmer":{"type":"snowball","language":"english"},"stopwords":"english"})")),
  };
  for (const auto& tokenizer : kTokenizers) {
    (void)tokenizer.document_tokens(text);
    (void)tokenizer.query_tokens(text);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input in(data, size);
  const unsigned choice = in.byte() % 5;
  const std::string_view text = in.rest_text();
  switch (choice) {
    case 0:
      regex(text);
      break;
    case 1:
      (void)model::parse_datetime_us(text);
      break;
    case 2:
      json_path(text);
      break;
    case 3:
      ids(text);
      break;
    default:
      tokens(text);
      break;
  }
  return 0;
}

}  // namespace alidade::fuzz
