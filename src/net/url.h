#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alidade::net {

/// What a '+' stands for: a space in a query string, itself in a path.
enum class Plus { kIsPlus, kIsSpace };

/// Replaces %XX. A '%' that two hexadecimal digits do not follow stays as it is.
std::string percent_decode(std::string_view text, Plus plus = Plus::kIsPlus);

/// Whether the bytes are well-formed UTF-8 (no overlong forms, surrogates or cut sequences).
bool is_utf8(std::string_view text);

/// The text with U+FFFD for each longest run of bytes that begins a sequence and does not end it, as
/// Rust's from_utf8_lossy() writes it. Time is linear in the length.
std::string to_valid_utf8(std::string text);

/// Whether percent_decode(text) is `plain`, without decoding more than that takes.
bool decodes_to(std::string_view text, std::string_view plain);

/// The decoded pairs of a query string, in order, repetitions kept. "a" and "a=" both mean "".
class QueryParameters {
 public:
  using Pair = std::pair<std::string, std::string>;

  QueryParameters() = default;
  explicit QueryParameters(std::vector<Pair> pairs) : pairs_(std::move(pairs)) {}

  /// The last value of that name (later ones win), or nullptr.
  const std::string* find(std::string_view name) const;
  const std::vector<Pair>& pairs() const { return pairs_; }

 private:
  std::vector<Pair> pairs_;
};

QueryParameters parse_query(std::string_view query);

}  // namespace alidade::net
