#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/ids.h"
#include "base/status.h"
#include "env/env.h"
#include "oplog/log.h"

namespace alidade::oplog {

/// What of a damaged log could be read.
struct LogSalvage {
  base::LogPosition end;             ///< Behind the last record that was visited.
  std::uint64_t record_count = 0;    ///< Visited.
  std::uint64_t left_out_bytes = 0;  ///< Of records behind `end`.
  std::uint64_t torn_tail_bytes = 0;  ///< What open() would cut; no damage.
  Status damage;                     ///< Why reading ended; ok when nothing was left out.
};

/// Visits the records behind `from` up to the first damage. Offline; changes nothing.
///
/// Not beyond it: a record says what changes, not what results, so what follows a lost record was
/// meant for a state that nobody knows. Damage before `from` is passed over: position, hash and the
/// chain from there on prove each record by themselves.
/// @param identity as LocalLog::Options. An error of the visitor ends the reading as damage.
/// @return kIo when the folder cannot be listed.
Result<LogSalvage> salvage_log(env::Env& env,
                               const std::string& directory,
                               base::LogPosition from,
                               std::uint64_t identity,
                               const Log::RecordVisitor& visitor);

/// The position of the first record, nullopt when there is no segment.
Result<std::optional<base::LogPosition>> first_log_position(env::Env& env,
                                                            const std::string& directory);

}  // namespace alidade::oplog
