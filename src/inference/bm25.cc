#include "inference/bm25.h"

#include <cmath>
#include <cstring>
#include <map>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "index/payload/text/stemmer.h"
#include "index/payload/text/stopwords.h"

namespace alidade::inference {
namespace {

using base::json::Value;

constexpr char kDefaultLanguage[] = "english";

Status bad_config(const std::string& what) {
  return invalid_argument(fmt::format("Invalid BM25 config: Error(\"{}\", line: 0, column: 0)", what));
}

Status wrong_type(const Value& value, const char* expected) {
  std::string given = "null";
  if (value.is_bool()) given = fmt::format("boolean `{}`", value.as_bool());
  if (value.is_int()) given = fmt::format("integer `{}`", value.as_int());
  if (value.is_double()) given = fmt::format("floating point `{}`", value.as_double());
  if (value.is_string()) given = fmt::format("string \\\"{}\\\"", value.as_string());
  if (value.is_array()) given = "sequence";
  if (value.is_object()) given = "map";
  return bad_config(fmt::format("invalid type: {}, expected {}", given, expected));
}

/// A member that was given and is not null.
const Value* given(const Value& options, const char* name) {
  const Value* value = options.is_object() ? options.find(name) : nullptr;
  return value == nullptr || value->is_null() ? nullptr : value;
}

Result<double> number(const Value& options, const char* name, double otherwise) {
  const Value* value = options.is_object() ? options.find(name) : nullptr;
  if (value == nullptr) return otherwise;
  if (!value->is_number()) return wrong_type(*value, "f64");
  return value->as_double();
}

Status check_text(const Value& options, const char* name) {
  const Value* value = given(options, name);
  return value == nullptr || value->is_string() ? Status() : wrong_type(*value, "a string");
}

Status check_flag(const Value& options, const char* name) {
  const Value* value = given(options, name);
  return value == nullptr || value->is_bool() ? Status() : wrong_type(*value, "a boolean");
}

Status check_length(const Value& options, const char* name) {
  const Value* value = given(options, name);
  if (value == nullptr || (value->is_int() && value->as_int() >= 0)) return {};
  return wrong_type(*value, "usize");
}

Status check_tokenizer(const Value& options) {
  const Value* value = given(options, "tokenizer");
  if (value == nullptr) return {};
  if (!value->is_string()) return wrong_type(*value, "string or map");
  for (const char* known : {"prefix", "whitespace", "word", "multilingual"}) {
    if (value->as_string() == known) return {};
  }
  return bad_config(fmt::format("unknown variant `{}`, expected one of `prefix`, `whitespace`, `word`, `multilingual`",
                                value->as_string()));
}

bool are_texts(const Value* list) {
  if (list == nullptr || list->is_null()) return true;
  if (!list->is_array()) return false;
  for (const Value& item : list->as_array()) {
    if (!item.is_string()) return false;
  }
  return true;
}

Status check_stopwords(const Value& options) {
  const Value* value = given(options, "stopwords");
  if (value == nullptr || value->is_string()) return {};
  const bool fits = value->is_object() && are_texts(value->find("languages")) && are_texts(value->find("custom"));
  return fits ? Status() : bad_config("data did not match any variant of untagged enum StopwordsInterface");
}

/// What cuts texts: the options, and what their language brings where they do not say otherwise.
Value tokenizer_params(const Value& options) {
  Value params{base::json::Object{}};
  for (const char* name : {"tokenizer", "lowercase", "ascii_folding", "min_token_len", "max_token_len", "stopwords", "stemmer"}) {
    if (const Value* value = given(options, name)) params.set(name, *value);
  }
  const Value* chosen = given(options, "language");
  const std::string language = chosen == nullptr ? kDefaultLanguage : chosen->as_string();
  if (params.find("stopwords") == nullptr && !index::stopwords_of(language).empty()) params.set("stopwords", language);
  if (params.find("stemmer") == nullptr && index::has_stemmer(language)) {
    Value stemmer;
    stemmer.set("type", "snowball");
    stemmer.set("language", language);
    params.set("stemmer", std::move(stemmer));
  }
  return params;
}

std::uint32_t rotated(std::uint32_t x, int bits) { return (x << bits) | (x >> (32 - bits)); }

}  // namespace

std::uint32_t term_number(std::string_view term) {
  constexpr std::uint32_t kFirst = 0xCC9E2D51, kSecond = 0x1B873593;
  std::uint32_t hash = 0;
  const auto mixed = [](std::uint32_t word) { return rotated(word * kFirst, 15) * kSecond; };
  std::size_t at = 0;
  for (; at + 4 <= term.size(); at += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, term.data() + at, 4);
    hash = rotated(hash ^ mixed(word), 13) * 5 + 0xE6546B64;
  }
  if (at < term.size()) {
    std::uint32_t word = 0;
    std::memcpy(&word, term.data() + at, term.size() - at);
    hash ^= mixed(word);
  }
  hash ^= static_cast<std::uint32_t>(term.size());
  hash = (hash ^ (hash >> 16)) * 0x85EBCA6B;
  hash = (hash ^ (hash >> 13)) * 0xC2B2AE35;
  hash ^= hash >> 16;
  return (hash >> 31) != 0 ? ~hash + 1 : hash;
}

