#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace alidade::net {

/// The gzip form, at the fastest level: answers are compressed once and thrown away. A short text
/// takes little memory and time.
std::string gzip_compress(std::string_view bytes);

/// Reads gzip or zlib.
/// @return kInvalidArgument when the bytes are neither or are cut short;
///         kTooLarge        when they unfold to more than limit_bytes (nothing near that is kept).
Result<std::string> gzip_decompress(std::string_view bytes, std::uint64_t limit_bytes);

/// How an answer may be coded.
enum class Coding {
  kIdentity,
  kGzip,
  kNone,  // The client takes neither form: 406.
};

/// What an Accept-Encoding value asks for: of the codings we have the one with the highest weight,
/// among equals the one named first. "*" alone asks for nothing; identity is fine unless it, or
/// "*", has the weight 0. Linear in the length.
Coding choose_coding(std::string_view accept_encoding);

}  // namespace alidade::net
