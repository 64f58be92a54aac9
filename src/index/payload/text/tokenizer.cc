#include "index/payload/text/tokenizer.h"

#include <utf8proc.h>

#include <algorithm>

#include "index/payload/text/stemmer.h"
#include "index/payload/text/stopwords.h"

namespace alidade::index {
namespace {

using base::json::Value;

std::u32string decode(std::string_view text) {
  std::u32string points;
  points.reserve(text.size());
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  auto left = static_cast<utf8proc_ssize_t>(text.size());
  while (left > 0) {
    utf8proc_int32_t point = 0;
    utf8proc_ssize_t used = utf8proc_iterate(at, left, &point);
    if (used <= 0) {  // Not UTF-8: cannot come from JSON; a separator then.
      point = ' ';
      used = 1;
    }
    points.push_back(static_cast<char32_t>(point));
    at += used;
    left -= used;
  }
  return points;
}

void encode(char32_t point, std::string& out) {
  utf8proc_uint8_t bytes[4];
  const auto size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(point), bytes);
  out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

std::string encode(std::u32string_view points) {
  std::string text;
  for (const char32_t point : points) encode(point, text);
  return text;
}

// Letters and numbers of any script, and the vowel signs that spell words in the Indic ones.
bool is_word_char(char32_t point) {
  if (point < 128) return (point | 32) - 'a' < 26 || point - '0' < 10;
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(point));
  return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LL ||
         category == UTF8PROC_CATEGORY_LT || category == UTF8PROC_CATEGORY_LM ||
         category == UTF8PROC_CATEGORY_LO || category == UTF8PROC_CATEGORY_MC ||
         category == UTF8PROC_CATEGORY_ND || category == UTF8PROC_CATEGORY_NL ||
         category == UTF8PROC_CATEGORY_NO;
}

bool is_space(char32_t point) {
  if (point < 128) return point == ' ' || (point >= 9 && point <= 13);
  return point == 0x85 || (point >= 0x2000 && point <= 0x200A) || point == 0xA0 || point == 0x1680 ||
         point == 0x2028 || point == 0x2029 || point == 0x202F || point == 0x205F || point == 0x3000;
}

// Scripts written without spaces: a change from one to another ends a word.
enum class Script { kOther, kHan, kHiragana, kKatakana };
Script script_of(char32_t point) {
  if (point >= 0x3040 && point <= 0x309F) return Script::kHiragana;
  if (point >= 0x30A0 && point <= 0x30FF) return Script::kKatakana;
  if ((point >= 0x3400 && point <= 0x9FFF) || (point >= 0x20000 && point <= 0x2FFFF)) {
    return Script::kHan;
  }
  return Script::kOther;
}

// Letters that do not come apart into an ASCII letter and a mark.
std::string_view folded_letter(char32_t point) {
  switch (point) {
    case U'ß': return "ss";
    case U'ẞ': return "SS";
    case U'æ': return "ae";
    case U'Æ': return "AE";
    case U'œ': return "oe";
    case U'Œ': return "OE";
    case U'ø': return "o";
    case U'Ø': return "O";
    case U'đ':
    case U'ð': return "d";
    case U'Đ':
    case U'Ð': return "D";
    case U'ł': return "l";
    case U'Ł': return "L";
    case U'þ': return "th";
    case U'Þ': return "TH";
    case U'ħ': return "h";
    case U'Ħ': return "H";
    case U'ı': return "i";
    default: return {};
  }
}

// ASCII letters for letters with marks; what has no ASCII form stays.
void fold(char32_t point, std::u32string& out) {
  if (point < 128) {
    out.push_back(point);
    return;
  }
  if (const std::string_view letters = folded_letter(point); !letters.empty()) {
    for (const char c : letters) out.push_back(static_cast<char32_t>(c));
    return;
  }
  utf8proc_int32_t parts[16];
  int boundary = 0;
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
                                                      UTF8PROC_STRIPMARK);
  const auto count = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(point), parts, 16, options,
                                             &boundary);
  const bool ascii = count >= 0 && count <= 16 &&
                     std::all_of(parts, parts + count, [](auto part) { return part < 128; });
  if (!ascii) {
    out.push_back(point);
    return;
  }
  for (utf8proc_ssize_t i = 0; i < count; ++i) out.push_back(static_cast<char32_t>(parts[i]));
}

bool flag(const Value& params, std::string_view name, bool otherwise) {
  const Value* value = params.find(name);
  return value != nullptr && value->is_bool() ? value->as_bool() : otherwise;
}

