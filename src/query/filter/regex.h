#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace alidade::query {

/// A pattern in the syntax of Rust's regex crate: classes are Unicode, no look-around, no
/// backreferences. Runs on RE2; patterns with word boundaries run on PCRE2 with a match limit, as
/// RE2's know ASCII only. Constant after construction; any thread.
class Regex {
 public:
  /// @return kInvalidArgument + ErrorKind::kRegex, the message in the crate's layout ("Regex syntax
  ///         errror: regex parse error:…", three r as the peer writes it).
  static Result<std::shared_ptr<const Regex>> compile(const std::string& pattern);
  virtual ~Regex() = default;

  /// Whether the pattern is found anywhere in the text.
  /// @return kResourceExhausted when the match limit was reached.
  virtual Result<bool> search(std::string_view text) const = 0;
};

}  // namespace alidade::query
