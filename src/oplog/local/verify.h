#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"
#include "env/env.h"
#include "oplog/local/local_log.h"

namespace alidade::oplog {

struct LogVerification {
  std::uint64_t segment_count = 0;
  std::uint64_t record_count = 0;
  std::uint64_t size_bytes = 0;
  /// What open() would cut off; no damage.
  std::uint64_t torn_tail_bytes = 0;
  std::string torn_file;  ///< "" when nothing is torn.
};

/// Reads all segments of a log folder and checks every record, the chain over all segments, and what
/// the options know (covered position, identity). Offline; changes nothing.
/// @param visitor called for every whole record when not null; its error is returned.
/// @return kDataLoss with file and offset of the first damage.
Result<LogVerification> verify_log(env::Env& env,
                                   const std::string& directory,
                                   const LocalLog::Options& options = {},
                                   const Log::RecordVisitor& visitor = nullptr);

/// The same for one segment file, without its place in the chain.
/// @return kInvalidArgument when the name is not that of a segment.
Result<LogVerification> verify_log_file(env::Env& env, const std::string& path);

}  // namespace alidade::oplog
