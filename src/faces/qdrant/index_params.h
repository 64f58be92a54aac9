#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "faces/contract/type.h"
#include "model/payload_schema.h"
#include "model/settings.h"

namespace alidade::faces::qdrant {

enum class TokenizerKind : std::uint8_t { kPrefix, kWhitespace, kWord, kMultilingual };

/// Words that a text index leaves out: those of languages and others.
struct Stopwords {
  bool is_one_language = false;  ///< As it was given: a word, not an object.
  std::optional<std::vector<std::string>> languages = {};
  std::optional<std::vector<std::string>> custom = {};
};

struct Stemmer {
  std::optional<std::string> language = {};  ///< Of snowball; nullopt = none.
};

/// The parameters of a payload index, of all types together; each type has a table of those it knows.
struct IndexParams {
  model::FieldType type = model::FieldType::kKeyword;
  std::optional<bool> is_tenant = {}, is_principal = {}, lookup = {}, range = {}, prefix = {};
  std::optional<bool> on_disk = {}, enable_hnsw = {};
  std::optional<model::MemoryPlacement> memory = {};
  std::optional<TokenizerKind> tokenizer = {};
  std::optional<std::uint64_t> min_token_len = {}, max_token_len = {};
  std::optional<bool> lowercase = {}, ascii_folding = {}, phrase_matching = {};
  std::optional<Stopwords> stopwords = {};
  std::optional<Stemmer> stemmer = {};
};

/// The parameters of any type.
extern const contract::UnionOf<IndexParams> kIndexParams;
/// The table of one type.
const contract::ObjectOf<IndexParams>& index_params_of(model::FieldType type);

/// Words of the languages that have stop words and stemmers, as JSON names them.
extern const std::span<const std::string_view> kStopwordLanguages;
extern const std::span<const std::string_view> kStemmerLanguages;

}  // namespace alidade::faces::qdrant
