#include "faces/qdrant/values.h"

#include <fmt/format.h>

#include <string>

#include "base/uuid.h"
#include "model/datetime.h"

namespace alidade::faces::qdrant {
namespace {

using contract::Json;
using contract::Place;
using contract::Proto;
using contract::ProtoReading;
using contract::Reading;

// Paths. --------------------------------------------------------------------------------------

std::string invalid_path(std::string_view text) { return "Invalid json path: '" + std::string(text) + "'"; }

Status read_path(const Json& value, Reading& reading, const Place&, void* out) {
  if (!value.is_string()) return reading.invalid_type(value, "a string");
  auto path = model::JsonPath::parse(value.as_string());
  if (!path) return reading.refused(reading.is_fast() ? "" : invalid_path(value.as_string()));
  *static_cast<model::JsonPath*>(out) = *std::move(path);
  return Status::ok_status();
}

Status read_path(const Proto& value, const ProtoReading& reading, void* out) {
  const std::string text = value.text();
  auto path = model::JsonPath::parse(text);
  if (!path) return reading.malformed(invalid_path(text));
  *static_cast<model::JsonPath*>(out) = *std::move(path);
  return Status::ok_status();
}

// Numbers. ------------------------------------------------------------------------------------

Status read_number(const Json& value, Reading& reading, const Place&, void* out) {
  auto& number = *static_cast<model::Number*>(out);
  if (!value.is_number()) return reading.invalid_type(value, "f64");
  if (value.is_int()) {
    number = value.as_int();
  } else if (value.is_uint()) {
    number = value.as_uint();
  } else {
    number = value.as_double();
  }
  return Status::ok_status();
}

Status read_number(const Proto& value, const ProtoReading&, void* out) {
  *static_cast<model::Number*>(out) = value.number();
  return Status::ok_status();
}

// Moments. ------------------------------------------------------------------------------------

/// Civil date of a day count since 1970 (Howard Hinnant, "chrono-compatible low-level date
/// algorithms", civil_from_days), for any year that 64 bits of seconds reach.
struct Date {
  std::int64_t year;
  unsigned month, day;
};
Date civil_date(std::int64_t days) {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const auto day_of_era = static_cast<unsigned>(days - era * 146097);
  const unsigned year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const unsigned day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned month_index = (5 * day_of_year + 2) / 153;
  const unsigned month = month_index < 10 ? month_index + 3 : month_index - 9;
  return {static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0), month,
          day_of_year - (153 * month_index + 2) / 5 + 1};
}

/// As the peer prints a time that it cannot hold: nanoseconds carried over, years with a sign where
/// they need more than four digits.
std::string shown(std::int64_t seconds, std::int64_t nanos) {
  const std::int64_t days = seconds / 86400 - (seconds % 86400 < 0 ? 1 : 0);
  const std::int64_t rest = seconds % 86400 + (seconds % 86400 < 0 ? 86400 : 0);
  const Date date = civil_date(days);
  const std::string year =
      date.year > 9999 ? fmt::format("+{}", date.year) : fmt::format("{:04}", date.year);
  std::string text = fmt::format("{}-{:02}-{:02}T{:02}:{:02}:{:02}", year, date.month, date.day,
                                 rest / 3600, rest / 60 % 60, rest % 60);
  if (nanos > 0) text += fmt::format(".{:09}", nanos);
  return text + "Z";
}

Status read_datetime(const Json& value, Reading& reading, const Place&, void* out) {
  if (!value.is_string()) return reading.invalid_type(value, "a string");
  const auto us = model::parse_datetime_us(value.as_string());
  if (us) {
    *static_cast<std::int64_t*>(out) = *us;
    return Status::ok_status();
  }
  if (reading.is_fast()) return reading.refused("");
  return reading.refused("'" + std::string(value.as_string()) +
                         "' does not match accepted datetime format (RFC3339). Example: 2014-01-01T00:00:00Z");
}

Status read_datetime(const Proto& value, const ProtoReading& reading, void* out) {
  return read_timestamp(value.integer(1), value.integer(2), reading, *static_cast<std::int64_t*>(out));
}

// Ids. ----------------------------------------------------------------------------------------

std::string id_form(const Json& value) {
  using Kind = Json::Kind;
  switch (value.kind()) {
    case Kind::kBool: return value.as_bool() ? "true" : "false";
    case Kind::kInt: return std::to_string(value.as_int());
    case Kind::kUint: return std::to_string(value.as_uint());
    case Kind::kDouble: return contract::rust_number(value.as_double());
    case Kind::kString: return std::string(value.as_string());
    case Kind::kArray:
    case Kind::kObject: {
      const std::string form = contract::debug_form(value);  // "Seq([…])" or "Map({…})"
      return form.substr(4, form.size() - 5);
    }
    case Kind::kNull: break;
  }
  return "Unit";
}

Status read_id(const Json& value, Reading& reading, const Place&, void* out) {
  if (const auto id = point_id_of(value)) {
    *static_cast<model::PointId*>(out) = *id;
    return Status::ok_status();
  }
  if (reading.is_fast()) return reading.refused("");
  return reading.refused("value " + id_form(value) +
                         " is not a valid point ID, valid values are either an unsigned integer or a UUID");
}

Status read_id(const Proto& value, const ProtoReading& reading, void* out) {
  constexpr int kNum = 1, kUuid = 2;
  auto& id = *static_cast<model::PointId*>(out);
  if (value.has(kNum)) {
    id = model::PointId::from_number(value.unsigned_integer(kNum));
    return Status::ok_status();
  }
  if (!value.has(kUuid)) return reading.malformed("No ID options provided");
  const std::string text = value.text(kUuid);
  const auto uuid = point_id_of(text);
  if (!uuid) return reading.malformed("Unable to parse UUID: " + text);
  id = *uuid;
  return Status::ok_status();
}

}  // namespace

