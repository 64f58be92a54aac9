#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/cow.h"
#include "base/cow_vector.h"
#include "base/ids.h"
#include "base/row_map.h"
#include "base/status.h"
#include "storage/format/block_file.h"

namespace alidade::storage {

/// What the files of payloads are called in a manifest.
inline constexpr std::string_view kPayloadKind = "payload";

/// Texts in chunks of memory that never move. Copies share the chunks and know the texts that were there
/// when they were made. Only one of them may add, and only as long as no other one does (it writes where
/// none of the others reads).
class PayloadArena {
 public:
  /// @return the text's position.
  std::uint64_t add(std::string_view text);
  std::string_view view(std::uint64_t position, std::uint32_t length) const;
  std::uint64_t memory_bytes() const { return memory_bytes_; }

 private:
  base::Cow<std::vector<std::shared_ptr<char[]>>> chunks_;
  // Of the last chunk.
  std::size_t size_ = 0;
  std::size_t used_ = 0;
  std::uint64_t memory_bytes_ = 0;
};

/// Where a row's payload is. Slot 0 means that it has none.
struct PayloadRef {
  std::uint32_t slot = 0;
  std::uint32_t length = 0;
  std::uint64_t position = 0;

  friend bool operator==(const PayloadRef&, const PayloadRef&) = default;
};

/// A place that payloads are read from: an arena (not on disk yet), a file, or nothing (free slot).
struct PayloadSource {
  std::optional<PayloadArena> arena;
  std::shared_ptr<const BlockFileReader> file;
  std::uint64_t live_bytes = 0;  ///< Length of all payloads that rows refer to.
};

/// @return kDataLoss with file and offset; kIo.
Result<std::string> read_payload(const PayloadSource& source, const PayloadRef& ref);

/// A payload that a checkpoint copied into its new file.
struct PayloadMove {
  base::PointOffset row;
  PayloadRef from;
  std::uint64_t position = 0;  ///< In the new file.
};

/// The payload texts of all rows, a value: copies share what neither of them has changed. Mutations as
/// PointStore says; only one copy may take new texts, see PayloadArena.
class PayloadStore {
 public:
  PayloadStore();

  void append(std::string_view text);
  /// The next row has the payload of `from`, which counts as lost for both.
  void append_lost(base::PointOffset from);
  /// From now on read() says that the row's payload is lost. Ends when the row gets another one.
  void lose(base::PointOffset row);
  void set(base::PointOffset row, std::string_view text);
  void clear(base::PointOffset row);
  Result<std::string> read(base::PointOffset row) const;
  /// Rows whose payload is lost. Their references stay: what is in the file is evidence.
  const std::set<std::uint32_t>& lost() const { return *lost_; }

  const base::CowVector<PayloadRef>& refs() const { return refs_; }
  const std::vector<PayloadSource>& sources() const { return sources_; }

  /// From here on texts go to a new arena; what is in memory now no longer changes.
  void seal();
  /// After a checkpoint: rows that still have the payload that was copied now have it in `file`
  /// (nullptr when nothing was copied); slots that no row needs are given up.
  void finish(std::shared_ptr<const BlockFileReader> file,
              const std::vector<PayloadMove>& moves,
              const std::vector<std::uint32_t>& rewritten_slots);

  /// Loading: adds a file, @return its slot; then the references, whose slots must be known.
  std::uint32_t add_file(std::shared_ptr<const BlockFileReader> file);
  void set_refs(const std::vector<PayloadRef>& refs);

  /// The payloads of the rows that are kept, under their new numbers, in the same arenas and files. This
  /// store must not change afterwards.
  PayloadStore renumbered(const base::RowMap& rows) const;

  /// Bytes of payloads that are in no file.
  std::uint64_t unsealed_bytes() const;
  std::uint64_t memory_bytes() const;
  std::uint64_t disk_bytes() const;

 private:
  PayloadRef add(std::string_view text);
  void release(const PayloadRef& ref);
  std::uint32_t new_slot(PayloadSource source);

  base::CowVector<PayloadRef> refs_;    // One per row.
  std::vector<PayloadSource> sources_;  // By slot; slot 0 stays empty.
  std::uint32_t open_slot_ = 0;         // The arena that takes new texts; 0 = none yet.
  base::Cow<std::set<std::uint32_t>> lost_;  // Rows.
};

}  // namespace alidade::storage
