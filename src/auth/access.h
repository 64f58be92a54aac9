#pragma once

#include <string_view>

namespace alidade::auth {

/// What an operation touches.
enum class Scope {
  kOpen,             // Answered to anyone, also without a credential (health probes, version).
  kAuthenticated,    // Any valid credential; the answer itself is filtered by what it may see.
  kGlobal,           // The whole server.
  kCollection,       // Points of one collection, and what describes them.
  kCollectionWhole,  // One collection as a unit (snapshots, shards): points-only tokens are
                     // refused.
};

/// What an operation does there. On a collection, kManage means changing its indexes or vectors.
enum class Right { kRead, kWrite, kManage };

/// The access row of an operation. There is no default: a row that leaves it out does not compile.
struct Access {
  Scope scope;
  Right right;

  Access() = delete;
  constexpr Access(Scope scope_in, Right right_in) : scope(scope_in), right(right_in) {}
};

}  // namespace alidade::auth
