#include "index/payload/numeric/numeric_index.h"

namespace alidade::index {
namespace {

// What is no number has no place in an order.
std::optional<double> read_number(const base::json::Value& value) {
  if (!value.is_number() || std::isnan(value.as_double())) return std::nullopt;
  return value.as_double();
}

class FloatIndex final : public NumericIndex<double, read_number> {
 public:
  using NumericIndex::NumericIndex;

 protected:
  std::optional<FieldMatcher> type_matcher(const model::FieldTest& test) const override {
    const auto* range = std::get_if<model::NumberRange>(&test);
    if (range == nullptr) return std::nullopt;
    return range_matcher(key_range_of<double>(*range));
  }
};

}  // namespace

std::unique_ptr<FieldIndex> make_float_index(model::JsonPath path, model::FieldSchema schema) {
  return std::make_unique<FloatIndex>(std::move(path), std::move(schema));
}

}  // namespace alidade::index
