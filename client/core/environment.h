#pragma once

#include <string>

#include "alidade/client/options.h"
#include "alidade/client/result.h"

/// Settings that clients take from the environment of the process.
namespace alidade::client::inline v0::core {

/// The value of a variable; `otherwise` when it is not set or empty.
std::string environment_or(const char* name, std::string otherwise);

/// Changes the options by MAX_RETRIES, RETRY_DELAY_MS (the first wait), CONNECTION_TIMEOUT_MS and REQUEST_TIMEOUT_MS, as
/// far as they are set.
/// @return kInvalidArgument when one of them is no whole number from 0 to a day; the error names it.
Result<void> read_environment(RetryOptions& retry, ConnectionOptions& connection);

}  // namespace alidade::client::inline v0::core
