#include "index/payload/text/text_index.h"

#include <algorithm>
#include <unordered_map>

#include "index/payload/posting_map.h"
#include "index/payload/text/token_match.h"
#include "index/payload/text/tokenizer.h"
#include "index/payload/values.h"

namespace alidade::index {
namespace {

using base::json::Value;
using Mode = model::MatchText::Mode;
using Tokens = std::vector<std::string>;

class TextIndex final : public FieldIndex {
 public:
  TextIndex(model::JsonPath path, model::FieldSchema schema)
      : FieldIndex(std::move(path), std::move(schema)), tokenizer_(this->schema().params) {
    const Value* phrases = this->schema().params.find("phrase_matching");
    phrase_matching_ = phrases != nullptr && phrases->is_bool() && phrases->as_bool();
  }

 protected:
  bool add_value(std::uint32_t row, const Value& value) override {
    if (!value.is_string()) return false;
    const Tokens tokens = tokenizer_.document_tokens(value.as_string());
    for (const std::string& token : tokens) postings_.add(token, row);
    if (phrase_matching_) {
      auto& document = documents_[row];
      for (const std::string& token : tokens) document.push_back(number_of(token));
    }
    return true;
  }

  void remove_value(std::uint32_t row, const Value& value) override {
    if (!value.is_string()) return;
    for (const std::string& token : tokenizer_.document_tokens(value.as_string())) {
      postings_.remove(token, row);
    }
    documents_.erase(row);  // All texts of the row go together.
  }

  std::optional<FieldMatcher> type_matcher(const model::FieldTest& test) const override {
    const auto* match = std::get_if<model::MatchText>(&test);
    if (match == nullptr) return std::nullopt;
    Tokens query = tokenizer_.query_tokens(match->text);
    const Mode mode = match->mode;
    if (query.empty() || (mode == Mode::kPhrase && !phrase_matching_)) {
      return FieldMatcher{[](base::Bitset&) {}, [](const auto&) { return false; }};
    }
    return FieldMatcher{[this, query, mode](base::Bitset& rows) { select(query, mode, rows); },
                        [this, query, mode](const std::vector<const Value*>& values) {
                          return tokens_match(document_of(values), query, mode);
                        }};
  }

  // The phrases are rebuilt from what is written per row; numbers of tokens are not kept.
  void write_values(base::ByteWriter& out) const override {
    postings_.write(out);
    out.put(static_cast<std::uint64_t>(documents_.size()));
    const std::vector<const std::string*> token_names = names();
    for (const auto& [row, document] : documents_) {
      out.put(row);
      out.put(static_cast<std::uint32_t>(document.size()));
      for (const std::uint32_t number : document) out.put_text(*token_names[number]);
    }
  }

  Status read_values(base::ByteReader& in) override {
    ALD_RETURN_IF_ERROR(postings_.read(in));
    ALD_ASSIGN(const auto count, in.get<std::uint64_t>());
    for (std::uint64_t i = 0; i < count; ++i) {
      ALD_ASSIGN(const auto row, in.get<std::uint32_t>());
      ALD_ASSIGN(const auto size, in.get<std::uint32_t>());
      auto& document = documents_[row];
      for (std::uint32_t t = 0; t < size; ++t) {
        ALD_ASSIGN(const auto token, in.get_text());
        document.push_back(number_of(std::string(token)));
      }
    }
    return {};
  }

  void take_renumbered_values(const FieldIndex& from, const base::RowMap& rows) override {
    const auto& other = static_cast<const TextIndex&>(from);
    postings_ = other.postings_.renumbered(rows);
    const std::vector<const std::string*> names = other.names();
    for (const auto& [row, document] : other.documents_) {
      if (rows[row] == base::RowMap::kGone) continue;
      auto& kept = documents_[rows[row]];
      for (const std::uint32_t number : document) kept.push_back(number_of(*names[number]));
    }
  }
  std::uint64_t value_bytes() const override {
    std::uint64_t bytes = postings_.memory_bytes();
    for (const auto& [row, document] : documents_) bytes += 48 + document.capacity() * 4;
    return bytes + numbers_.size() * 64;
  }

 private:
  /// Tokens by their numbers.
  std::vector<const std::string*> names() const {
    std::vector<const std::string*> names(numbers_.size());
    for (const auto& [token, number] : numbers_) names[number] = &token;
    return names;
  }

  std::uint32_t number_of(const std::string& token) {
    return numbers_.try_emplace(token, static_cast<std::uint32_t>(numbers_.size())).first->second;
  }

  Tokens document_of(const std::vector<const Value*>& values) const {
    Tokens document;
    for (const Value* value : values) {
      for_each_element(*value, [&](const Value& element) {
        if (!element.is_string()) return;
        for (std::string& token : tokenizer_.document_tokens(element.as_string())) {
          document.push_back(std::move(token));
        }
      });
    }
    return document;
  }

  void select(const Tokens& query, Mode mode, base::Bitset& rows) const {
    if (mode == Mode::kAny) {
      select_any(postings_, query, rows);
      return;
    }
    const std::vector<std::uint32_t> all = rows_with_all(query);
    if (mode == Mode::kAll) {
      for (const std::uint32_t row : all) select_row(rows, row);
      return;
    }
    std::vector<std::uint32_t> phrase;
    for (const std::string& token : query) {
      const auto number = numbers_.find(token);
      if (number == numbers_.end()) return;
      phrase.push_back(number->second);
    }
    for (const std::uint32_t row : all) {
      const auto document = documents_.find(row);
      if (document != documents_.end() && holds_phrase(document->second, phrase)) select_row(rows, row);
    }
  }

  std::vector<std::uint32_t> rows_with_all(const Tokens& query) const {
    std::vector<const Posting*> postings;
    for (const std::string& token : query) {
      const Posting* posting = postings_.find(token);
      if (posting == nullptr) return {};
      postings.push_back(posting);
    }
    // Rarest first: every further step is bounded by what is left.
    std::sort(postings.begin(), postings.end(),
              [](const Posting* a, const Posting* b) { return a->size() < b->size(); });
    std::vector<std::uint32_t> common;
    common.reserve(postings.front()->size());
    postings.front()->for_each([&](std::uint32_t row) { common.push_back(row); });
    for (std::size_t i = 1; i < postings.size(); ++i) {
      std::erase_if(common, [&](std::uint32_t row) { return !postings[i]->contains(row); });
    }
    return common;
  }

  const Tokenizer tokenizer_;
  bool phrase_matching_ = false;
  PostingMap<std::string> postings_;
  // With phrase_matching only: tokens by number, and each row's text as such numbers.
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> documents_;
};

}  // namespace

std::unique_ptr<FieldIndex> make_text_index(model::JsonPath path, model::FieldSchema schema) {
  return std::make_unique<TextIndex>(std::move(path), std::move(schema));
}

}  // namespace alidade::index
