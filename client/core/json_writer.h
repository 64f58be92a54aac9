#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "alidade/client/json.h"

namespace alidade::client::inline v0::core {

/// Writes one JSON document front to back into a string, and places the commas.
///   JsonWriter w(out); w.begin_object(); w.key("id"); w.integer(7); w.end_object();
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  void key(std::string_view name);
  void null() { raw("null"); }
  void boolean(bool value) { raw(value ? "true" : "false"); }
  void integer(std::int64_t value);
  void unsigned_integer(std::uint64_t value);
  /// Shortest text that reads back to the same value, always with a fraction or an exponent; null when
  /// it is not finite.
  void number(double value);
  void number(float value);
  void string(std::string_view text);
  void value(const Json& value);
  /// Text that is JSON already.
  void raw(std::string_view json);
  /// A list of numbers: the hot case of vectors. Integral values show no fraction ("1"), which is
  /// shorter and the same f32 to every server.
  void floats(std::span<const float> values);
  /// The values' bytes, little endian, in base64: what Chroma servers take instead of a list.
  void base64_floats(std::span<const float> values);

 private:
  void open(char bracket);
  void close(char bracket);
  void separate();

  std::string& out_;
  bool needs_comma_ = false;
};

}  // namespace alidade::client::inline v0::core
