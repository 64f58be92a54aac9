// Log segments. Odd first bytes take the rest as the image of a segment; even ones make a whole
// segment of the payloads that follow, damage it, and require that exactly the records before the
// damage are read, and that damage before a durable position is seen as such.
#include <vector>

#include "fuzz/support/fuzz.h"
#include "oplog/local/segment_scan.h"

namespace alidade::fuzz {
namespace {

void scan_image(std::span<const std::byte> image) {
  const auto header = oplog::decode_segment_header(image);
  fuzz::require_code(header.status(), {StatusCode::kDataLoss, StatusCode::kUnimplemented});
  const oplog::SegmentHeader usable = header.ok() ? *header : oplog::SegmentHeader{};
  std::uint64_t payload_bytes = 0;
  const auto scan = oplog::scan_segment(usable, image, base::LogPosition(0),
                                        [&](base::LogPosition, std::span<const std::byte> payload) {
                                          payload_bytes += payload.size();
                                          return Status();
                                        });
  fuzz::require(scan.ok(), "a scan without a refusing visitor ends well",
                scan.status().to_string());
  fuzz::require(payload_bytes <= image.size(), "no byte is handed out twice");
  (void)oplog::names_as_durable(image, oplog::kSegmentHeaderBytes, 0);
}

void damage_segment(fuzz::Input& in) {
  const oplog::SegmentHeader header{
      .base = in.u16(), .chain_seed = in.u32(), .durable = 0, .capacity_bytes = 1 << 20};
  const unsigned place = in.u16();
  const unsigned flip = in.byte();
  base::ByteWriter out;
  oplog::encode_segment_header(header, out);
  std::vector<std::uint64_t> ends = {out.size()};
  std::uint64_t chain = header.chain_seed;
  std::uint64_t durable = header.base;
  while (!in.empty() && ends.size() < 64) {
    const unsigned control = in.byte();
    // Now and then everything so far is synced, as the next record then says.
    if ((control & 1) != 0) durable = header.base + out.size() - oplog::kSegmentHeaderBytes;
    chain = oplog::encode_record(in.bytes(control >> 1), durable, chain, out);
    ends.push_back(out.size());
  }
  base::Bytes image = out.take();
  const auto scan = [&] {
    return *oplog::scan_segment(header, image, base::LogPosition(0), nullptr);
  };
  fuzz::require(scan().record_count + 1 == ends.size(), "every record of a whole segment is read");
  if (image.size() == oplog::kSegmentHeaderBytes || flip == 0) return;
  const std::size_t at =
      oplog::kSegmentHeaderBytes + place % (image.size() - oplog::kSegmentHeaderBytes);
  image[at] ^= static_cast<std::byte>(flip);
  std::size_t intact = 0;
  while (intact + 1 < ends.size() && ends[intact + 1] <= at) ++intact;
  fuzz::require(scan().record_count == intact, "exactly the records before a damage are read",
                "damage at " + std::to_string(at) + ", read " +
                    std::to_string(scan().record_count) + " instead of " + std::to_string(intact));
  fuzz::require(scan().whole_bytes == ends[intact], "a scan ends where the damage begins");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input in(data, size);
  if (in.byte() % 2 != 0) {
    scan_image(in.rest());
  } else {
    damage_segment(in);
  }
  return 0;
}

}  // namespace alidade::fuzz
