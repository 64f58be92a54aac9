#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/status.h"

namespace alidade::faces::chroma_rest {

/// Whether a JSON number may go on with it.
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Reads one JSON body front to back into typed fields, and words the first mistake as the peer does
/// (serde_json with a path: "ids[0]: invalid type: null, expected a string at line 1 column 12").
/// This is the careful decoder; the hot bodies are tried by fast_decode.h first.
///
/// Every read returns false once a mistake was met; the first one stays.
class BodyReader {
 public:
  enum class Need {
    kRequired,  ///< Must be there.
    kOption,    ///< May be missing in an object, not in a list that stands for the struct.
    kDefault,   ///< May be missing in both.
  };
  struct Field {
    std::string_view name;
    Need need = Need::kRequired;
    std::function<bool(BodyReader&)> read;
    /// Another name for the same field, or "".
    std::string_view alias = {};
  };
  enum class Style {
    kPlain,      ///< Unknown fields are ignored; a list of the fields in order will do.
    kStrict,     ///< Unknown fields are refused; likewise.
    kFlattened,  ///< Unknown fields are ignored; objects only.
  };

  /// @param text is borrowed for the reader's life.
  explicit BodyReader(std::string_view text) : text_(text) {}

  bool read_struct(std::string_view name, Style style, std::span<const Field> fields);
  bool read_struct(std::string_view name, Style style, std::initializer_list<Field> fields) {
    return read_struct(name, style, std::span<const Field>(fields.begin(), fields.size()));
  }
  /// A list; `element` is called in front of each value and reads it.
  bool read_list(const std::function<bool(BodyReader&)>& element);
  /// An object with any keys; `member` is called in front of each value and reads it.
  bool read_map(const std::function<bool(BodyReader&, const std::string& key)>& member);
  /// Null, or what `read` reads.
  bool read_option(const std::function<bool(BodyReader&)>& read);

  bool read_string(std::string& out);
  bool read_bool(bool& out);
  bool read_u32(std::uint32_t& out);
  bool read_usize(std::uint64_t& out);
  bool read_f64(double& out);
  bool read_f32(float& out);
  /// One of the given words. @param out its position.
  bool read_variant(std::span<const std::string_view> words, std::size_t& out);
  /// {"word": value} with one of the given words; `value` gets the word's position and reads it.
  bool read_tagged(std::span<const std::string_view> words,
                   const std::function<bool(BodyReader&, std::size_t)>& value);
  /// Any value.
  bool read_value(base::json::Value& out);

  /// What the next value is, without reading it: its first character, 0 at the end.
  char peek();
  /// Refuses the value that was just read (or is next): a mistake in the data, not in the JSON.
  bool refuse(std::string_view message);
  /// Refuses the value that was just read, for what the peer finds out only once the value is
  /// buffered and the bracket behind it is passed.
  bool refuse_late(std::string_view message);
  /// The value that was just read fits no alternative of an enumeration without tags.
  bool refuse_untagged(std::string_view enumeration);
  /// "invalid type: <what comes>, expected <expected>". Reads the value where it is a scalar.
  bool refuse_type(std::string_view expected);
  /// A mistake in the JSON itself at the next character.
  bool refuse_syntax_here(std::string_view message);

  /// To be called once after the top-level value.
  /// @return kInvalidArgument when the text is no JSON, kUnprocessable when it has another shape.
  Status finish();

 private:
  enum class Place { kHere, kNext };  // The last character read, or the one behind it.

  bool syntax(std::string_view message, Place place);
  bool fail(bool is_syntax, std::string_view message, std::size_t offset);
  void skip_space();
  bool read_word(std::string_view word);
  bool read_raw_string(std::string& out);
  bool read_escape(std::string& out);
  bool read_hex(unsigned& out);
  bool read_number(base::json::Value& out);
  bool read_unsigned(std::uint64_t limit, std::string_view expected, std::uint64_t& out);
  bool read_object_value(base::json::Value& out);
  bool enter();
  void leave() { --depth_; }
  bool first_key(bool& more);
  bool next_key(bool& more);
  bool read_key(std::string& key);
  bool list_continues(bool first, bool& more);
  bool read_struct_map(std::string_view name, Style style, std::span<const Field> fields);
  bool read_struct_list(std::string_view name, std::span<const Field> fields);
  bool skip_value();

  const std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::vector<std::string> path_;
  bool failed_ = false;
  bool is_syntax_ = false;
  std::string message_;
};

}  // namespace alidade::faces::chroma_rest
