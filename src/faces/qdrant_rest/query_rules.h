#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "net/router.h"
#include "net/url.h"

namespace alidade::faces::qdrant_rest {

// What may stand in the query string and in the path.

enum class QueryValue {
  kBool,
  kOrdering,        // weak, medium, strong
  kConsistency,     // majority, quorum, all or a number from 1
  kWriteTimeout,    // Seconds, 0 is accepted.
  kReadTimeout,     // Seconds from 1, anything else is no number of that type (400).
  kAdminTimeout,    // Seconds from 1, 0 breaks a rule (422).
  kCount,
};

struct QueryRule {
  std::string_view name;
  QueryValue value;
};

extern const std::span<const QueryRule> kReadParameters;
extern const std::span<const QueryRule> kWriteParameters;
extern const std::span<const QueryRule> kAdminParameters;

/// Refuses the first parameter that does not fit. Names without a rule are not looked at.
Status check_query(const net::QueryParameters& query, std::span<const QueryRule> rules);

enum class NameUse {
  kExisting,  // Only what no version ever allowed is refused.
  kNew,       // The characters that a new name must not have.
};
/// The collection's and the vector's name in the path.
Status check_path(const net::PathParameters& parameters, NameUse use);

/// The number of a shard in the path; nullopt when it is none.
std::optional<std::uint32_t> shard_number(std::string_view text);

}  // namespace alidade::faces::qdrant_rest
