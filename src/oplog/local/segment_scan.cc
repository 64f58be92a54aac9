#include "oplog/local/segment_scan.h"

namespace alidade::oplog {

Result<std::vector<SegmentFile>> list_segments(env::Env& env, const std::string& directory) {
  std::vector<SegmentFile> files;
  const auto entries = env.list_directory(directory);
  if (!entries.ok()) {
    if (entries.status().code() == StatusCode::kNotFound) return files;
    return entries.status();
  }
  for (const env::DirectoryEntry& entry : *entries) {
    const auto base = parse_segment_file_name(entry.name);
    if (entry.is_directory || !base) continue;
    files.push_back({env::join_path(directory, entry.name), *base, entry.size_bytes});
  }
  // Names are zero-padded, so they came in the order of positions.
  return files;
}

Result<SegmentHeader> load_header(env::Env& env, const SegmentFile& file) {
  if (file.size_bytes < kSegmentHeaderBytes) {
    return segment_damage(file.path, file.size_bytes, "the file ends inside the segment header");
  }
  ALD_ASSIGN(const auto bytes, load_segment(env, file.path, kSegmentHeaderBytes));
  auto header = decode_segment_header(bytes);
  if (!header.ok()) return header.status().with_context(file.path);
  if (header->base != file.base) {
    return segment_damage(file.path, 16,
                          "the segment begins at position " + std::to_string(header->base) +
                              ", its name says " + std::to_string(file.base));
  }
  return header;
}

Result<base::Bytes> load_segment(env::Env& env, const std::string& path, std::uint64_t size_bytes) {
  ALD_ASSIGN(const auto file, env.open_readable(path));
  base::Bytes bytes(size_bytes);
  ALD_RETURN_IF_ERROR(file->read_at(0, bytes));
  return bytes;
}

Result<SegmentScan> scan_segment(const SegmentHeader& header,
                                 std::span<const std::byte> image,
                                 base::LogPosition from,
                                 const Log::RecordVisitor& visitor) {
  SegmentScan scan{kSegmentHeaderBytes, header.chain_seed, 0};
  while (scan.whole_bytes < image.size()) {
    const auto record = decode_record(image.subspan(scan.whole_bytes));
    const std::uint64_t position = header.base + scan.whole_bytes - kSegmentHeaderBytes;
    if (!record || record->previous_hash != scan.chain || record->durable > position) break;
    scan.whole_bytes += record->stored_bytes;
    scan.chain = record->hash;
    ++scan.record_count;
    const base::LogPosition end(position + record->stored_bytes);
    if (visitor && end > from) ALD_RETURN_IF_ERROR(visitor(end, record->payload));
  }
  return scan;
}

bool names_as_durable(std::span<const std::byte> image,
                      std::uint64_t damage_offset,
                      std::uint64_t damage_position) {
  for (std::uint64_t offset = damage_offset; offset + kRecordHeaderBytes <= image.size();
       offset += 8) {
    const auto record = decode_record(image.subspan(offset));
    if (record && record->durable > damage_position) return true;
  }
  return false;
}

Status check_identity(const std::string& path,
                      const SegmentHeader& header,
                      std::uint64_t identity) {
  if (header.identity == identity || header.identity == 0 || identity == 0) return Status();
  return segment_damage(path, 48, "the segment belongs to another collection's log");
}

Status check_reach(std::uint64_t begin,
                   std::uint64_t end,
                   base::LogPosition covered,
                   const std::string& file,
                   std::uint64_t offset) {
  const std::string covers = ", the checkpoint covers up to " + std::to_string(covered.value);
  if (begin > covered.value) {
    return segment_damage(file, 0, "records are missing: the log begins at position " +
                                       std::to_string(begin) + covers);
  }
  if (end < covered.value) {
    return segment_damage(file, offset, "durable records are missing: the log ends at position " +
                                            std::to_string(end) + covers);
  }
  return Status();
}

Status segment_damage(const std::string& path, std::uint64_t offset, const std::string& what) {
  return data_loss(path + ": byte " + std::to_string(offset) + ": " + what);
}

}  // namespace alidade::oplog
