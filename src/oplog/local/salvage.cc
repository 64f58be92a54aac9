#include "oplog/local/salvage.h"

#include <algorithm>

#include "oplog/local/segment_scan.h"

namespace alidade::oplog {
namespace {

class Salvager {
 public:
  Salvager(env::Env& env,
           std::uint64_t identity,
           const Log::RecordVisitor& visitor,
           LogSalvage& found)
      : env_(env), identity_(identity), visitor_(visitor), found_(found) {}

  /// @param next_base where the next segment begins; nullopt for the last one.
  Status read(const SegmentFile& file, std::optional<std::uint64_t> next_base) {
    const bool is_last = !next_base;
    const auto header = load_header(env_, file);
    if (!header.ok()) {
      const bool unborn = is_last && file.size_bytes <= kSegmentHeaderBytes &&
                          header.status().code() == StatusCode::kDataLoss;
      if (!unborn) return header.status();
      found_.torn_tail_bytes += file.size_bytes;
      return Status();
    }
    ALD_RETURN_IF_ERROR(check_identity(file.path, *header, identity_));
    if (header->base > found_.end.value) {
      return segment_damage(file.path, 0,
                            "records are missing before position " + std::to_string(header->base));
    }
    if (chain_ && header->chain_seed != *chain_) {
      return segment_damage(file.path, 24, "the segment does not continue its predecessor's chain");
    }
    if (header->base == found_.end.value) chain_ = header->chain_seed;
    ALD_ASSIGN(const auto image, load_segment(env_, file.path, file.size_bytes));
    return read_records(file, header->base, image, next_base);
  }

 private:
  Status read_records(const SegmentFile& file,
                      std::uint64_t base,
                      std::span<const std::byte> image,
                      std::optional<std::uint64_t> next_base) {
    const auto offset = [&] { return found_.end.value - base + kSegmentHeaderBytes; };
    if (offset() > image.size()) {
      return segment_damage(file.path, image.size(), "durable records are missing");
    }
    // What lies behind the beginning of the next segment is none of the log's.
    while (offset() < image.size() && found_.end.value != next_base) {
      const auto record = decode_record(image.subspan(offset()));
      const std::uint64_t position = found_.end.value;
      if (!record || (chain_ && record->previous_hash != *chain_) || record->durable > position) {
        if (!next_base && !names_as_durable(image, offset(), position)) {
          found_.torn_tail_bytes += image.size() - offset();
          return Status();
        }
        return segment_damage(file.path, offset(), "damaged log record");
      }
      const base::LogPosition end(position + record->stored_bytes);
      if (visitor_) ALD_RETURN_IF_ERROR(visitor_(end, record->payload));
      chain_ = record->hash;
      found_.end = end;
      ++found_.record_count;
    }
    return Status();
  }

  env::Env& env_;
  const std::uint64_t identity_;
  const Log::RecordVisitor& visitor_;
  LogSalvage& found_;
  std::optional<std::uint64_t> chain_;  // Hash of the record before found_.end, when it is known.
};

}  // namespace

Result<LogSalvage> salvage_log(env::Env& env,
                               const std::string& directory,
                               base::LogPosition from,
                               std::uint64_t identity,
                               const Log::RecordVisitor& visitor) {
  ALD_ASSIGN(const auto files, list_segments(env, directory));
  LogSalvage found;
  found.end = from;
  if (files.empty()) {
    if (from.value > 0) found.damage = check_reach(0, 0, from, directory, 0);
    return found;
  }
  std::size_t next = 0;
  while (next + 1 < files.size() && files[next + 1].base <= from.value) ++next;
  Salvager salvager(env, identity, visitor, found);
  for (; next < files.size() && found.damage.ok(); ++next) {
    found.damage = salvager.read(files[next], next + 1 == files.size()
                                                  ? std::nullopt
                                                  : std::optional(files[next + 1].base));
  }
  const std::uint64_t stored =
      files.back().size_bytes - std::min<std::uint64_t>(files.back().size_bytes, kSegmentHeaderBytes);
  const std::uint64_t end = files.back().base + stored;
  if (!found.damage.ok() && end > found.end.value) found.left_out_bytes = end - found.end.value;
  return found;
}

Result<std::optional<base::LogPosition>> first_log_position(env::Env& env,
                                                            const std::string& directory) {
  ALD_ASSIGN(const auto files, list_segments(env, directory));
  if (files.empty()) return std::optional<base::LogPosition>();
  return std::optional<base::LogPosition>(base::LogPosition(files.front().base));
}

}  // namespace alidade::oplog