constexpr contract::CustomOf<model::JsonPath> kPath{{.schema = "string", .read = &read_path, .read_proto = &read_path}};
constexpr contract::CustomOf<model::Number> kNumber{
    {.schema = "number", .read = &read_number, .read_proto = &read_number}};
constexpr contract::CustomOf<std::int64_t> kDatetime{
    {.schema = "string/date-time", .read = &read_datetime, .read_proto = &read_datetime}};
constexpr contract::CustomOf<model::PointId> kPointId{
    {.schema = "ExtendedPointId", .read = &read_id, .read_proto = &read_id}};

std::optional<model::PointId> point_id_of(std::string_view text) {
  const auto uuid = base::Uuid::parse(text);
  if (!uuid) return std::nullopt;
  return model::PointId::from_uuid(*uuid);
}

std::optional<model::PointId> point_id_of(const Json& value) {
  if (const auto number = value.unsigned_integer()) return model::PointId::from_number(*number);
  return value.is_string() ? point_id_of(value.as_string()) : std::nullopt;
}

Status read_timestamp(std::int64_t seconds, std::int64_t nanos, const ProtoReading& reading, std::int64_t& out) {
  // The peer's calendar ends at the years -262143 and 262142.
  constexpr std::int64_t kFarthest = INT64_C(8210266876799);
  constexpr std::int64_t kEarliest = INT64_C(-8334601228800);
  const bool far = seconds > kFarthest || seconds < kEarliest;
  if (far || nanos >= 1'000'000'000) {
    const std::int64_t carried = nanos >= 1'000'000'000 && !far ? nanos / 1'000'000'000 : 0;
    return reading.malformed("Unable to parse timestamp: " + shown(seconds + carried, nanos % 1'000'000'000));
  }
  out = seconds * 1'000'000 + nanos / 1000;
  return Status::ok_status();
}

}  // namespace alidade::faces::qdrant
