#include "index/payload/numeric/numeric_index.h"

namespace alidade::index {
namespace {

// Up to here every integer is a double of its own.
constexpr double kExactLimit = 0x1p53;

// What is no number has no place in an order.
std::optional<double> read_number(const base::json::Value& value) {
  if (!value.is_number() || std::isnan(value.as_double())) return std::nullopt;
  return value.as_double();
}

class FloatIndex final : public NumericIndex<double, read_number> {
 public:
  using NumericIndex::NumericIndex;
  std::unique_ptr<FieldIndex> clone() const override { return std::make_unique<FloatIndex>(*this); }

 protected:
  std::optional<FieldMatcher> type_matcher(const model::FieldTest& test) const override {
    const auto* range = std::get_if<model::NumberRange>(&test);
    if (range == nullptr || may_be_rounded(*range)) return std::nullopt;
    return range_matcher(key_range_of<double>(*range));
  }

 private:
  // A large integer of a payload stands here as the double next to it, which may lie on the other
  // side of a bound as large. The payloads decide then.
  bool may_be_rounded(const model::NumberRange& range) const {
    if (values().size() == 0) return false;
    const double low = values().at(values().begin()).key;
    const double high = values().at(values().previous(values().end())).key;
    if (low > -kExactLimit && high < kExactLimit) return false;
    for (const auto* bound : {&range.lt, &range.gt, &range.lte, &range.gte}) {
      if (!*bound) continue;
      const double nearest = std::visit([](auto n) { return static_cast<double>(n); }, **bound);
      if (std::isfinite(nearest) && std::abs(nearest) >= kExactLimit) return true;
    }
    return false;
  }
};

}  // namespace

std::unique_ptr<FieldIndex> make_float_index(model::JsonPath path, model::FieldSchema schema) {
  return std::make_unique<FloatIndex>(std::move(path), std::move(schema));
}

}  // namespace alidade::index
