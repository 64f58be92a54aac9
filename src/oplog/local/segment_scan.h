#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "env/env.h"
#include "oplog/local/segment_format.h"
#include "oplog/log.h"

/// Reading segments, without changing any: used by recovery, replay and offline checks.
namespace alidade::oplog {

struct SegmentFile {
  std::string path;
  std::uint64_t base = 0;  ///< From the name.
  std::uint64_t size_bytes = 0;
};

/// The segment files of a folder by position; none when there is no such folder.
Result<std::vector<SegmentFile>> list_segments(env::Env& env, const std::string& directory);

/// Reads and checks a header, its base against the name. @return kDataLoss naming the file.
Result<SegmentHeader> load_header(env::Env& env, const SegmentFile& file);

/// The first `size_bytes` of a file.
Result<base::Bytes> load_segment(env::Env& env, const std::string& path, std::uint64_t size_bytes);

struct SegmentScan {
  std::uint64_t whole_bytes = 0;  ///< Up to here, header included, everything is right.
  std::uint64_t chain = 0;        ///< Hash of the last right record, or the header's seed.
  std::uint64_t record_count = 0;
};

/// Checks records, chain and durable positions up to the first that is wrong, and calls the visitor
/// (when there is one) for those behind `from`. @return the visitor's error.
Result<SegmentScan> scan_segment(const SegmentHeader& header,
                                 std::span<const std::byte> image,
                                 base::LogPosition from,
                                 const Log::RecordVisitor& visitor);

/// Looks behind a damage for a whole record which says that the damaged bytes were durable.
/// Records written after an fsync name what it made durable, so such a record proves that this is
/// no torn tail. Pages of one unsynced tail may reach the disk in any order; whole records behind
/// a gap prove nothing by themselves.
bool names_as_durable(std::span<const std::byte> image,
                      std::uint64_t damage_offset,
                      std::uint64_t damage_position);

/// @return kDataLoss when the segment belongs to another log. 0 on either side is not compared.
Status check_identity(const std::string& path,
                      const SegmentHeader& header,
                      std::uint64_t identity);

/// Whether a log of the positions [begin, end] reaches what a checkpoint covers.
/// @return kDataLoss naming `file` and `offset`.
Status check_reach(std::uint64_t begin,
                   std::uint64_t end,
                   base::LogPosition covered,
                   const std::string& file,
                   std::uint64_t offset);

/// "path: byte 4711: …" as kDataLoss.
Status segment_damage(const std::string& path, std::uint64_t offset, const std::string& what);

}  // namespace alidade::oplog
