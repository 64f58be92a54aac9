#pragma once

#include <string>

#include "base/status.h"

namespace alidade::query {

/// A Rust pattern rewritten for our engines: Unicode classes spelled out, escapes in a common form.
struct TranslatedRegex {
  std::string pattern;
  /// Holds what RE2 does not know: Unicode word boundaries, long repetitions, (?x), sets taken out
  /// of a class.
  bool needs_pcre = false;
};

/// @return kInvalidArgument + ErrorKind::kRegex for what Rust's crate refuses and the engines would
///         take, or word otherwise: look-around, backreferences, unknown escapes, bad brackets.
Result<TranslatedRegex> translate_regex(const std::string& pattern);

/// The error at bytes [from, from + length) of the pattern, in the crate's layout.
Status regex_error(const std::string& pattern,
                   std::size_t from,
                   std::size_t length,
                   const std::string& reason);

}  // namespace alidade::query
