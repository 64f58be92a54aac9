#include "model/datetime.h"

namespace alidade::model {
namespace {

// Days since 1970-01-01 of a proleptic Gregorian date (H. Hinnant, "chrono-compatible low-level
// date algorithms", days_from_civil).
std::int64_t days_from_civil(std::int64_t year, int month, int day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

int days_in_month(std::int64_t year, int month) {
  if (month == 2) {
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return leap ? 29 : 28;
  }
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// Reads from the front; every function leaves the text alone when it does not fit.
struct Scanner {
  std::string_view text;

  bool accept(char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
  }
  std::optional<int> number(std::size_t digits_min, std::size_t digits_max) {
    std::size_t digits = 0;
    int value = 0;
    while (digits < digits_max && digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
      value = value * 10 + (text[digits++] - '0');
    }
    if (digits < digits_min) return std::nullopt;
    text.remove_prefix(digits);
    return value;
  }
};

std::optional<std::int64_t> read_date_days(Scanner& in) {
  const bool negative = in.accept('-');
  const auto year_digits = in.number(4, 4);
  if (!year_digits || !in.accept('-')) return std::nullopt;
  const auto month = in.number(1, 2);
  if (!month || !in.accept('-')) return std::nullopt;
  const auto day = in.number(1, 2);
  const std::int64_t year = negative ? -*year_digits : *year_digits;
  if (!day || *month < 1 || *month > 12 || *day < 1 || *day > days_in_month(year, *month)) {
    return std::nullopt;
  }
  return days_from_civil(year, *month, *day);
}

// Digits after the point as microseconds; the rest is cut off.
std::optional<std::int64_t> read_fraction_us(Scanner& in) {
  if (in.text.empty() || in.text.front() < '0' || in.text.front() > '9') return std::nullopt;
  std::int64_t micros = 0;
  int digits = 0;
  while (!in.text.empty() && in.text.front() >= '0' && in.text.front() <= '9') {
    if (digits < 6) micros = micros * 10 + (in.text.front() - '0');
    ++digits;
    in.text.remove_prefix(1);
  }
  for (; digits < 6; ++digits) micros *= 10;
  return micros;
}

std::optional<std::int64_t> read_time_us(Scanner& in) {
  const auto hour = in.number(1, 2);
  if (!hour || *hour > 23 || !in.accept(':')) return std::nullopt;
  const auto minute = in.number(1, 2);
  if (!minute || *minute > 59) return std::nullopt;
  std::int64_t micros = (std::int64_t{*hour} * 60 + *minute) * 60'000'000;
  if (!in.accept(':')) return micros;
  const auto second = in.number(1, 2);
  if (!second || *second > 60) return std::nullopt;  // 60: a leap second.
  micros += std::int64_t{*second} * 1'000'000;
  if (!in.accept('.')) return micros;
  const auto fraction = read_fraction_us(in);
  if (!fraction) return std::nullopt;
  return micros + *fraction;
}

// What is to be subtracted from the local time.
std::optional<std::int64_t> read_zone_us(Scanner& in) {
  if (in.text.empty() || in.accept('Z') || in.accept('z')) return 0;
  const bool negative = in.accept('-');
  if (!negative && !in.accept('+')) return std::nullopt;
  const auto hours = in.number(2, 2);
  if (!hours || *hours > 23) return std::nullopt;
  in.accept(':');
  const int minutes = in.number(2, 2).value_or(0);
  if (minutes > 59) return std::nullopt;
  const std::int64_t offset = (std::int64_t{*hours} * 60 + minutes) * 60'000'000;
  return negative ? -offset : offset;
}

}  // namespace

std::optional<std::int64_t> parse_datetime_us(std::string_view text) {
  Scanner in{text};
  const auto days = read_date_days(in);
  if (!days) return std::nullopt;
  const std::int64_t date_us = *days * 86'400'000'000;
  if (in.text.empty()) return date_us;
  if (!in.accept('T') && !in.accept('t') && !in.accept(' ')) return std::nullopt;
  const auto time_us = read_time_us(in);
  if (!time_us) return std::nullopt;
  in.accept(' ');
  const auto zone_us = read_zone_us(in);
  if (!zone_us || !in.text.empty()) return std::nullopt;
  return date_us + *time_us - *zone_us;
}

}  // namespace alidade::model
