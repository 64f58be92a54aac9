#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/status.h"
#include "faces/contract/read_proto.h"
#include "faces/contract/type.h"
#include "model/json_path.h"
#include "model/number.h"
#include "model/point_id.h"

namespace alidade::faces::qdrant {

// Plain values of Qdrant's contract that need code.

/// A path into a payload.
extern const contract::CustomOf<model::JsonPath> kPath;
/// A number, as it came.
extern const contract::CustomOf<model::Number> kNumber;
/// A moment: a text of RFC 3339, or a Timestamp; microseconds since 1970.
extern const contract::CustomOf<std::int64_t> kDatetime;
/// ExtendedPointId: a number or a UUID.
extern const contract::CustomOf<model::PointId> kPointId;

/// The value as a point id, or nullopt.
std::optional<model::PointId> point_id_of(const contract::Json& value);
std::optional<model::PointId> point_id_of(std::string_view text);

/// A Timestamp's parts as microseconds since 1970. @return malformed for a moment that the peer cannot hold.
Status read_timestamp(std::int64_t seconds, std::int64_t nanos, const contract::ProtoReading& reading,
                      std::int64_t& out);

}  // namespace alidade::faces::qdrant
