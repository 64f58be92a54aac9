#include "base/uuid.h"

#include <openssl/evp.h>

#include "base/check.h"

namespace alidade::base {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_hyphen_place(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

std::optional<Uuid> parse_digits(std::string_view text, bool hyphenated) {
  std::uint64_t words[2] = {0, 0};
  int digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (hyphenated && is_hyphen_place(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int digit = hex_digit(text[i]);
    if (digit < 0) return std::nullopt;
    words[digits / 16] = (words[digits / 16] << 4) | static_cast<std::uint64_t>(digit);
    ++digits;
  }
  return Uuid{words[0], words[1]};
}

}  // namespace

std::string Uuid::to_string() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text(36, '-');
  int digit = 0;
  for (std::size_t i = 0; i < 36; ++i) {
    if (is_hyphen_place(i)) continue;
    const std::uint64_t word = digit < 16 ? high : low;
    text[i] = kDigits[(word >> (60 - 4 * (digit % 16))) & 15];
    ++digit;
  }
  return text;
}

std::array<std::uint8_t, 16> Uuid::bytes() const {
  std::array<std::uint8_t, 16> out{};
  for (std::size_t i = 0; i < 8; ++i) {
    out[i] = static_cast<std::uint8_t>(high >> (56 - 8 * i));
    out[i + 8] = static_cast<std::uint8_t>(low >> (56 - 8 * i));
  }
  return out;
}

Uuid Uuid::from_bytes(const std::array<std::uint8_t, 16>& bytes) {
  Uuid uuid;
  for (std::size_t i = 0; i < 8; ++i) {
    uuid.high = (uuid.high << 8) | bytes[i];
    uuid.low = (uuid.low << 8) | bytes[i + 8];
  }
  return uuid;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() == 32) return parse_digits(text, false);
  if (text.size() == 36) return parse_digits(text, true);
  if (text.size() == 38 && text.front() == '{' && text.back() == '}') {
    return parse_digits(text.substr(1, 36), true);
  }
  if (text.size() == 45 && text.starts_with("urn:uuid:")) return parse_digits(text.substr(9), true);
  return std::nullopt;
}

std::optional<Uuid> Uuid::parse_canonical(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  for (const char c : text) {
    if (c >= 'A' && c <= 'F') return std::nullopt;
  }
  return parse_digits(text, true);
}

Uuid Uuid::version5(const Uuid& name_space, std::string_view name) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const auto space = name_space.bytes();
  ALD_CHECK(context != nullptr && EVP_DigestInit_ex(context, EVP_sha1(), nullptr) == 1);
  ALD_CHECK(EVP_DigestUpdate(context, space.data(), space.size()) == 1);
  ALD_CHECK(EVP_DigestUpdate(context, name.data(), name.size()) == 1);
  ALD_CHECK(EVP_DigestFinal_ex(context, digest, &length) == 1 && length >= 16);
  EVP_MD_CTX_free(context);
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < 16; ++i) bytes[i] = digest[i];
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | 0x50);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);
  return from_bytes(bytes);
}

Uuid Uuid::version4(std::uint64_t random_high, std::uint64_t random_low) {
  return Uuid{(random_high & 0xFFFFFFFFFFFF0FFFULL) | 0x4000ULL,
              (random_low & 0x3FFFFFFFFFFFFFFFULL) | 0x8000000000000000ULL};
}

}  // namespace alidade::base
