#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/bitset.h"
#include "base/bytes.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/sorted_blocks.h"
#include "index/payload/posting_map.h"
#include "model/filter.h"

namespace alidade::index {

/// Every scalar that one key holds, by type.
class ScalarIndex {
 public:
  void add(std::uint32_t row, const base::json::Value& value);
  void remove(std::uint32_t row, const base::json::Value& value);

  /// Adds the rows with a value equal to the operand: integers and floats compare by value,
  /// exactly; strings, booleans and numbers never equal one another.
  void select_equal(const model::MetadataScalar& operand, base::Bitset& rows) const;
  /// The same without the step between integers and floats (elements of lists).
  void select_same(const model::MetadataScalar& operand, base::Bitset& rows) const;
  /// Adds the rows with a number that compares so; a string or boolean operand selects nothing.
  void select_compare(model::MetadataCompare::Operator op,
                      const model::MetadataScalar& operand,
                      base::Bitset& rows) const;

  ScalarIndex renumbered(const base::RowMap& rows) const;
  std::uint64_t memory_bytes() const;
  void write(base::ByteWriter& out) const;
  Status read(base::ByteReader& in);

 private:
  PostingMap<std::string> strings_;
  base::SortedBlocks<std::int64_t> integers_;
  base::SortedBlocks<double> floats_;
  base::Bitset true_;
  base::Bitset false_;
};

/// Indexes of all top-level members, made at first sight (collections of the Chroma dialect):
/// scalars, and the elements of lists apart from them. The document's text is not indexed.
class AutomaticIndexes {
 public:
  /// The member that holds the document.
  static constexpr std::string_view kDocumentKey = "chroma:document";

  struct Field {
    ScalarIndex scalars;
    ScalarIndex elements;
  };

  void insert(base::PointOffset offset, const base::json::Value& payload);
  void erase(base::PointOffset offset, const base::json::Value& payload);

  /// Whether conditions on the key can be answered from here (all but on the document's text).
  static bool covers(std::string_view key) { return key != kDocumentKey; }
  /// nullptr when no row ever had the key.
  const Field* find(const std::string& key) const;
  const std::map<std::string, std::uint8_t>& seen_keys() const { return *seen_keys_; }

  AutomaticIndexes renumbered(const base::RowMap& rows) const;
  std::uint64_t memory_bytes() const;
  void write(base::ByteWriter& out) const;
  Status read(base::ByteReader& in);

 private:
  void see(const std::string& key, const base::json::Value& value);

  Field& field_of(const std::string& key);

  base::CowMap<SharedText, base::Cow<Field>, SharedTextHash, SharedTextEqual> fields_;
  base::Cow<std::map<std::string, std::uint8_t>> seen_keys_;
};

}  // namespace alidade::index
