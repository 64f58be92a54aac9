#include "index/vector/hnsw/walk.inc"

namespace alidade::index {

template class Walk<F32Space>;

}  // namespace alidade::index
