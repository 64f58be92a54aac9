#include "oplog/local/segment_format.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>

#include "base/hash.h"

namespace alidade::oplog {
namespace {

constexpr std::string_view kMagic = "ALDLOG01";
constexpr std::uint32_t kVersion = 1;
// Marks a record's beginning, so that the search for whole records behind a damage is cheap.
constexpr std::uint32_t kRecordTag = 0xA11DADE1;
// Records begin at multiples of 8, so that such a search looks at every eighth byte only.
constexpr std::uint64_t kAlignment = 8;
constexpr std::size_t kHashAt = kRecordHeaderBytes - sizeof(std::uint64_t);

}  // namespace

std::uint64_t stored_record_bytes(std::uint64_t payload_bytes) {
  return kRecordHeaderBytes + (payload_bytes + kAlignment - 1) / kAlignment * kAlignment;
}

void encode_segment_header(const SegmentHeader& header, base::ByteWriter& out) {
  const std::size_t start = out.size();
  out.put_bytes(base::as_bytes(kMagic));
  out.put(kVersion);
  out.put(static_cast<std::uint32_t>(kSegmentHeaderBytes));
  out.put(header.base);
  out.put(header.chain_seed);
  out.put(header.durable);
  out.put(header.capacity_bytes);
  out.put(header.identity);
  out.put(base::hash64(out.bytes().subspan(start)));
}

Result<SegmentHeader> decode_segment_header(std::span<const std::byte> bytes) {
  base::ByteReader reader(bytes);
  ALD_ASSIGN(const auto magic, reader.get_bytes(kMagic.size()));
  ALD_ASSIGN(const auto version, reader.get<std::uint32_t>());
  ALD_ASSIGN(const auto header_bytes, reader.get<std::uint32_t>());
  SegmentHeader header;
  ALD_ASSIGN(header.base, reader.get<std::uint64_t>());
  ALD_ASSIGN(header.chain_seed, reader.get<std::uint64_t>());
  ALD_ASSIGN(header.durable, reader.get<std::uint64_t>());
  ALD_ASSIGN(header.capacity_bytes, reader.get<std::uint64_t>());
  ALD_ASSIGN(header.identity, reader.get<std::uint64_t>());
  ALD_ASSIGN(const auto checksum, reader.get<std::uint64_t>());
  if (base::as_text(magic) != kMagic) return data_loss("byte 0: no log segment (wrong magic)");
  if (checksum != base::hash64(bytes.first(kSegmentHeaderBytes - sizeof checksum))) {
    return data_loss("byte 0: the checksum of the segment header is wrong");
  }
  if (version != kVersion || header_bytes != kSegmentHeaderBytes) {
    return unimplemented("log format " + std::to_string(version) + " is newer than this build");
  }
  return header;
}

std::uint64_t encode_record(std::span<const std::byte> payload,
                            std::uint64_t durable,
                            std::uint64_t previous_hash,
                            base::ByteWriter& out) {
  const std::size_t start = out.size();
  out.put(static_cast<std::uint32_t>(payload.size()));
  out.put(kRecordTag);
  out.put(durable);
  out.put(previous_hash);
  out.put(std::uint64_t{0});  // The hash, when it is known.
  out.put_bytes(payload);
  out.align(kAlignment);
  const auto record = out.bytes().subspan(start);
  const std::uint64_t hash =
      base::hash64(record.subspan(kRecordHeaderBytes), base::hash64(record.first(kHashAt)));
  out.patch(start + kHashAt, hash);
  return hash;
}

std::optional<RecordView> decode_record(std::span<const std::byte> bytes) {
  if (bytes.size() < kRecordHeaderBytes) return std::nullopt;
  std::uint32_t length = 0;
  std::uint32_t tag = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  std::memcpy(&tag, bytes.data() + 4, sizeof tag);
  if (tag != kRecordTag) return std::nullopt;
  RecordView record;
  record.stored_bytes = stored_record_bytes(length);
  if (record.stored_bytes > bytes.size()) return std::nullopt;
  std::memcpy(&record.durable, bytes.data() + 8, sizeof record.durable);
  std::memcpy(&record.previous_hash, bytes.data() + 16, sizeof record.previous_hash);
  std::memcpy(&record.hash, bytes.data() + kHashAt, sizeof record.hash);
  const auto stored = bytes.first(record.stored_bytes);
  if (record.hash !=
      base::hash64(stored.subspan(kRecordHeaderBytes), base::hash64(stored.first(kHashAt)))) {
    return std::nullopt;
  }
  record.payload = stored.subspan(kRecordHeaderBytes, length);
  return record;
}

std::string segment_file_name(std::uint64_t base) { return fmt::format("{:020}.log", base); }

std::optional<std::uint64_t> parse_segment_file_name(std::string_view name) {
  constexpr std::size_t kDigits = 20;
  if (name.size() != kDigits + 4 || !name.ends_with(".log")) return std::nullopt;
  std::uint64_t base = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, base);
  if (error != std::errc() || end != name.data() + kDigits) return std::nullopt;
  return base;
}

}  // namespace alidade::oplog
