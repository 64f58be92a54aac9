#include "faces/chroma_rest/base64.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <string>

namespace alidade::faces::chroma_rest {

namespace {

constexpr std::uint8_t kBad = 0xFF;

constexpr std::array<std::uint8_t, 256> make_table() {
  std::array<std::uint8_t, 256> table{};
  table.fill(kBad);
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}
constexpr std::array<std::uint8_t, 256> kTable = make_table();

Status bad_symbol(std::string_view text, std::size_t offset) {
  return invalid_argument("Invalid base64 string: Invalid symbol " +
                          std::to_string(static_cast<unsigned char>(text[offset])) + ", offset " +
                          std::to_string(offset) + ".");
}

Result<std::vector<std::uint8_t>> bytes_from_base64(std::string_view text) {
  const std::size_t padding =
      text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const std::size_t symbol_count = text.size() - padding;
  std::vector<std::uint8_t> bytes;
  bytes.reserve(symbol_count * 3 / 4);
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < symbol_count; ++i) {
    const std::uint8_t value = kTable[static_cast<unsigned char>(text[i])];
    if (value == kBad) return bad_symbol(text, i);
    bits = (bits << 6) | value;
    if (i % 4 == 3) {
      bytes.push_back(static_cast<std::uint8_t>(bits >> 16));
      bytes.push_back(static_cast<std::uint8_t>(bits >> 8));
      bytes.push_back(static_cast<std::uint8_t>(bits));
      bits = 0;
    }
  }
  const std::size_t rest = symbol_count % 4;
  if (rest == 1) {
    return invalid_argument("Invalid base64 string: Invalid input length: " +
                            std::to_string(text.size()));
  }
  if ((symbol_count + padding) % 4 != 0) {
    return invalid_argument("Invalid base64 string: Invalid padding");
  }
  if (rest == 2) {
    if ((bits & 0xF) != 0) {
      return invalid_argument("Invalid base64 string: Invalid last symbol " +
                              std::to_string(static_cast<unsigned char>(text[symbol_count - 1])) +
                              ", offset " + std::to_string(symbol_count - 1) + ".");
    }
    bytes.push_back(static_cast<std::uint8_t>(bits >> 4));
  } else if (rest == 3) {
    if ((bits & 0x3) != 0) {
      return invalid_argument("Invalid base64 string: Invalid last symbol " +
                              std::to_string(static_cast<unsigned char>(text[symbol_count - 1])) +
                              ", offset " + std::to_string(symbol_count - 1) + ".");
    }
    bytes.push_back(static_cast<std::uint8_t>(bits >> 10));
    bytes.push_back(static_cast<std::uint8_t>(bits >> 2));
  }
  return bytes;
}

}  // namespace

Result<std::vector<float>> floats_from_base64(std::string_view text) {
  ALD_ASSIGN(const auto bytes, bytes_from_base64(text));
  if (bytes.size() % sizeof(float) != 0) {
    return invalid_argument("Invalid byte length: " + std::to_string(bytes.size()) +
                            " bytes cannot be converted to f32 values (must be divisible by 4)");
  }
  std::vector<float> floats(bytes.size() / sizeof(float));
  if (!bytes.empty()) std::memcpy(floats.data(), bytes.data(), bytes.size());
  return floats;
}

}  // namespace alidade::faces::chroma_rest
