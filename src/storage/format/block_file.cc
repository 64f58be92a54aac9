#include "storage/format/block_file.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "base/hash.h"

namespace alidade::storage {
namespace {

constexpr std::string_view kHeaderMagic = "ALDFILE1";
constexpr std::string_view kFooterMagic = "ALDFOOT1";
constexpr std::uint32_t kBlockFileVersion = 1;
constexpr std::uint32_t kMaxBlockBytes = 16 << 20;
constexpr std::size_t kChecksumAt = 56;  // In header and footer alike.

std::span<const std::byte> bytes_of(const std::vector<std::uint64_t>& words) {
  return std::as_bytes(std::span(words));
}

/// Without its checksum.
base::ByteWriter encode_header(std::string_view kind, std::uint32_t block_bytes) {
  base::ByteWriter header;
  header.put_bytes(base::as_bytes(kHeaderMagic));
  header.put(kBlockFileVersion);
  header.put(block_bytes);
  header.put_bytes(base::as_bytes(kind));
  while (header.size() < kChecksumAt) header.put(std::uint8_t{0});
  return header;
}

/// The numbers of a footer, as they stand in the file behind its magic.
struct Footer {
  std::uint64_t data_bytes;
  std::uint64_t block_count;
  std::uint64_t table_checksum;
  std::uint64_t header_checksum;
  std::uint64_t file_bytes;
  std::uint64_t reserved;
  std::uint64_t checksum;  ///< Of everything before it, with the magic.
};
static_assert(kFooterMagic.size() + sizeof(Footer) == kBlockFileFooterBytes);
static_assert(kFooterMagic.size() + offsetof(Footer, checksum) == kChecksumAt);

/// Without its checksum.
base::ByteWriter encode_footer(std::uint64_t data_bytes,
                               const std::vector<std::uint64_t>& block_checksums,
                               std::uint64_t header_checksum) {
  base::ByteWriter footer;
  footer.put_bytes(base::as_bytes(kFooterMagic));
  footer.put(data_bytes);
  footer.put(std::uint64_t{block_checksums.size()});
  footer.put(base::hash64(bytes_of(block_checksums)));
  footer.put(header_checksum);
  footer.put(std::uint64_t{kBlockFileHeaderBytes + data_bytes +
                           block_checksums.size() * sizeof(std::uint64_t) + kBlockFileFooterBytes});
  footer.put(std::uint64_t{0});
  return footer;
}

std::string text_of_kind(std::span<const std::byte> raw) {
  const std::string_view text = base::as_text(raw);
  return std::string(text.substr(0, text.find('\0')));
}

}  // namespace

// ---------------------------------------------------------------------------------- writing

Result<std::unique_ptr<BlockFileWriter>> BlockFileWriter::create(env::Env& env,
                                                                 const std::string& directory,
                                                                 const std::string& name,
                                                                 std::string_view kind,
                                                                 std::uint32_t block_bytes) {
  if (kind.size() > kMaxKindBytes)
    return invalid_argument("file kind '" + std::string(kind) + "' is too long");
  std::string path = env::join_path(directory, name);
  ALD_ASSIGN(auto file, env.open_writable(path, env::OpenMode::kCreateNew));
  std::unique_ptr<BlockFileWriter> writer(new BlockFileWriter(
      env, std::move(path), FileRef{std::string(kind), name, 0, 0}, block_bytes));
  writer->file_ = std::move(file);
  ALD_RETURN_IF_ERROR(writer->write_header());
  return writer;
}

BlockFileWriter::BlockFileWriter(env::Env& env,
                                 std::string path,
                                 FileRef file,
                                 std::uint32_t block_bytes)
    : env_(env), path_(std::move(path)), file_ref_(std::move(file)), block_bytes_(block_bytes) {}

BlockFileWriter::~BlockFileWriter() {
  // No manifest names it; what stays because of an error is removed at the next start.
  if (!finished_) env_.remove_file(path_).ignore();
}

Status BlockFileWriter::write_header() {
  base::ByteWriter header = encode_header(file_ref_.kind, block_bytes_);
  header_checksum_ = base::hash64(header.bytes());
  header.put(header_checksum_);
  return file_->append(header.bytes());
}

Status BlockFileWriter::append(std::span<const std::byte> bytes) {
  data_bytes_ += bytes.size();
  while (!bytes.empty()) {
    if (pending_.empty() && bytes.size() >= block_bytes_) {
      ALD_RETURN_IF_ERROR(write_block(bytes.first(block_bytes_)));
      bytes = bytes.subspan(block_bytes_);
      continue;
    }
    const std::size_t taken = std::min<std::size_t>(block_bytes_ - pending_.size(), bytes.size());
    pending_.insert(pending_.end(), bytes.begin(),
                    bytes.begin() + static_cast<std::ptrdiff_t>(taken));
    bytes = bytes.subspan(taken);
    if (pending_.size() == block_bytes_) {
      ALD_RETURN_IF_ERROR(write_block(pending_));
      pending_.clear();
    }
  }
  return Status();
}

Status BlockFileWriter::write_block(std::span<const std::byte> block) {
  // The block's number is the seed: a block that moved is as wrong as one that changed.
  block_checksums_.push_back(base::hash64(block, block_checksums_.size()));
  return file_->append(block);
}

Result<FileRef> BlockFileWriter::finish() {
  if (!pending_.empty()) ALD_RETURN_IF_ERROR(write_block(pending_));
  ALD_RETURN_IF_ERROR(file_->append(bytes_of(block_checksums_)));
  base::ByteWriter footer = encode_footer(data_bytes_, block_checksums_, header_checksum_);
  file_ref_.size_bytes = file_->size() + kBlockFileFooterBytes;
  file_ref_.checksum = base::hash64(footer.bytes());
  footer.put(file_ref_.checksum);
  ALD_RETURN_IF_ERROR(file_->append(footer.bytes()));
  ALD_RETURN_IF_ERROR(file_->sync());
  ALD_RETURN_IF_ERROR(file_->close());
  finished_ = true;
  return file_ref_;
}

// ---------------------------------------------------------------------------------- reading

Result<std::unique_ptr<BlockFileReader>> BlockFileReader::open(env::Env& env,
                                                               const std::string& directory,
                                                               const FileRef& file) {
  const std::string path = env::join_path(directory, file.name);
  auto opened = open(env, path);
  if (opened.status().code() == StatusCode::kNotFound) {
    return data_loss(path + ": the file is missing; the manifest names it");
  }
  if (!opened.ok()) return opened.status();
  auto reader = std::move(*opened);
  if (reader->file_ref_ != file) {
    return reader->damage(reader->file_ref_.size_bytes - kBlockFileFooterBytes,
                          "kind, size or checksum differ from the manifest");
  }
  return reader;
}

Result<std::unique_ptr<BlockFileReader>> BlockFileReader::open(env::Env& env,
                                                               const std::string& path) {
  ALD_ASSIGN(auto file, env.open_readable(path));
  std::unique_ptr<BlockFileReader> reader(new BlockFileReader(path, std::move(file)));
  ALD_RETURN_IF_ERROR(reader->load_header());
  ALD_RETURN_IF_ERROR(reader->load_footer());
  return reader;
}

Result<std::unique_ptr<BlockFileReader>> BlockFileReader::open_damaged(env::Env& env,
                                                                       const std::string& directory,
                                                                       const FileRef& file,
                                                                       std::uint32_t block_bytes) {
  auto whole = open(env, directory, file);
  if (whole.ok()) return whole;
  const std::string path = env::join_path(directory, file.name);
  auto raw = env.open_readable(path);
  if (!raw.ok()) return whole;
  std::unique_ptr<BlockFileReader> reader(new BlockFileReader(path, std::move(*raw)));
  if (!reader->load_table(file, block_bytes).ok()) return whole;
  return reader;
}

/// What header and footer would say, if the table of checksums is the one that the reference means.
Status BlockFileReader::load_table(const FileRef& file, std::uint32_t block_bytes) {
  constexpr std::uint64_t kEnds = kBlockFileHeaderBytes + kBlockFileFooterBytes;
  constexpr std::uint64_t kEntry = sizeof(std::uint64_t);
  if (file.size_bytes < kEnds) return damage(0, "nothing of the file can be proven");
  // d bytes of data and 8 more for each block of them.
  const std::uint64_t inside = file.size_bytes - kEnds;
  const std::uint64_t blocks = (inside + block_bytes + kEntry - 1) / (block_bytes + kEntry);
  file_ref_ = file;
  block_bytes_ = block_bytes;
  data_bytes_ = inside - blocks * kEntry;
  const std::uint64_t table_at = kBlockFileHeaderBytes + data_bytes_;
  if (file_->size() < table_at + blocks * kEntry) return damage(file_->size(), "the file is cut");
  block_checksums_.resize(blocks);
  ALD_RETURN_IF_ERROR(
      file_->read_at(table_at, std::as_writable_bytes(std::span(block_checksums_))));
  verified_ = std::vector<std::atomic<std::uint64_t>>((blocks + 63) / 64);
  header_checksum_ = base::hash64(encode_header(file.kind, block_bytes).bytes());
  const auto footer = encode_footer(data_bytes_, block_checksums_, header_checksum_);
  if (base::hash64(footer.bytes()) == file.checksum) return Status();
  // The table itself is damaged: a block whose entry is not is proven by it nevertheless, provided
  // that this is the file that the reference means.
  base::Bytes stored(kChecksumAt);
  if (file_->size() < file.size_bytes) return damage(table_at, "the table of checksums is damaged");
  ALD_RETURN_IF_ERROR(file_->read_at(file.size_bytes - kBlockFileFooterBytes, stored));
  if (base::hash64(stored) == file.checksum) return Status();
  return damage(table_at, "neither the table of checksums nor the footer is whole");
}

BlockFileReader::BlockFileReader(std::string path, std::unique_ptr<env::RandomAccessFile> file)
    : path_(std::move(path)), file_(std::move(file)) {
  file_ref_.name = path_.substr(path_.find_last_of('/') + 1);
  file_ref_.size_bytes = file_->size();
}

Status BlockFileReader::load_header() {
  if (file_->size() < kBlockFileHeaderBytes + kBlockFileFooterBytes) {
    return damage(file_->size(), "the file is too short");
  }
  base::Bytes header(kBlockFileHeaderBytes);
  ALD_RETURN_IF_ERROR(file_->read_at(0, header));
  const std::span<const std::byte> bytes(header);
  if (base::as_text(bytes.first(8)) != kHeaderMagic) return damage(0, "wrong magic");
  std::memcpy(&header_checksum_, header.data() + kChecksumAt, sizeof header_checksum_);
  if (base::hash64(bytes.first(kChecksumAt)) != header_checksum_) {
    return damage(0, "the checksum of the header is wrong");
  }
  std::uint32_t version = 0;
  std::memcpy(&version, header.data() + 8, sizeof version);
  if (version != kBlockFileVersion) {
    return unimplemented(path_ + ": format version " + std::to_string(version) +
                         " is newer than this build");
  }
  std::memcpy(&block_bytes_, header.data() + 12, sizeof block_bytes_);
  if (block_bytes_ == 0 || block_bytes_ > kMaxBlockBytes)
    return damage(12, "impossible block size");
  file_ref_.kind = text_of_kind(bytes.subspan(16, kMaxKindBytes));
  return Status();
}

Status BlockFileReader::load_footer() {
  const std::uint64_t footer_at = file_->size() - kBlockFileFooterBytes;
  base::Bytes raw(kBlockFileFooterBytes);
  ALD_RETURN_IF_ERROR(file_->read_at(footer_at, raw));
  const std::span<const std::byte> bytes(raw);
  Footer footer;
  std::memcpy(&footer, raw.data() + kFooterMagic.size(), sizeof footer);
  if (base::as_text(bytes.first(kFooterMagic.size())) != kFooterMagic ||
      base::hash64(bytes.first(kChecksumAt)) != footer.checksum) {
    return damage(footer_at, "no valid footer");
  }
  file_ref_.checksum = footer.checksum;
  data_bytes_ = footer.data_bytes;
  const std::uint64_t blocks = footer.block_count;
  if (footer.header_checksum != header_checksum_)
    return damage(footer_at, "the footer belongs to another header");
  // First of all the data is no larger than the file, so that no sum below can overflow.
  if (data_bytes_ > file_->size() || footer.file_bytes != file_->size() ||
      blocks != (data_bytes_ + block_bytes_ - 1) / block_bytes_ ||
      kBlockFileHeaderBytes + data_bytes_ + blocks * sizeof(std::uint64_t) != footer_at) {
    return damage(footer_at, "the sizes in the footer contradict the file");
  }
  block_checksums_.resize(blocks);
  const std::uint64_t table_at = kBlockFileHeaderBytes + data_bytes_;
  ALD_RETURN_IF_ERROR(
      file_->read_at(table_at, std::as_writable_bytes(std::span(block_checksums_))));
  if (base::hash64(bytes_of(block_checksums_)) != footer.table_checksum) {
    return damage(table_at, "the table of checksums is damaged");
  }
  verified_ = std::vector<std::atomic<std::uint64_t>>((blocks + 63) / 64);
  return Status();
}

Status BlockFileReader::damage(std::uint64_t offset, std::string_view what) const {
  return data_loss(path_ + ": byte " + std::to_string(offset) + ": " + std::string(what));
}

std::uint64_t BlockFileReader::block_size(std::uint64_t index) const {
  return std::min<std::uint64_t>(block_bytes_, data_bytes_ - index * block_bytes_);
}

bool BlockFileReader::is_verified(std::uint64_t index) const {
  return (verified_[index >> 6].load(std::memory_order_relaxed) >> (index & 63)) & 1;
}

void BlockFileReader::mark_verified(std::uint64_t index) const {
  verified_[index >> 6].fetch_or(std::uint64_t{1} << (index & 63), std::memory_order_relaxed);
}

Status BlockFileReader::read_block(std::uint64_t index, base::Bytes& block) const {
  const std::uint64_t at = kBlockFileHeaderBytes + index * block_bytes_;
  block.resize(block_size(index));
  ALD_RETURN_IF_ERROR(file_->read_at(at, block));
  if (base::hash64(block, index) != block_checksums_[index]) {
    return damage(at, "the checksum of block " + std::to_string(index) + " is wrong");
  }
  mark_verified(index);
  return Status();
}

Status BlockFileReader::read(std::uint64_t offset, std::span<std::byte> out) const {
  if (offset > data_bytes_ || out.size() > data_bytes_ - offset) {
    return damage(kBlockFileHeaderBytes + offset, "the data ends before");
  }
  if (out.empty()) return Status();
  const std::uint64_t first = offset / block_bytes_;
  const std::uint64_t last = (offset + out.size() - 1) / block_bytes_;
  base::Bytes block;
  for (std::uint64_t index = first; index <= last; ++index) {
    if (!is_verified(index)) ALD_RETURN_IF_ERROR(read_block(index, block));
  }
  if (first != last || block.empty()) return file_->read_at(kBlockFileHeaderBytes + offset, out);
  std::memcpy(out.data(), block.data() + (offset - first * block_bytes_), out.size());
  return Status();
}

// ---------------------------------------------------------------------------------- stream

Status BlockStream::read(std::span<std::byte> out) {
  if (out.size() > remaining()) return too_short(out.size());
  while (!out.empty()) {
    const std::uint64_t index = position_ / file_.block_bytes();
    if (index == damaged_index_) return damage_;
    if (index != block_index_) {
      block_index_ = ~std::uint64_t{0};
      if (Status read = file_.read_block(index, block_); !read.ok()) {
        damaged_index_ = index;
        damage_ = read;
        return read;
      }
      block_index_ = index;
    }
    const std::size_t at = static_cast<std::size_t>(position_ % file_.block_bytes());
    const std::size_t taken = std::min(out.size(), block_.size() - at);
    std::memcpy(out.data(), block_.data() + at, taken);
    out = out.subspan(taken);
    position_ += taken;
  }
  return Status();
}

Status BlockStream::skip(std::uint64_t size_bytes) {
  if (size_bytes > remaining()) return too_short(size_bytes);
  position_ += size_bytes;
  return Status();
}

Result<std::string> BlockStream::get_text() {
  ALD_ASSIGN(const auto size, get<std::uint32_t>());
  if (size > remaining()) return too_short(size);
  std::string text(size, '\0');
  ALD_RETURN_IF_ERROR(read(std::as_writable_bytes(std::span(text))));
  return text;
}

Status BlockStream::damage(std::string_view what) const {
  return data_loss(file_.path() + ": byte " + std::to_string(kBlockFileHeaderBytes + position_) +
                   ": " + std::string(what));
}

Status BlockStream::too_short(std::uint64_t wanted) const {
  return damage("the data ends before " + std::to_string(wanted) + " more bytes");
}

}  // namespace alidade::storage
