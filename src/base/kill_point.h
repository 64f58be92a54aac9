#pragma once

/// Places where a test lets the process die as by kill -9, without any flush. Only builds with the
/// CMake option ALD_KILLPOINTS have them; in others ALD_KILL_POINT is checked and gone.
///
///   ALD_KILLPOINT=checkpoint_before_manifest alidade serve …      at the first passing
///   ALD_KILLPOINT=log_after_append:40 alidade serve …             at the 40th
namespace alidade::base {

enum class KillPoint {
#define ALD_KILL_POINT_ROW(name) name,
#include "base/kill_points.def"
#undef ALD_KILL_POINT_ROW
};

#ifdef ALD_KILLPOINTS
/// Ends the process when the variable ALD_KILLPOINT names this passing of the point. An unknown
/// name ends it at once, with a message. Any thread.
void pass_kill_point(KillPoint point);
/// Whether the next passing ends the process: for what must be prepared, as half a write.
bool kill_point_is_due(KillPoint point);
#endif

}  // namespace alidade::base

#ifdef ALD_KILLPOINTS
#define ALD_KILL_POINT(name) ::alidade::base::pass_kill_point(::alidade::base::KillPoint::name)
#define ALD_KILL_POINT_IS_DUE(name) \
  ::alidade::base::kill_point_is_due(::alidade::base::KillPoint::name)
#else
#define ALD_KILL_POINT(name) static_cast<void>(::alidade::base::KillPoint::name)
#define ALD_KILL_POINT_IS_DUE(name) \
  (static_cast<void>(::alidade::base::KillPoint::name), false)
#endif
