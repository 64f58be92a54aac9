#pragma once

#include <cstdint>
#include <optional>

#include "base/ids.h"
#include "base/status.h"
#include "model/commands.h"
#include "observe/op_context.h"
#include "segment/segment.h"
#include "shard/record.h"

namespace alidade::shard {

/// What a command comes to in the present state.
struct Resolved {
  /// To be logged and applied; nullopt when the command was refused before it takes a number.
  std::optional<Record> record;
  /// May be set beside a record: Qdrant changes the known ids of a request and answers 404 for the
  /// others.
  Status problem;
  /// Points that the record inserts, changes or deletes.
  std::uint64_t affected_count = 0;
};

/// Checks a command against the state and turns its filters and conditions into ids: everything
/// that can be refused is refused here. Called by the writer only, which makes the state stable.
Resolved resolve(const segment::Segment& segment,
                 base::OpNumber last_operation,
                 const model::Command& command,
                 const observe::OpContext& context);

}  // namespace alidade::shard