Result<Bm25> Bm25::from_options(const Value& options) {
  ALD_ASSIGN(const double k, number(options, "k", 1.2));
  ALD_ASSIGN(const double b, number(options, "b", 0.75));
  ALD_ASSIGN(const double average_length, number(options, "avg_len", 256));
  ALD_RETURN_IF_ERROR(check_tokenizer(options));
  ALD_RETURN_IF_ERROR(check_text(options, "language"));
  ALD_RETURN_IF_ERROR(check_flag(options, "lowercase"));
  ALD_RETURN_IF_ERROR(check_flag(options, "ascii_folding"));
  ALD_RETURN_IF_ERROR(check_stopwords(options));
  ALD_RETURN_IF_ERROR(check_length(options, "min_token_len"));
  ALD_RETURN_IF_ERROR(check_length(options, "max_token_len"));
  if (!std::isfinite(k) || k < 0) return invalid_argument(fmt::format("BM25 k1 must be finite and >= 0, got {}", k));
  if (!(b >= 0 && b <= 1)) return invalid_argument(fmt::format("BM25 b must be finite and in [0.0, 1.0], got {}", b));
  if (!std::isfinite(average_length) || average_length <= 0) {
    return invalid_argument(fmt::format("BM25 avg_doc_len must be finite and > 0, got {}", average_length));
  }
  Bm25 made(tokenizer_params(options));
  made.k_ = k;
  made.b_ = b;
  made.average_length_ = average_length;
  return made;
}

model::SparseVector Bm25::document(std::string_view text) const {
  // Of the beginnings of a word only the longest counts, in documents as in queries (as with Qdrant).
  const auto terms = tokenizer_.query_tokens(text);
  std::map<std::uint32_t, double> counts;
  for (const std::string& term : terms) counts[term_number(term)] += 1;
  const double length = k_ * (1 - b_ + b_ * static_cast<double>(terms.size()) / average_length_);
  model::SparseVector vector;
  for (const auto& [number, count] : counts) {
    vector.indices.push_back(number);
    vector.values.push_back(static_cast<float>(count * (k_ + 1) / (count + length)));
  }
  return vector;
}

model::SparseVector Bm25::query(std::string_view text) const {
  std::map<std::uint32_t, float> terms;
  for (const std::string& term : tokenizer_.query_tokens(text)) terms[term_number(term)] = 1;
  model::SparseVector vector;
  for (const auto& [number, weight] : terms) {
    vector.indices.push_back(number);
    vector.values.push_back(weight);
  }
  return vector;
}

}  // namespace alidade::inference
