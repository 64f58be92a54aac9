// Manifests. An odd first byte mends length and checksum first, so that the fields behind them are
// reached.
#include <cstring>

#include "base/hash.h"
#include "fuzz/support/fuzz.h"
#include "storage/format/manifest_format.h"

namespace alidade::fuzz {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input in(data, size);
  const bool mend = in.byte() % 2 != 0;
  const auto rest = in.rest();
  base::Bytes bytes(rest.begin(), rest.end());
  constexpr std::size_t kLengthAt = 16;
  constexpr std::size_t kChecksumBytes = 8;
  if (mend && bytes.size() >= kLengthAt + sizeof(std::uint64_t)) {
    const std::uint64_t length = bytes.size() + kChecksumBytes;
    std::memcpy(bytes.data() + kLengthAt, &length, sizeof length);
    const std::uint64_t checksum = base::hash64(bytes);
    bytes.resize(length);
    std::memcpy(bytes.data() + length - kChecksumBytes, &checksum, sizeof checksum);
  }
  const auto manifest = storage::decode_manifest(bytes);
  fuzz::require_code(manifest.status(), {StatusCode::kDataLoss, StatusCode::kUnimplemented});
  if (!manifest.ok()) return 0;
  const auto again = storage::decode_manifest(storage::encode_manifest(*manifest));
  fuzz::require(again.ok() && *again == *manifest, "what is written reads back");
  return 0;
}

}  // namespace alidade::fuzz
