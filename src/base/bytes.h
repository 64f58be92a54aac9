#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace alidade::base {

static_assert(std::endian::native == std::endian::little, "file formats are little-endian");

using Bytes = std::vector<std::byte>;

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Appends little-endian values to a buffer that it owns.
class ByteWriter {
 public:
  template <typename T>
    requires(std::is_arithmetic_v<T> || std::is_enum_v<T>)
  void put(T value) {
    append(&value, sizeof value);
  }
  void put_bytes(std::span<const std::byte> bytes) { append(bytes.data(), bytes.size()); }
  /// u32 length, then the text.
  void put_text(std::string_view text) {
    put(static_cast<std::uint32_t>(text.size()));
    append(text.data(), text.size());
  }
  template <typename T>
    requires(std::is_arithmetic_v<T>)
  void put_array(std::span<const T> values) {
    append(values.data(), values.size_bytes());
  }
  /// Overwrites earlier bytes, e.g. a length that was not known yet.
  template <typename T>
  void patch(std::size_t at, T value) {
    std::memcpy(bytes_.data() + at, &value, sizeof value);
  }
  void align(std::size_t alignment) {
    while (bytes_.size() % alignment != 0) bytes_.push_back(std::byte{0});
  }
  std::size_t size() const { return bytes_.size(); }
  std::span<const std::byte> bytes() const { return bytes_; }
  Bytes take() { return std::move(bytes_); }
  void clear() { bytes_.clear(); }

 private:
  void append(const void* data, std::size_t size) {
    if (size == 0) return;
    const std::size_t at = bytes_.size();
    bytes_.resize(at + size);
    std::memcpy(bytes_.data() + at, data, size);
  }
  Bytes bytes_;
};

/// Reads what ByteWriter wrote. Every read is checked; reading past the end is kDataLoss.
/// The views it returns borrow from the bytes given to the constructor.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  template <typename T>
    requires(std::is_arithmetic_v<T> || std::is_enum_v<T>)
  Result<T> get() {
    ALD_ASSIGN(const auto raw, get_bytes(sizeof(T)));
    T value;
    std::memcpy(&value, raw.data(), sizeof value);
    return value;
  }
  Result<std::span<const std::byte>> get_bytes(std::size_t size) {
    if (size > bytes_.size() - at_) {
      return data_loss("unexpected end of data at byte " + std::to_string(at_));
    }
    const auto view = bytes_.subspan(at_, size);
    at_ += size;
    return view;
  }
  Result<std::string_view> get_text() {
    ALD_ASSIGN(const auto size, get<std::uint32_t>());
    ALD_ASSIGN(const auto raw, get_bytes(size));
    return as_text(raw);
  }
  std::size_t position() const { return at_; }
  std::size_t remaining() const { return bytes_.size() - at_; }

 private:
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
};

}  // namespace alidade::base
