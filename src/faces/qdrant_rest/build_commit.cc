#include "faces/qdrant_rest/build_commit.h"

namespace alidade::faces::qdrant_rest {

std::string_view build_commit() { return ALD_BUILD_COMMIT; }

}  // namespace alidade::faces::qdrant_rest
