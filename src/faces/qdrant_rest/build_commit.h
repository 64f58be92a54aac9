#pragma once

#include <string_view>

namespace alidade::faces::qdrant_rest {

/// The commit of our sources that this program was built from: 40 hexadecimal digits, as a released
/// peer names its own. "" when the build did not know it.
std::string_view build_commit();

}  // namespace alidade::faces::qdrant_rest
