#pragma once

#include <string_view>
#include <vector>

#include "base/status.h"

namespace alidade::faces::chroma_rest {

/// Little-endian floats in standard base64 with padding, as clients send embeddings.
/// @return kInvalidArgument in the peer's words ("Invalid base64 string: Invalid symbol 33, offset 0.").
Result<std::vector<float>> floats_from_base64(std::string_view text);

}  // namespace alidade::faces::chroma_rest
