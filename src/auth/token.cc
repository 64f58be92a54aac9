#include "auth/token.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace alidade::auth {
namespace {

using base::json::Value;

// As long as a header may be: a token names its collections one by one.
constexpr std::size_t kMaxTokenBytes = std::size_t{64} << 10;
constexpr std::int64_t kExpiryLeewaySeconds = 30;

Status no_token() { return Status(StatusCode::kUnauthenticated, "Invalid API key or JWT"); }

Status credential_refused(const char* text) {
  return Status(StatusCode::kPermissionDenied, text, ErrorKind::kCredentialRefused, {});
}

int base64url_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-') return 62;
  if (c == '_') return 63;
  return -1;
}

/// Without padding, as tokens are written; nothing for other characters or left-over bits.
std::optional<std::string> base64url_decode(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  int bit_count = 0;
  for (const char c : text) {
    const int value = base64url_value(c);
    if (value < 0) return std::nullopt;
    bits = ((bits << 6) | static_cast<std::uint32_t>(value)) & 0xFFFFFF;
    bit_count += 6;
    if (bit_count < 8) continue;
    bit_count -= 8;
    out.push_back(static_cast<char>((bits >> bit_count) & 0xFF));
  }
  const bool clean = bit_count < 6 && (bits & ((1u << bit_count) - 1)) == 0;
  return clean ? std::optional(std::move(out)) : std::nullopt;
}

bool signature_matches(std::string_view signed_part,
                       std::string_view signature,
                       std::string_view key) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> expected{};
  unsigned int size = 0;
  const auto* data = reinterpret_cast<const unsigned char*>(signed_part.data());
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data, signed_part.size(),
           expected.data(), &size) == nullptr) {
    return false;
  }
  return signature.size() == size && CRYPTO_memcmp(signature.data(), expected.data(), size) == 0;
}

bool is_hs256(std::string_view encoded_header) {
  const auto text = base64url_decode(encoded_header);
  if (!text) return false;
  const auto header = base::json::parse(*text);
  const Value* algorithm = header.ok() ? header->find("alg") : nullptr;
  return algorithm != nullptr && algorithm->is_string() && algorithm->as_string() == "HS256";
}

Status read_grant(const Value& item, std::size_t index, Identity& identity) {
  const Value* collection = item.find("collection");
  const Value* access = item.find("access");
  if (collection == nullptr || !collection->is_string() || access == nullptr ||
      !access->is_string()) {
    return no_token();
  }
  if (const Value* payload = item.find("payload"); payload != nullptr && !payload->is_null()) {
    return Status(StatusCode::kUnauthenticated,
                  "access[" + std::to_string(index) +
                      "].payload: The 'payload' constraint is deprecated and should not be used");
  }
  CollectionGrant grant{.collection = collection->as_string()};
  const std::string& word = access->as_string();
  if (word == "rw") {
    grant.right = CollectionRight::kReadWrite;
  } else if (word == "prw") {
    grant.right = CollectionRight::kPointsReadWrite;
  } else if (word != "r") {
    return no_token();
  }
  identity.grants.push_back(std::move(grant));
  return Status::ok_status();
}

Status read_access(const Value* access, Identity& identity) {
  if (access == nullptr || access->is_null()) {
    identity.global = GlobalRight::kManage;
    return Status::ok_status();
  }
  if (access->is_string()) {
    if (access->as_string() != "r" && access->as_string() != "m") return no_token();
    identity.global = access->as_string() == "m" ? GlobalRight::kManage : GlobalRight::kRead;
    return Status::ok_status();
  }
  if (!access->is_array()) return no_token();
  for (std::size_t i = 0; i < access->as_array().size(); ++i) {
    ALD_RETURN_IF_ERROR(read_grant(access->as_array()[i], i, identity));
  }
  return Status::ok_status();
}

Status read_value_claim(const Value* claim, std::optional<ValueClaim>& out) {
  if (claim == nullptr || claim->is_null()) return Status::ok_status();
  const Value* collection = claim->find("collection");
  const Value* matches = claim->find("matches");
  if (collection == nullptr || !collection->is_string() || matches == nullptr ||
      !matches->is_array()) {
    return no_token();
  }
  out.emplace();
  out->collection = collection->as_string();
  for (const Value& match : matches->as_array()) {
    const Value* key = match.find("key");
    const Value* value = match.find("value");
    if (key == nullptr || !key->is_string() || value == nullptr) return no_token();
    out->matches.emplace_back(key->as_string(), *value);
  }
  return Status::ok_status();
}

Status check_expiry(const Value* expiry, std::int64_t now_seconds) {
  if (expiry == nullptr || expiry->is_null() || expiry->is_uint()) return Status::ok_status();
  if (!expiry->is_int() || expiry->as_int() < 0) return no_token();
  if (expiry->as_int() < now_seconds - kExpiryLeewaySeconds)
    return credential_refused("ExpiredSignature");
  return Status::ok_status();
}

Result<TokenClaims> read_claims(const Value& claims, std::int64_t now_seconds) {
  if (!claims.is_object()) return no_token();
  TokenClaims out;
  out.identity.kind = Identity::Kind::kToken;
  ALD_RETURN_IF_ERROR(read_access(claims.find("access"), out.identity));
  ALD_RETURN_IF_ERROR(read_value_claim(claims.find("value_exists"), out.value_exists));
  ALD_RETURN_IF_ERROR(check_expiry(claims.find("exp"), now_seconds));
  const Value* subject = claims.find("subject");
  if (subject == nullptr) subject = claims.find("sub");
  if (subject != nullptr && subject->is_string()) out.identity.subject = subject->as_string();
  return out;
}

}  // namespace

Result<TokenClaims> read_token(std::string_view token,
                               std::span<const std::string> keys,
                               std::int64_t now_seconds) {
  if (token.size() > kMaxTokenBytes) return no_token();
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  if (first == std::string_view::npos || first == last) return no_token();
  const std::string_view payload = token.substr(first + 1, last - first - 1);
  if (payload.find('.') != std::string_view::npos || !is_hs256(token.substr(0, first)))
    return no_token();
  const auto signature = base64url_decode(token.substr(last + 1));
  if (!signature) return no_token();

  bool is_signed = false;
  for (const std::string& key : keys) {
    is_signed = signature_matches(token.substr(0, last), *signature, key) || is_signed;
  }
  if (!is_signed) return credential_refused("InvalidSignature");
  const auto text = base64url_decode(payload);
  if (!text) return no_token();
  const auto claims = base::json::parse(*text);
  if (!claims.ok()) return no_token();
  return read_claims(*claims, now_seconds);
}

}  // namespace alidade::auth
