#pragma once

#include <cstdint>

#include "ops/operation.h"

namespace alidade::ops {

struct ServerInfo {
  std::uint64_t collections_count = 0;
  std::uint64_t points_count = 0;
  /// True when every collection of the data folder is open (a quarantined one counts as open).
  bool ready = false;
  std::int64_t started_us = 0;  ///< Since 1970, UTC.
};
struct GetServerInfo {
  using Response = ServerInfo;
  static constexpr Operation kRow{"get_server_info", {auth::Scope::kOpen, auth::Right::kRead}, Pool::kReads};
  static Result<Response> handle(const Services&, observe::OpContext&, const GetServerInfo&);
};

}  // namespace alidade::ops
