#include "index/payload/keyword/keyword_index.h"

#include <algorithm>

#include "index/payload/posting_map.h"
#include "index/payload/values.h"

namespace alidade::index {
namespace {

using base::json::Value;

// The strings of a list of match operands; nullopt when one is no string.
std::optional<std::vector<std::string>> strings_of(const std::vector<model::MatchScalar>& values) {
  std::vector<std::string> strings;
  for (const auto& value : values) {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) return std::nullopt;
    strings.push_back(*text);
  }
  return strings;
}

class KeywordIndex final : public FieldIndex {
 public:
  using FieldIndex::FieldIndex;
  std::unique_ptr<FieldIndex> clone() const override { return std::make_unique<KeywordIndex>(*this); }

  bool can_facet() const override { return true; }
  Result<std::vector<FacetCount>> facet(const base::Bitset& rows,
                                        const observe::OpContext& context) const override {
    std::vector<FacetCount> counts;
    FacetPulse pulse(context);
    values_.for_each([&](const std::string& value, const Posting& posting) {
      if (!pulse.next(posting.size())) return;
      if (const auto count = posting.count(rows); count > 0) counts.push_back({value, count});
    });
    ALD_RETURN_IF_ERROR(pulse.status());
    return counts;
  }

 protected:
  bool add_value(std::uint32_t row, const Value& value) override {
    if (!value.is_string()) return false;
    values_.add(value.as_string(), row);
    return true;
  }
  void remove_value(std::uint32_t row, const Value& value) override {
    if (value.is_string()) values_.remove(value.as_string(), row);
  }

  std::optional<FieldMatcher> type_matcher(const model::FieldTest& test) const override {
    if (const auto* match = std::get_if<model::MatchValue>(&test)) {
      if (auto strings = strings_of({match->value})) return any_matcher(std::move(*strings));
    } else if (const auto* any = std::get_if<model::MatchAny>(&test)) {
      if (auto strings = strings_of(any->values)) return any_matcher(std::move(*strings));
    } else if (const auto* except = std::get_if<model::MatchExcept>(&test)) {
      if (auto strings = strings_of(except->values)) return except_matcher(std::move(*strings));
    } else if (const auto* prefix = std::get_if<model::MatchPrefix>(&test)) {
      return prefix_matcher(prefix->prefix);
    }
    return std::nullopt;
  }

  void write_values(base::ByteWriter& out) const override { values_.write(out); }
  Status read_values(base::ByteReader& in) override { return values_.read(in); }
  void take_renumbered_values(const FieldIndex& from, const base::RowMap& rows) override {
    const auto& other = static_cast<const KeywordIndex&>(from);
    values_ = other.values_.renumbered(rows);
  }
  std::uint64_t value_bytes() const override { return values_.memory_bytes(); }

 private:
  FieldMatcher any_matcher(std::vector<std::string> wanted) const {
    std::sort(wanted.begin(), wanted.end());
    return {[this, wanted](base::Bitset& rows) { select_any(values_, wanted, rows); },
            [wanted](const std::vector<const Value*>& values) {
              return any_element(values, [&](const Value& value) {
                return value.is_string() &&
                       std::binary_search(wanted.begin(), wanted.end(), value.as_string());
              });
            }};
  }

  FieldMatcher except_matcher(std::vector<std::string> excluded) const {
    std::sort(excluded.begin(), excluded.end());
    return {[this, excluded](base::Bitset& rows) {
              select_except(values_, excluded, indexed_rows(), multi_rows(), rows);
            },
            [excluded](const std::vector<const Value*>& values) {
              return any_element(values, [&](const Value& value) {
                return value.is_string() &&
                       !std::binary_search(excluded.begin(), excluded.end(), value.as_string());
              });
            }};
  }

  // Every distinct value is looked at: a sorted list of them would have to be kept at every write.
  FieldMatcher prefix_matcher(std::string prefix) const {
    return {[this, prefix](base::Bitset& rows) {
              values_.for_each([&](const std::string& value, const Posting& posting) {
                if (value.starts_with(prefix)) posting.select(rows);
              });
            },
            [prefix](const std::vector<const Value*>& values) {
              return any_element(values, [&](const Value& value) {
                return value.is_string() && value.as_string().starts_with(prefix);
              });
            }};
  }

  PostingMap<std::string> values_;
};

}  // namespace

std::unique_ptr<FieldIndex> make_keyword_index(model::JsonPath path, model::FieldSchema schema) {
  return std::make_unique<KeywordIndex>(std::move(path), std::move(schema));
}

}  // namespace alidade::index
