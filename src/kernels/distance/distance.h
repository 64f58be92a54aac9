#pragma once

#include "kernels/kernels.h"

namespace alidade::kernels {

// One file per instruction set. A set may be called only where the CPU has it.
const KernelSet& portable_kernels();
const KernelSet& avx2_kernels();
const KernelSet& avx512_kernels();
const KernelSet& neon_kernels();

}  // namespace alidade::kernels
