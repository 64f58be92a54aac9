#include "index/vector/hnsw/walk.inc"

namespace alidade::index {

template class Walk<GridSpace<8>>;
template class Walk<GridSpace<4>>;

}  // namespace alidade::index
