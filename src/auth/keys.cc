#include "auth/keys.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "base/check.h"

namespace alidade::auth {
namespace {

Status missing() {
  return Status(StatusCode::kUnauthenticated,
                "Must provide an API key or an Authorization bearer token");
}

Status invalid() { return Status(StatusCode::kUnauthenticated, "Invalid API key or JWT"); }

Identity key_identity(GlobalRight right) {
  return Identity{.kind = Identity::Kind::kApiKey, .global = right, .grants = {}, .subject = {}};
}

}  // namespace

KeyRing::Digest KeyRing::digest_of(std::string_view key) {
  Digest digest{};
  SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest.data());
  return digest;
}

Result<KeyRing> KeyRing::make(KeySettings settings) {
  KeyRing ring;
  for (const auto* key : {&settings.api_key, &settings.alt_api_key, &settings.read_only_api_key}) {
    if (*key && (*key)->empty()) return base::invalid_argument("a key must not be empty");
  }
  for (const auto* key : {&settings.api_key, &settings.alt_api_key}) {
    if (!*key) continue;
    ring.full_.push_back(digest_of(**key));
    if (settings.accept_tokens) ring.signing_keys_.push_back(**key);
  }
  if (settings.read_only_api_key) ring.read_only_ = digest_of(*settings.read_only_api_key);
  ALD_CHECK(ring.signing_keys_.empty() || settings.unix_time);
  ring.unix_time_ = std::move(settings.unix_time);
  ring.check_value_ = std::move(settings.check_value);
  return ring;
}

Result<Identity> KeyRing::authenticate(std::optional<std::string_view> credential) const {
  if (is_open()) {
    return Identity{.kind = Identity::Kind::kNobody,
                    .global = GlobalRight::kManage,
                    .grants = {},
                    .subject = {}};
  }
  if (!credential) return missing();
  const Digest digest = digest_of(*credential);
  bool is_full = false;
  for (const Digest& key : full_) {
    is_full = CRYPTO_memcmp(key.data(), digest.data(), digest.size()) == 0 || is_full;
  }
  if (is_full) return key_identity(GlobalRight::kManage);
  if (read_only_ && CRYPTO_memcmp(read_only_->data(), digest.data(), digest.size()) == 0) {
    return key_identity(GlobalRight::kRead);
  }
  if (!signing_keys_.empty()) return authenticate_token(*credential);
  return invalid();
}

Result<Identity> KeyRing::authenticate(const observe::OpContext& context) const {
  // An empty header is a wrong key, not a missing one.
  if (context.credential.empty() && !context.credential_given) return authenticate(std::nullopt);
  return authenticate(std::string_view(context.credential));
}

Result<Identity> KeyRing::authenticate_token(std::string_view token) const {
  ALD_ASSIGN(TokenClaims claims, read_token(token, signing_keys_, unix_time_()));
  if (claims.value_exists) {
    if (!check_value_) {
      return Status(StatusCode::kUnauthenticated, "Invalid JWT, stateful validation failed");
    }
    ALD_RETURN_IF_ERROR(check_value_(*claims.value_exists));
  }
  return std::move(claims.identity);
}

std::optional<std::string_view> bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "Bearer ";
  if (!authorization.starts_with(kScheme)) return std::nullopt;
  return authorization.substr(kScheme.size());
}

}  // namespace alidade::auth
