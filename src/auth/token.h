#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/identity.h"
#include "base/json.h"
#include "base/status.h"

namespace alidade::auth {

/// "value_exists": the token holds only while a point with these payload values exists.
struct ValueClaim {
  std::string collection;
  std::vector<std::pair<std::string, base::json::Value>> matches;  // Payload key, value.
};

/// What a JSON web token says.
struct TokenClaims {
  Identity identity;
  std::optional<ValueClaim> value_exists;
};

/// Verifies a token (RFC 7519) signed with HMAC-SHA-256, the only algorithm accepted, and reads
/// Qdrant's claims: exp (30 s of leeway), access, subject, value_exists. Without an access claim
/// everything is open; claims that are not known are ignored.
/// @param keys   any of them may have signed.
/// @return kUnauthenticated  "Invalid API key or JWT" for what is no such token, or a claim of a
///                           wrong form; the deprecated payload claim in Qdrant's words;
///         kPermissionDenied with ErrorKind::kCredentialRefused, "InvalidSignature" or
///                           "ExpiredSignature".
Result<TokenClaims> read_token(std::string_view token,
                               std::span<const std::string> keys,
                               std::int64_t now_seconds);

}  // namespace alidade::auth
