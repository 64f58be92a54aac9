#pragma once

#include <span>

#include "base/bytes.h"
#include "base/status.h"
#include "storage/manifest.h"

/// Bytes of a manifest; table in docs/formats/manifest.md.
namespace alidade::storage {

base::Bytes encode_manifest(const Manifest& manifest);
/// @return kDataLoss with the offset, without the file's name; kUnimplemented.
Result<Manifest> decode_manifest(std::span<const std::byte> bytes);
/// Whether a file begins like a manifest.
bool looks_like_manifest(std::span<const std::byte> bytes);

}  // namespace alidade::storage
