#include <algorithm>

#include "index/payload/numeric/numeric_index.h"

namespace alidade::index {
namespace {

using base::json::Value;

std::optional<std::vector<std::int64_t>> integers_of(const std::vector<model::MatchScalar>& values) {
  std::vector<std::int64_t> integers;
  for (const auto& value : values) {
    const auto* integer = std::get_if<std::int64_t>(&value);
    if (integer == nullptr) return std::nullopt;
    integers.push_back(*integer);
  }
  std::sort(integers.begin(), integers.end());
  return integers;
}

bool param(const model::FieldSchema& schema, std::string_view name) {
  const Value* value = schema.params.find(name);
  return value == nullptr || !value->is_bool() || value->as_bool();
}

class IntegerIndex final : public NumericIndex<std::int64_t, integer_of> {
 public:
  IntegerIndex(model::JsonPath path, model::FieldSchema schema)
      : NumericIndex(std::move(path), std::move(schema)),
        has_lookup_(param(this->schema(), "lookup")),
        has_range_(param(this->schema(), "range")) {}
  std::unique_ptr<FieldIndex> clone() const override { return std::make_unique<IntegerIndex>(*this); }

  bool can_order() const override { return has_range_; }
  std::unique_ptr<OrderedCursor> ordered(OrderDirection direction,
                                         std::optional<OrderKey> start) const override {
    return has_range_ ? NumericIndex::ordered(direction, start) : nullptr;
  }

  bool can_facet() const override { return has_lookup_; }
  Result<std::vector<FacetCount>> facet(const base::Bitset& rows,
                                        const observe::OpContext& context) const override {
    std::vector<FacetCount> counts;
    FacetPulse pulse(context);
    values().for_each({}, [&](const auto& entry) {
      if (!pulse.next(1)) return;
      if (entry.row >= rows.size() || !rows.test(entry.row)) return;
      if (counts.empty() || std::get<std::int64_t>(counts.back().value) != entry.key) {
        counts.push_back({entry.key, 0});
      }
      ++counts.back().count;
    });
    ALD_RETURN_IF_ERROR(pulse.status());
    return counts;
  }

 protected:
  std::optional<FieldMatcher> type_matcher(const model::FieldTest& test) const override {
    if (const auto* range = std::get_if<model::NumberRange>(&test); range != nullptr && has_range_) {
      return range_matcher(key_range_of<std::int64_t>(*range));
    }
    if (!has_lookup_) return std::nullopt;
    if (const auto* match = std::get_if<model::MatchValue>(&test)) {
      if (auto integers = integers_of({match->value})) return any_matcher(std::move(*integers));
    } else if (const auto* any = std::get_if<model::MatchAny>(&test)) {
      if (auto integers = integers_of(any->values)) return any_matcher(std::move(*integers));
    } else if (const auto* except = std::get_if<model::MatchExcept>(&test)) {
      if (auto integers = integers_of(except->values)) return except_matcher(std::move(*integers));
    }
    return std::nullopt;
  }

 private:
  FieldMatcher any_matcher(std::vector<std::int64_t> wanted) const {
    return {[this, wanted](base::Bitset& rows) {
              for (const std::int64_t key : wanted) select_range(single_key(key), rows);
            },
            [wanted](const std::vector<const Value*>& values) {
              return any_element(values, [&](const Value& value) {
                const auto key = integer_of(value);
                return key && std::binary_search(wanted.begin(), wanted.end(), *key);
              });
            }};
  }

  // The gaps between the excluded values.
  FieldMatcher except_matcher(std::vector<std::int64_t> excluded) const {
    return {[this, excluded](base::Bitset& rows) {
              KeyRange<std::int64_t> gap;
              for (const std::int64_t key : excluded) {
                gap.high = key;
                gap.high_inclusive = false;
                select_range(gap, rows);
                gap.low = key;
                gap.low_inclusive = false;
              }
              gap.high.reset();
              select_range(gap, rows);
            },
            [excluded](const std::vector<const Value*>& values) {
              return any_element(values, [&](const Value& value) {
                const auto key = integer_of(value);
                return key && !std::binary_search(excluded.begin(), excluded.end(), *key);
              });
            }};
  }

  const bool has_lookup_;
  const bool has_range_;
};

}  // namespace

std::unique_ptr<FieldIndex> make_integer_index(model::JsonPath path, model::FieldSchema schema) {
  return std::make_unique<IntegerIndex>(std::move(path), std::move(schema));
}

}  // namespace alidade::index
