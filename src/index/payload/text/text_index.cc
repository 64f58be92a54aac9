#include "index/payload/text/text_index.h"

#include <algorithm>

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
      : FieldIndex(std::move(path), std::move(schema)),
        tokenizer_(std::make_shared<const Tokenizer>(this->schema().params)) {
    const Value* phrases = this->schema().params.find("phrase_matching");
    phrase_matching_ = phrases != nullptr && phrases->is_bool() && phrases->as_bool();
  }
  std::unique_ptr<FieldIndex> clone() const override { return std::make_unique<TextIndex>(*this); }

 protected:
  bool add_value(std::uint32_t row, const Value& value) override {
    if (!value.is_string()) return false;
    const Tokens tokens = tokenizer_->document_tokens(value.as_string());
    for (const std::string& token : tokens) postings_.add(token, row);
    if (phrase_matching_) {
      Document document = documents_.find(row) == nullptr ? Document() : **documents_.find(row);
      for (const std::string& token : tokens) document.push_back(number_of(token));
      documents_.write_or_insert(row) = base::Cow<Document>(std::move(document));
    }
    return true;
  }

  void remove_value(std::uint32_t row, const Value& value) override {
    if (!value.is_string()) return;
    for (const std::string& token : tokenizer_->document_tokens(value.as_string())) {
      postings_.remove(token, row);
    }
    documents_.erase(row);  // All texts of the row go together.
  }

  std::optional<FieldMatcher> type_matcher(const model::FieldTest& test) const override {
    const auto* match = std::get_if<model::MatchText>(&test);
    if (match == nullptr) return std::nullopt;
    Tokens query = tokenizer_->query_tokens(match->text);
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
    documents_.for_each([&](std::uint32_t row, const base::Cow<Document>& document) {
      out.put(row);
      out.put(static_cast<std::uint32_t>(document->size()));
      for (const std::uint32_t number : *document) out.put_text(*token_names[number]);
    });
  }

  Status read_values(base::ByteReader& in) override {
    ALD_RETURN_IF_ERROR(postings_.read(in));
    ALD_ASSIGN(const auto count, in.get<std::uint64_t>());
    for (std::uint64_t i = 0; i < count; ++i) {
      ALD_ASSIGN(const auto row, in.get<std::uint32_t>());
      ALD_ASSIGN(const auto size, in.get<std::uint32_t>());
      Document document;
      for (std::uint32_t t = 0; t < size; ++t) {
        ALD_ASSIGN(const auto token, in.get_text());
        document.push_back(number_of(token));
      }
      documents_.write_or_insert(row) = base::Cow<Document>(std::move(document));
    }
    return {};
  }

  void take_renumbered_values(const FieldIndex& from, const base::RowMap& rows) override {
    const auto& other = static_cast<const TextIndex&>(from);
    postings_ = other.postings_.renumbered(rows);
    const std::vector<const std::string*> names = other.names();
    other.documents_.for_each([&](std::uint32_t row, const base::Cow<Document>& document) {
      if (rows[row] == base::RowMap::kGone) return;
      Document kept;
      for (const std::uint32_t number : *document) kept.push_back(number_of(*names[number]));
      documents_.write_or_insert(rows[row]) = base::Cow<Document>(std::move(kept));
    });
  }
  std::uint64_t value_bytes() const override {
    std::uint64_t bytes = postings_.memory_bytes() + documents_.memory_bytes() + numbers_.memory_bytes();
    documents_.for_each([&](std::uint32_t, const base::Cow<Document>& document) {
      bytes += sizeof(Document) + document->capacity() * sizeof(std::uint32_t);
    });
    return bytes + numbers_.size() * sizeof(std::string);
  }

 private:
  using Document = std::vector<std::uint32_t>;  // Numbers of its tokens, in order.

  /// Tokens by their numbers.
  std::vector<const std::string*> names() const {
    std::vector<const std::string*> names(numbers_.size());
    numbers_.for_each([&](const SharedText& token, std::uint32_t number) { names[number] = &*token; });
    return names;
  }

  std::uint32_t number_of(std::string_view token) {
    if (const std::uint32_t* known = numbers_.find(token)) return *known;
    const auto number = static_cast<std::uint32_t>(numbers_.size());
    numbers_.write_or_insert(token, [token] { return SharedText(std::string(token)); }) = number;
    return number;
  }

  Tokens document_of(const std::vector<const Value*>& values) const {
    Tokens document;
    for (const Value* value : values) {
      for_each_element(*value, [&](const Value& element) {
        if (!element.is_string()) return;
        for (std::string& token : tokenizer_->document_tokens(element.as_string())) {
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
      const std::uint32_t* number = numbers_.find(std::string_view(token));
      if (number == nullptr) return;
      phrase.push_back(*number);
    }
    for (const std::uint32_t row : all) {
      const auto* document = documents_.find(row);
      if (document != nullptr && holds_phrase(**document, phrase)) select_row(rows, row);
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

  std::shared_ptr<const Tokenizer> tokenizer_;
  bool phrase_matching_ = false;
  PostingMap<std::string> postings_;
  // With phrase_matching only: tokens by number, and each row's text as such numbers.
  base::CowMap<SharedText, std::uint32_t, SharedTextHash, SharedTextEqual> numbers_;
  base::CowMap<std::uint32_t, base::Cow<Document>> documents_;
};

}  // namespace

std::unique_ptr<FieldIndex> make_text_index(model::JsonPath path, model::FieldSchema schema) {
  return std::make_unique<TextIndex>(std::move(path), std::move(schema));
}

}  // namespace alidade::index
