#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "alidade/version.h"

/// Small encodings that requests are made of.
namespace alidade::client::inline v0::core {

/// Percent-encodes everything but RFC 3986's unreserved characters: one path segment, or one value of a
/// query. A segment of dots alone is encoded too, or a URL parser would walk up the path.
std::string percent_encode(std::string_view text);

/// Standard base64 with padding.
void append_base64(std::span<const std::byte> bytes, std::string& out);
std::string base64(std::string_view bytes);

/// ASCII lower case; header names know no other letters.
std::string lower(std::string_view text);

/// Whether the text may stand in a header: no control character, so nobody can smuggle a line in.
bool is_header_text(std::string_view text);

/// Replaces each of `secrets` in the text by "***". Those shorter than four bytes are left: they would
/// tear ordinary words apart.
std::string without(std::string text, std::span<const std::string> secrets);

}  // namespace alidade::client::inline v0::core