std::size_t length(const Value& params, std::string_view name, std::size_t otherwise) {
  const Value* value = params.find(name);
  if (value == nullptr || !value->is_int() || value->as_int() < 0) return otherwise;
  return static_cast<std::size_t>(value->as_int());
}

void add_language(const Value& name, std::unordered_set<std::string>& stopwords) {
  if (!name.is_string()) return;
  for (const std::string_view word : stopwords_of(name.as_string())) stopwords.emplace(word);
}

// A language name, or {"languages": [...], "custom": [...]}.
std::unordered_set<std::string> read_stopwords(const Value* value) {
  std::unordered_set<std::string> stopwords;
  if (value == nullptr) return stopwords;
  add_language(*value, stopwords);
  if (const Value* languages = value->find("languages"); languages && languages->is_array()) {
    for (const Value& language : languages->as_array()) add_language(language, stopwords);
  }
  if (const Value* custom = value->find("custom"); custom && custom->is_array()) {
    for (const Value& word : custom->as_array()) {
      if (word.is_string()) stopwords.insert(word.as_string());
    }
  }
  return stopwords;
}

// {"type": "snowball", "language": "english"}; {"type": "none"} is none.
std::string read_stemmer(const Value* value) {
  const Value* language = value == nullptr ? nullptr : value->find("language");
  if (language == nullptr || !language->is_string()) return "";
  return has_stemmer(language->as_string()) ? language->as_string() : "";
}

}  // namespace

Tokenizer::Tokenizer(const Value& params) {
  const Value* tokenizer = params.find("tokenizer");
  const std::string name = tokenizer != nullptr && tokenizer->is_string() ? tokenizer->as_string() : "";
  if (name == "whitespace") kind_ = Kind::kWhitespace;
  if (name == "prefix") kind_ = Kind::kPrefix;
  if (name == "multilingual") kind_ = Kind::kMultilingual;
  lowercase_ = flag(params, "lowercase", true);
  // The multilingual tokenizer sees through marks by itself.
  fold_ = flag(params, "ascii_folding", kind_ == Kind::kMultilingual);
  length_min_ = length(params, "min_token_len", 0);
  length_max_ = length(params, "max_token_len", SIZE_MAX);
  stopwords_ = read_stopwords(params.find("stopwords"));
  stemmer_language_ = read_stemmer(params.find("stemmer"));
}

std::vector<std::string> Tokenizer::document_tokens(std::string_view text) const {
  return tokens(text, Purpose::kDocument);
}

std::vector<std::string> Tokenizer::query_tokens(std::string_view text) const {
  return tokens(text, Purpose::kQuery);
}

std::vector<std::string> Tokenizer::tokens(std::string_view text, Purpose purpose) const {
  std::vector<std::string> out;
  std::u32string word;
  Script script = Script::kOther;
  const auto finish = [&] {
    if (!word.empty()) add_word(word, purpose, out);
    word.clear();
  };
  for (const char32_t point : decode(text)) {
    const bool inside = kind_ == Kind::kWhitespace ? !is_space(point) : is_word_char(point);
    if (kind_ == Kind::kMultilingual && inside && script_of(point) != script) {
      finish();
      script = script_of(point);
    }
    if (inside) {
      word.push_back(point);
    } else {
      finish();
    }
  }
  finish();
  return out;
}

void Tokenizer::add_word(const std::u32string& word,
                         Purpose purpose,
                         std::vector<std::string>& out) const {
  std::u32string token;
  for (const char32_t point : word) {
    const auto lower = lowercase_ ? static_cast<char32_t>(utf8proc_tolower(
                                        static_cast<utf8proc_int32_t>(point)))
                                  : point;
    if (fold_) {
      fold(lower, token);
    } else {
      token.push_back(lower);
    }
  }
  if (!stopwords_.empty() && stopwords_.contains(encode(token))) return;
  if (!stemmer_language_.empty()) token = decode(stem(stemmer_language_, encode(token)));
  if (kind_ == Kind::kPrefix) {
    add_prefixes(token, purpose, out);
  } else if (token.size() >= length_min_ && token.size() <= length_max_) {
    out.push_back(encode(token));
  }
}

void Tokenizer::add_prefixes(const std::u32string& word,
                             Purpose purpose,
                             std::vector<std::string>& out) const {
  const std::size_t shortest = std::max<std::size_t>(length_min_, 1);
  const std::size_t longest = std::min(word.size(), length_max_);
  if (longest < shortest) return;
  const std::size_t from = purpose == Purpose::kQuery ? longest : shortest;
  for (std::size_t size = from; size <= longest; ++size) {
    out.push_back(encode(std::u32string_view(word).substr(0, size)));
  }
}

}  // namespace alidade::index
