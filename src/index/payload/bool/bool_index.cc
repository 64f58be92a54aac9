#include "index/payload/bool/bool_index.h"

#include "index/payload/values.h"

namespace alidade::index {
namespace {

using base::json::Value;

class BoolIndex final : public FieldIndex {
 public:
  using FieldIndex::FieldIndex;
  std::unique_ptr<FieldIndex> clone() const override { return std::make_unique<BoolIndex>(*this); }

  bool can_facet() const override { return true; }
  Result<std::vector<FacetCount>> facet(const base::Bitset& rows,
                                        const observe::OpContext& context) const override {
    std::vector<FacetCount> counts;
    for (const bool value : {false, true}) {
      ALD_RETURN_IF_ERROR(context.check());
      base::Bitset common = rows_of(value);
      common &= rows;
      if (const std::uint64_t count = common.count(); count > 0) counts.push_back({value, count});
    }
    return counts;
  }

 protected:
  bool add_value(std::uint32_t row, const Value& value) override {
    if (!value.is_bool()) return false;
    base::Bitset& rows = value.as_bool() ? true_ : false_;
    if (row >= rows.size()) rows.resize(row + std::size_t{1});
    rows.set(row);
    return true;
  }
  void remove_value(std::uint32_t row, const Value& value) override {
    if (!value.is_bool()) return;
    base::Bitset& rows = value.as_bool() ? true_ : false_;
    if (row < rows.size()) rows.reset(row);
  }

  std::optional<FieldMatcher> type_matcher(const model::FieldTest& test) const override {
    const auto* match = std::get_if<model::MatchValue>(&test);
    const bool* wanted = match == nullptr ? nullptr : std::get_if<bool>(&match->value);
    if (wanted == nullptr) return std::nullopt;
    return FieldMatcher{[this, value = *wanted](base::Bitset& rows) { rows |= rows_of(value); },
                        [value = *wanted](const std::vector<const Value*>& values) {
                          return any_element(values, [&](const Value& element) {
                            return element.is_bool() && element.as_bool() == value;
                          });
                        }};
  }

  void write_values(base::ByteWriter& out) const override {
    write_bits(true_, out);
    write_bits(false_, out);
  }
  Status read_values(base::ByteReader& in) override {
    ALD_ASSIGN(true_, read_bits(in));
    ALD_ASSIGN(false_, read_bits(in));
    return {};
  }
  void take_renumbered_values(const FieldIndex& from, const base::RowMap& rows) override {
    const auto& other = static_cast<const BoolIndex&>(from);
    true_ = rows.map(other.true_);
    false_ = rows.map(other.false_);
  }
  std::uint64_t value_bytes() const override {
    return true_.memory_bytes() + false_.memory_bytes();
  }

 private:
  const base::Bitset& rows_of(bool value) const { return value ? true_ : false_; }

  base::Bitset true_;
  base::Bitset false_;
};

}  // namespace

std::unique_ptr<FieldIndex> make_bool_index(model::JsonPath path, model::FieldSchema schema) {
  return std::make_unique<BoolIndex>(std::move(path), std::move(schema));
}

}  // namespace alidade::index
