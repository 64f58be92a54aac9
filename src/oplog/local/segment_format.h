#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/status.h"
#include "env/env.h"

/// Bytes of a log segment; the tables are in docs/formats/log.md.
namespace alidade::oplog {

inline constexpr std::size_t kSegmentHeaderBytes = 64;
inline constexpr std::size_t kRecordHeaderBytes = 32;

struct SegmentHeader {
  std::uint64_t base = 0;            ///< Position of the first record.
  std::uint64_t chain_seed = 0;      ///< Hash of the record before it, in the previous segment.
  std::uint64_t durable = 0;         ///< Durable position when the segment was made.
  std::uint64_t capacity_bytes = 0;  ///< Reserved file size.
  std::uint64_t identity = 0;        ///< Whose log it is (LocalLog::Options); 0 = nobody's.
};

/// A record whose own hash is right.
struct RecordView {
  std::span<const std::byte> payload;
  std::uint64_t stored_bytes = 0;   ///< Header, payload and padding.
  std::uint64_t durable = 0;        ///< Durable position when it was written.
  std::uint64_t previous_hash = 0;  ///< Of the record before it: the chain.
  std::uint64_t hash = 0;
};

/// What a record of that payload takes in the file and in positions.
std::uint64_t stored_record_bytes(std::uint64_t payload_bytes);

void encode_segment_header(const SegmentHeader& header, base::ByteWriter& out);
/// @return kDataLoss, kUnimplemented for a newer version; without the file's name.
Result<SegmentHeader> decode_segment_header(std::span<const std::byte> bytes);

/// Appends the record to `out` and returns its hash.
std::uint64_t encode_record(std::span<const std::byte> payload,
                            std::uint64_t durable,
                            std::uint64_t previous_hash,
                            base::ByteWriter& out);
/// The record at the beginning of `bytes`, or nothing when there is no whole and undamaged one.
std::optional<RecordView> decode_record(std::span<const std::byte> bytes);

/// "00000000000000000042.log"
std::string segment_file_name(std::uint64_t base);
/// The base position that a file name carries, or nothing for another kind of file.
std::optional<std::uint64_t> parse_segment_file_name(std::string_view name);

}  // namespace alidade::oplog
