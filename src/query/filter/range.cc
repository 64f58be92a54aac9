// Ranges of numbers and of dates.
#include "index/payload/numeric/ranges.h"
#include "index/payload/values.h"
#include "model/datetime.h"
#include "query/filter/node.h"

namespace alidade::query {

using base::json::Value;

ValueTest make_test(const model::NumberRange& test) {
  const auto range = index::key_range_of<double>(test);
  return [range](const std::vector<const Value*>& values) {
    return index::any_element(values, [&](const Value& value) {
      return value.is_number() && index::inside(range, value.as_double());
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
