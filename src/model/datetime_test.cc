#include "model/datetime.h"

#include <gtest/gtest.h>

namespace alidade::model {
namespace {

constexpr std::int64_t kNewYear2024Us = 1'704'067'200'000'000;
constexpr std::int64_t kHourUs = 3'600'000'000;

TEST(Datetime, ReadsTheUsualVariants) {
  EXPECT_EQ(parse_datetime_us("2024-01-01T00:00:00Z"), kNewYear2024Us);
  EXPECT_EQ(parse_datetime_us("2024-01-01 00:00:00"), kNewYear2024Us);
  EXPECT_EQ(parse_datetime_us("2024-01-01"), kNewYear2024Us);
  EXPECT_EQ(parse_datetime_us("2024-01-01T02:00"), kNewYear2024Us + 2 * kHourUs);
  EXPECT_EQ(parse_datetime_us("2024-01-01T02:00:00+02:00"), kNewYear2024Us);
  EXPECT_EQ(parse_datetime_us("2024-01-01T02:00:00+02"), kNewYear2024Us);
  EXPECT_EQ(parse_datetime_us("2024-01-01T00:30:00-0030"), kNewYear2024Us + kHourUs);
  EXPECT_EQ(parse_datetime_us("2024-01-01T00:00:00.1234567Z"), kNewYear2024Us + 123456);
  EXPECT_EQ(parse_datetime_us("2024-01-01 00:00:00.5"), kNewYear2024Us + 500'000);
  EXPECT_EQ(parse_datetime_us("1969-12-31T23:59:59.999999Z"), -1);
  EXPECT_EQ(parse_datetime_us("2024-02-29"), kNewYear2024Us + 59 * 24 * kHourUs);
}

TEST(Datetime, RefusesWhatIsNoDate) {
  for (const char* text : {"", "2024", "2024-01", "2024-13-01", "2024-02-30", "2023-02-29", "today",
                           "2024-01-01T", "2024-01-01T25:00", "2024-01-01T10", "2024-01-01Z",
                           "2024-01-01T00:00:00.", "2024-01-01T00:00:00Zx", "2024-01-01T00:00:00+",
                           "20240101", "2024/01/01", "1704067200"}) {
    EXPECT_EQ(parse_datetime_us(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace alidade::model
