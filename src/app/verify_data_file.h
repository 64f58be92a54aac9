#pragma once

#include <string>

#include "base/status.h"
#include "env/env.h"

namespace alidade::app {

/// Checks every checksum of one file of a data folder, whatever room wrote it.
/// @return kDataLoss with file and offset; kInvalidArgument for a file that no room writes.
Status verify_data_file(env::Env& env, const std::string& path);

}  // namespace alidade::app
