// Ranges of numbers and of dates. Numbers compare exactly, whatever their kinds are.
#include "index/payload/numeric/ranges.h"
#include "index/payload/values.h"
#include "model/datetime.h"
#include "query/filter/node.h"

namespace alidade::query {

using base::json::Value;

namespace {

bool inside(const model::NumberRange& range, const model::Number& number) {
  return (!range.lt || model::compare(number, *range.lt) < 0) &&
         (!range.gt || model::compare(number, *range.gt) > 0) &&
         (!range.lte || model::compare(number, *range.lte) <= 0) &&
         (!range.gte || model::compare(number, *range.gte) >= 0);
}

}  // namespace

ValueTest make_test(const model::NumberRange& test) {
  return [test](const std::vector<const Value*>& values) {
    return index::any_element(values, [&](const Value& value) {
      const auto number = model::number_of(value);
      return number && inside(test, *number);
    });
  };
}

ValueTest make_test(const model::DatetimeRange& test) {
  const auto range = index::key_range_of<std::int64_t>(test);
  return [range](const std::vector<const Value*>& values) {
    return index::any_element(values, [&](const Value& value) {
      if (!value.is_string()) return false;
      const auto date_us = model::parse_datetime_us(value.as_string());
      return date_us && index::inside(range, *date_us);
    });
  };
}

}  // namespace alidade::query
