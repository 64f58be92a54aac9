#include "index/payload/numeric/numeric_index.h"
#include "model/datetime.h"

namespace alidade::index {
namespace {

std::optional<std::int64_t> read_datetime(const base::json::Value& value) {
  return value.is_string() ? model::parse_datetime_us(value.as_string()) : std::nullopt;
}

// Bounds that are plain numbers are microseconds since 1970.
class DatetimeIndex final : public NumericIndex<std::int64_t, read_datetime> {
 public:
  using NumericIndex::NumericIndex;
  std::unique_ptr<FieldIndex> clone() const override { return std::make_unique<DatetimeIndex>(*this); }

 protected:
  std::optional<FieldMatcher> type_matcher(const model::FieldTest& test) const override {
    if (const auto* dates = std::get_if<model::DatetimeRange>(&test)) {
      return range_matcher(key_range_of<std::int64_t>(*dates));
    }
    if (const auto* numbers = std::get_if<model::NumberRange>(&test)) {
      return range_matcher(key_range_of<std::int64_t>(*numbers));
    }
    return std::nullopt;
  }
};

}  // namespace

std::unique_ptr<FieldIndex> make_datetime_index(model::JsonPath path, model::FieldSchema schema) {
  return std::make_unique<DatetimeIndex>(std::move(path), std::move(schema));
}

}  // namespace alidade::index
