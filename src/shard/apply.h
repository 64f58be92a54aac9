#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/status.h"
#include "index/payload/field_index.h"
#include "segment/segment.h"
#include "shard/record.h"

namespace alidade::shard {

/// The part of a shard's state beside its rows.
struct Counters {
  base::OpNumber last_operation;
  /// The next new point's place in the order of insertion.
  std::uint64_t next_first_seen = 0;
};

/// A change with everything slow done: payloads read, merged and parsed, rows normalised, a new
/// index built. What remains are short writes under the shard's exclusive lock.
class PreparedChange {
 public:
  struct Append {
    model::PointId id;
    std::string original_id;
    std::string payload;
    base::json::Value parsed_payload;  ///< Empty when nothing indexes payloads.
    std::vector<const float*> vectors;  ///< Per spec; borrowed from `rows` or from the store.
    std::vector<float> norms;           ///< Per spec.
  };
  struct SetPayload {
    base::PointOffset offset;
    std::string payload;
    base::json::Value old_payload;
    base::json::Value new_payload;
  };
  struct Kill {
    base::PointOffset offset;
  };
  struct Install {
    std::unique_ptr<index::FieldIndex> field;
  };
  struct Drop {
    std::string field;
  };
  struct Resize {
    std::string name;
    std::uint32_t size;
  };
  using Step = std::variant<Append, SetPayload, Kill, Install, Drop, Resize>;

  std::vector<Step> steps;
  /// Rows that Append borrows from: one buffer per column of the batch.
  std::vector<std::unique_ptr<float[]>> rows;
};

/// Reads what the change needs from the state. The writer's thread, without the exclusive lock.
/// @return kDataLoss or kIo when a payload that the change builds on cannot be read.
Result<PreparedChange> prepare(const segment::Segment& segment, const Change& change);

/// Writes the change into the state. Exclusive lock. The same state and the same change always
/// give the same state.
void apply(segment::Segment& segment, Counters& counters, base::OpNumber operation, PreparedChange& change);

}  // namespace alidade::shard
