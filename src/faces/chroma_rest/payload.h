#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "model/point_batch.h"

namespace alidade::faces::chroma_rest {

/// What a value that stands for "nothing" (null, an empty list) does to its key.
enum class PayloadNulls {
  kLeftOut,  ///< A new record simply lacks it.
  kRemove,   ///< Merged into an old record, it removes the key.
};

/// Writes the payload of one record, front to back. Document and uri come first; metadata members
/// that would name them again are left out.
class PayloadWriter {
 public:
  explicit PayloadWriter(PayloadNulls nulls) : nulls_(nulls) {}

  void document(std::string_view text);
  void uri(std::string_view text);
  /// @param metadata an object of normalised values.
  void metadata(const base::json::Value& metadata);

  // One member at a time, for the fast decoder. The key must not have been written before.
  void key(std::string_view key);
  void nothing(std::string_view key);
  std::string& text() { return text_; }

  /// The object, or "" when it has no members.
  std::string take();

 private:
  const PayloadNulls nulls_;
  bool has_document_ = false;
  bool has_uri_ = false;
  std::string text_;
};

/// Appends a record's id to the batch, in front of its other columns.
void add_text_id(std::string_view text, model::PointBatch& batch);

}  // namespace alidade::faces::chroma_rest
