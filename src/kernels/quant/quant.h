#pragma once

#include "kernels/codes.h"

namespace alidade::kernels {

// One file per instruction set. A set may be called only where the CPU has it.
const CodeKernels& portable_code_kernels();
const CodeKernels& avx2_code_kernels();
const CodeKernels& avx512vnni_code_kernels();
const CodeKernels& neon_code_kernels();

}  // namespace alidade::kernels
