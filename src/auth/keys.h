#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/identity.h"
#include "auth/token.h"
#include "base/status.h"
#include "observe/op_context.h"

namespace alidade::auth {

struct KeySettings {
  std::optional<std::string> api_key;
  std::optional<std::string> alt_api_key;  // The same rights, for changing keys without a stop.
  std::optional<std::string> read_only_api_key;
  bool accept_tokens = false;  // jwt_rbac: tokens signed with api_key or alt_api_key.
  /// Seconds since 1970, for the expiry of tokens; needed with accept_tokens.
  std::function<std::int64_t()> unix_time;
  /// Whether a collection holds a point that a token asks for. Unset: such tokens are refused.
  /// @return kUnauthenticated when there is none, kPermissionDenied when there is no collection.
  std::function<Status(const ValueClaim&)> check_value;
};

/// The keys that open this server. Immutable, so safe to share. Keys are kept as SHA-256 digests
/// and compared in constant time, whatever their length (tokens need the signing keys themselves).
class KeyRing {
 public:
  /// A ring without keys: open to all.
  KeyRing() = default;
  /// @return kInvalidArgument when a key is there but empty: that is never meant.
  static Result<KeyRing> make(KeySettings settings);

  /// Whether everyone may do everything.
  bool is_open() const { return full_.empty() && !read_only_; }

  /// @param credential nothing when none was sent.
  /// @return kUnauthenticated "Must provide an API key or an Authorization bearer token",
  ///                          "Invalid API key or JWT" and the words about a token's claims;
  ///         kPermissionDenied with ErrorKind::kCredentialRefused: "InvalidSignature",
  ///                          "ExpiredSignature". Both are plain text answers in Qdrant's dialect.
  Result<Identity> authenticate(std::optional<std::string_view> credential) const;
  Result<Identity> authenticate(const observe::OpContext& context) const;

 private:
  using Digest = std::array<unsigned char, 32>;
  static Digest digest_of(std::string_view key);

  Result<Identity> authenticate_token(std::string_view token) const;

  std::vector<Digest> full_;
  std::optional<Digest> read_only_;
  std::vector<std::string> signing_keys_;
  std::function<std::int64_t()> unix_time_;
  std::function<Status(const ValueClaim&)> check_value_;
};

/// The token behind "Bearer " (exactly so), or nothing for another scheme.
std::optional<std::string_view> bearer_token(std::string_view authorization);

}  // namespace alidade::auth
