#pragma once

#include <string>

#include "base/status.h"
#include "observe/op_context.h"
#include "model/collection_config.h"
#include "ops/operation.h"

namespace alidade::ops {

struct Services;

// The start, as faces and the dispatcher see it: listeners open before the collections do.

/// Whether every collection is open (a quarantined one counts as open). Never blocks.
bool is_ready(const Services& services);
/// How far the start is, in words. Never blocks for longer than a look.
std::string start_progress(const Services& services);
/// Whether that collection is open; pages that show all of them leave out the others.
bool is_open(const Services& services, const model::CollectionRef& ref);

/// A request waits a little for the collections that it works on.
/// @param collection as the request names it, by name, alias or UUID; "" = none.
/// @return kUnavailable with the progress in words; what context.check() says.
Status wait_for_start(const Services& services,
                      const Operation& row,
                      const std::string& collection,
                      const observe::OpContext& context);

}  // namespace alidade::ops
