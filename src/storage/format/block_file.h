#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "env/env.h"
#include "storage/manifest.h"

/// The container of every immutable file: a header, the data in blocks, one checksum per block, a
/// footer. Byte table: docs/formats/point_store.md.
namespace alidade::storage {

inline constexpr std::uint32_t kSmallBlockBytes = 64 * 1024;    // Read at random: payloads.
inline constexpr std::uint32_t kLargeBlockBytes = 1024 * 1024;  // Read front to back.
inline constexpr std::size_t kBlockFileHeaderBytes = 64;
inline constexpr std::size_t kBlockFileFooterBytes = 64;
inline constexpr std::size_t kMaxKindBytes = 16;

/// Writes one file front to back. A file that is not finished is removed by the destructor.
class BlockFileWriter {
 public:
  /// @return kAlreadyExists when the file is there; kOutOfSpace, kIo.
  static Result<std::unique_ptr<BlockFileWriter>> create(env::Env& env,
                                                         const std::string& directory,
                                                         const std::string& name,
                                                         std::string_view kind,
                                                         std::uint32_t block_bytes);
  ~BlockFileWriter();
  BlockFileWriter(const BlockFileWriter&) = delete;
  BlockFileWriter& operator=(const BlockFileWriter&) = delete;

  Status append(std::span<const std::byte> bytes);
  /// Bytes appended so far: where the next one will be found.
  std::uint64_t data_bytes() const { return data_bytes_; }
  /// Writes the footer and syncs the file. Its name is durable after a sync of the folder.
  Result<FileRef> finish();

 private:
  BlockFileWriter(env::Env& env, std::string path, FileRef file, std::uint32_t block_bytes);
  Status write_header();
  Status write_block(std::span<const std::byte> block);

  env::Env& env_;
  const std::string path_;
  FileRef file_ref_;
  const std::uint32_t block_bytes_;
  std::unique_ptr<env::WritableFile> file_;
  base::Bytes pending_;
  std::vector<std::uint64_t> block_checksums_;
  std::uint64_t header_checksum_ = 0;
  std::uint64_t data_bytes_ = 0;
  bool finished_ = false;
};

/// Reads such a file. Any thread.
class BlockFileReader {
 public:
  /// Verifies header, footer, table of checksums, and size and checksum against the reference.
  /// @return kDataLoss with file and offset, also when the file is missing; kUnimplemented; kIo.
  static Result<std::unique_ptr<BlockFileReader>> open(env::Env& env,
                                                       const std::string& directory,
                                                       const FileRef& file);
  /// The same without a reference: for checks.
  static Result<std::unique_ptr<BlockFileReader>> open(env::Env& env, const std::string& path);

  /// A file of which bytes may be damaged, for salvage. Header and footer are worked out from the
  /// reference and the table of checksums; when that gives the reference's checksum (or the footer
  /// itself is whole) each block is still proven by its own checksum when it is read. Bytes behind the
  /// size that the reference names are not looked at.
  /// @param block_bytes of files of that kind.
  /// @return kDataLoss when nothing of the file can be proven.
  static Result<std::unique_ptr<BlockFileReader>> open_damaged(env::Env& env,
                                                               const std::string& directory,
                                                               const FileRef& file,
                                                               std::uint32_t block_bytes);

  const FileRef& file() const { return file_ref_; }
  const std::string& path() const { return path_; }
  std::uint64_t data_bytes() const { return data_bytes_; }
  std::uint32_t block_bytes() const { return block_bytes_; }
  std::uint64_t block_count() const { return block_checksums_.size(); }

  /// Reads at random. A block is verified when it is touched first.
  /// @return kDataLoss with file and offset when it is damaged or the data ends before.
  Status read(std::uint64_t offset, std::span<std::byte> out) const;
  /// Reads and verifies block `index`, whole, into `block`.
  Status read_block(std::uint64_t index, base::Bytes& block) const;

 private:
  BlockFileReader(std::string path, std::unique_ptr<env::RandomAccessFile> file);
  Status load_header();
  Status load_footer();
  Status load_table(const FileRef& file, std::uint32_t block_bytes);
  Status damage(std::uint64_t offset, std::string_view what) const;
  std::uint64_t block_size(std::uint64_t index) const;
  bool is_verified(std::uint64_t index) const;
  void mark_verified(std::uint64_t index) const;

  const std::string path_;
  std::unique_ptr<env::RandomAccessFile> file_;
  FileRef file_ref_;
  std::uint32_t block_bytes_ = 0;
  std::uint64_t header_checksum_ = 0;
  std::uint64_t data_bytes_ = 0;
  std::vector<std::uint64_t> block_checksums_;
  // One bit per block. Relaxed: a bit that is seen late costs a second check, nothing else.
  mutable std::vector<std::atomic<std::uint64_t>> verified_;
};

/// Reads a block file front to back with one block in memory.
class BlockStream {
 public:
  explicit BlockStream(const BlockFileReader& file) : file_(file) {}

  std::uint64_t position() const { return position_; }
  std::uint64_t remaining() const { return file_.data_bytes() - position_; }
  Status read(std::span<std::byte> out);
  /// Goes on behind the next `size_bytes`, which are not looked at.
  Status skip(std::uint64_t size_bytes);
  /// Goes on at a position that was passed before.
  void seek(std::uint64_t position) { position_ = position; }
  template <typename T>
  Result<T> get() {
    T value{};
    ALD_RETURN_IF_ERROR(read(std::as_writable_bytes(std::span(&value, 1))));
    return value;
  }
  /// `count` values; refuses, before it allocates, what cannot be in the file.
  template <typename T>
  Result<std::vector<T>> get_array(std::uint64_t count) {
    if (count > remaining() / sizeof(T)) return too_short(count * sizeof(T));
    std::vector<T> values(count);
    ALD_RETURN_IF_ERROR(read(std::as_writable_bytes(std::span(values))));
    return values;
  }
  Result<std::string> get_text();
  /// kDataLoss at the current position, for contents that contradict themselves.
  Status damage(std::string_view what) const;

 private:
  Status too_short(std::uint64_t wanted) const;

  const BlockFileReader& file_;
  std::uint64_t position_ = 0;
  std::uint64_t block_index_ = ~std::uint64_t{0};
  base::Bytes block_;
  // A damaged block is not read again for each of its rows.
  std::uint64_t damaged_index_ = ~std::uint64_t{0};
  Status damage_;
};

}  // namespace alidade::storage
