#include "bench/rival.h"

namespace alidade::benchmark {

std::unique_ptr<Rival> make_hnswlib(std::uint32_t /*dim*/, std::uint32_t /*row_limit*/, std::uint32_t /*m*/,
                                    std::uint32_t /*ef_construction*/) {
  return nullptr;
}

}  // namespace alidade::benchmark
