#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace alidade::net {

/// The gzip form, at the fastest level: answers are compressed once and thrown away.
std::string gzip_compress(std::string_view bytes);

/// Reads gzip or zlib.
/// @return kInvalidArgument when the bytes are neither or are cut short;
///         kTooLarge        when they unfold to more than limit_bytes (nothing near that is kept).
Result<std::string> gzip_decompress(std::string_view bytes, std::uint64_t limit_bytes);

/// Whether an Accept-Encoding value allows gzip.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace alidade::net
