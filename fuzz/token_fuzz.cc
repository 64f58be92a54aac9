// Credentials. An odd first byte signs the rest as the claims of a token, so that they are reached.
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "auth/keys.h"
#include "fuzz/support/fuzz.h"

namespace alidade::fuzz {
namespace {

constexpr std::string_view kKey = "signing-key";

std::string base64url(std::string_view bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) out += kDigits[(bits >> (count - 6)) & 63];
  }
  if (count > 0) out += kDigits[(bits << (6 - count)) & 63];
  return out;
}

std::string signed_token(std::string_view claims) {
  const std::string text = base64url(R"({"alg":"HS256","typ":"JWT"})") + "." + base64url(claims);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), kKey.data(), static_cast<int>(kKey.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  return text + "." + base64url({reinterpret_cast<const char*>(digest.data()), size});
}

auth::KeyRing make_ring() {
  auth::KeySettings settings;
  settings.api_key = std::string(kKey);
  settings.read_only_api_key = "reader";
  settings.accept_tokens = true;
  settings.unix_time = [] { return std::int64_t{1'700'000'000}; };
  settings.check_value = [](const auth::ValueClaim& claim) {
    return claim.matches.size() == 1 ? Status() : Status(StatusCode::kUnauthenticated, "none");
  };
  return std::move(auth::KeyRing::make(std::move(settings))).value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auth::KeyRing ring = make_ring();
  fuzz::Input in(data, size);
  const bool sign = in.byte() % 2 != 0;
  const std::string_view text = in.rest_text();
  const std::string credential = sign ? signed_token(text) : std::string(text);
  const auto identity = ring.authenticate(std::string_view(credential));
  fuzz::require_code(identity.status(),
                     {StatusCode::kUnauthenticated, StatusCode::kPermissionDenied});
  if (!sign && text != kKey && text != "reader") {
    // The fuzzer knows no key: whatever gets in here was not signed.
    fuzz::require(!identity.ok(), "nobody comes in without a key", text);
  }
  if (identity.ok()) {
    for (const auto scope : {auth::Scope::kCollection, auth::Scope::kGlobal}) {
      (void)auth::authorize(*identity, auth::Access(scope, auth::Right::kWrite), "c");
    }
  }
  (void)auth::bearer_token(text);
  return 0;
}

}  // namespace alidade::fuzz
