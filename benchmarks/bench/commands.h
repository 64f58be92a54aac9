#pragma once

#include "bench/options.h"

namespace alidade::benchmark {

// One file each.
extern const Command kEngine;
extern const Command kFilter;
extern const Command kChurn;
extern const Command kMicro;
extern const Command kGen;
extern const Command kLoad;
extern const Command kReport;

}  // namespace alidade::benchmark
