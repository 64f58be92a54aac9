#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/status.h"
#include "index/payload/field_index.h"
#include "observe/op_context.h"
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
/// index built. What remains are short writes into memory.
class PreparedChange {
 public:
  struct Append {
    model::PointId id;
    std::string original_id;
    std::string payload;
    base::json::Value parsed_payload;  ///< Empty when nothing indexes payloads.
    std::vector<model::VectorView> vectors;  ///< Per spec; borrowed from `rows` or from the store.
    std::vector<float> norms;           ///< Per spec.
    bool payload_lost = false;          ///< Instead of `payload`: the row before it has one that cannot be read.
  };
  struct SetPayload {
    model::PointId id;
    std::optional<base::PointOffset> offset;  ///< nullopt: the record itself appends the row.
    std::string payload;
    base::json::Value old_payload;
    base::json::Value new_payload;
  };
  struct LosePayload {
    base::PointOffset offset;
  };
  struct Kill {
    model::PointId id;
    std::optional<base::PointOffset> offset;  ///< nullopt: the record itself appends the row.
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
  using Step = std::variant<Append, SetPayload, LosePayload, Kill, Install, Drop, Resize>;

  std::vector<Step> steps;
  /// Rows that Append borrows from: one buffer per column of the batch. Later changes of the same record
  /// borrow from them, too.
  std::vector<std::unique_ptr<float[]>> rows;
};

/// What to do with a change that builds on a payload which cannot be read.
enum class Unreadable {
  kRefuse,  ///< Before the record is logged: nothing happens.
  kLose,    ///< It is logged already: what the payload would be is unknown from then on.
};

/// A payload that was given up.
struct LostPayload {
  model::PointId id;
  Status reason;  ///< Names the point, the file and the byte.
};

/// All changes of one record, in their order; each was prepared for what the ones before it leave. Only
/// memory is needed to apply them.
struct PreparedRecord {
  std::vector<PreparedChange> changes;
  std::vector<LostPayload> lost;  ///< With Unreadable::kLose.
};

/// Reads what the changes need from the state. The writer's thread, from the state that readers see.
/// @return kDataLoss (only with kRefuse; names the point) or kIo when a payload that a change builds on
///         cannot be read; kCancelled, kDeadlineExceeded.
Result<PreparedRecord> prepare(const segment::Segment& segment,
                               std::span<const Change> changes,
                               Unreadable unreadable,
                               const observe::OpContext& context);

/// Writes the change into the state, before it is published. The same state and the same change always
/// give the same state.
void apply(segment::Segment& segment, Counters& counters, base::OpNumber operation, PreparedChange& change);

}  // namespace alidade::shard
