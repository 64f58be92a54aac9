#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/cow.h"
#include "index/payload/field_index.h"

namespace alidade::index {

class AutomaticIndexes;

/// All payload indexes of one shard, a value: a copy costs O(1) and keeps what it holds, whatever
/// becomes of the other. Mutations by one writer, a copy by any number of readers. Paths are JsonPaths
/// in text form.
class PayloadIndexes {
 public:
  PayloadIndexes();
  ~PayloadIndexes();
  PayloadIndexes(const PayloadIndexes&);
  PayloadIndexes& operator=(const PayloadIndexes&);
  PayloadIndexes(PayloadIndexes&&) noexcept;
  PayloadIndexes& operator=(PayloadIndexes&&) noexcept;

  /// An empty index to be filled aside (FieldIndex::insert for every live row), then installed.
  /// @return kInvalidArgument when the path is none.
  static Result<std::unique_ptr<FieldIndex>> make_field(const std::string& path,
                                                        const model::FieldSchema& schema);
  /// Replaces an index of the same path.
  void install(std::unique_ptr<FieldIndex> field);
  /// @return whether there was one.
  bool drop(const std::string& path);

  /// Collections made through Chroma: every top-level key is indexed from first sight. To be called
  /// while there are no rows.
  void enable_automatic();
  /// nullptr when there are none.
  const AutomaticIndexes* automatic() const;

  /// A new row, or a changed payload after erase().
  void insert(base::PointOffset offset, const base::json::Value& payload);
  /// Before a payload changes in place; `payload` as it was inserted.
  void erase(base::PointOffset offset, const base::json::Value& payload);
  /// The row is dead for good. Selections may still hold it: callers AND with the live rows.
  void row_died(base::PointOffset offset);

  const FieldIndex* find(const std::string& path) const;
  const model::PayloadSchema& schema() const { return *schema_; }
  /// Live rows with a value in that index; 0 when there is none.
  std::uint64_t points_count(const std::string& path) const;
  bool empty() const { return fields_->empty() && !has_automatic_; }

  /// Top-level keys ever seen, with bits of model::SeenKinds (automatic only; else empty).
  const std::map<std::string, std::uint8_t>& seen_keys() const;

  /// Values of the field in order; nullptr when there is no index with an order
  /// (the caller answers ErrorKind::kNoRangeIndex).
  std::unique_ptr<OrderedCursor> ordered(const std::string& path,
                                         OrderDirection direction,
                                         std::optional<OrderKey> start) const;
  /// Values of the field among `rows`, by count descending then value ascending, at most `limit`.
  /// @return nullopt when no index fits (the caller answers ErrorKind::kNoFacetIndex);
  ///         kDeadlineExceeded, kCancelled.
  Result<std::optional<std::vector<FacetCount>>> facet(const std::string& path,
                                                       const base::Bitset& rows,
                                                       std::size_t limit,
                                                       const observe::OpContext& context) const;

  /// What these hold of the rows that are kept, under their new numbers. Nothing of the others is in it.
  PayloadIndexes renumbered(const base::RowMap& rows) const;

  void serialize(base::ByteWriter& out) const;
  /// @return kDataLoss when the bytes are wrong: the indexes are then rebuilt from the payloads.
  static Result<PayloadIndexes> deserialize(std::span<const std::byte> bytes);
  std::uint64_t memory_bytes() const;

 private:
  /// A FieldIndex with the copying that Cow asks for.
  struct Field {
    Field() = default;
    explicit Field(std::unique_ptr<FieldIndex> made) : index(std::move(made)) {}
    Field(const Field& other) : index(other.index == nullptr ? nullptr : other.index->clone()) {}
    Field(Field&&) = default;
    std::unique_ptr<FieldIndex> index;
  };

  base::Cow<std::map<std::string, base::Cow<Field>>> fields_;
  base::Cow<model::PayloadSchema> schema_;
  bool has_automatic_ = false;
  base::Cow<AutomaticIndexes> automatic_;
};

/// Merges facet answers of several shards or segments: sums equal values, sorts as facet() does.
std::vector<FacetCount> merge_facets(std::vector<std::vector<FacetCount>> parts, std::size_t limit);

}  // namespace alidade::index
