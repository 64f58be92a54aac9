#pragma once

#include <string>

#include "env/env.h"

namespace alidade::observe {

/// A fresh trace id: 32 lower-case hexadecimal digits, never all zero.
std::string make_trace_id(env::Env& env);

}  // namespace alidade::observe
