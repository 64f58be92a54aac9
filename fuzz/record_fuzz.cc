// Records of a shard: what is read is written back the same.
#include "fuzz/support/fuzz.h"
#include "shard/record.h"

namespace alidade::fuzz {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto record = shard::decode_record(fuzz::Input(data, size).rest());
  fuzz::require_code(record.status(), {StatusCode::kDataLoss, StatusCode::kUnimplemented});
  if (!record.ok()) return 0;
  const base::Bytes written = shard::encode_record(*record);
  const auto again = shard::decode_record(written);
  fuzz::require(again.ok(), "what is written reads back", again.status().to_string());
  fuzz::require(shard::encode_record(*again) == written, "what is read is written the same");
  return 0;
}

}  // namespace alidade::fuzz
