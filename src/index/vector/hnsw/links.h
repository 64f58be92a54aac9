#pragma once

#include <atomic>
#include <cstdint>

namespace alidade::index {

// How the parts of the graph touch a link. It is stored as node + 1, so that zeroed memory is an
// empty list; a reader that sees one also sees what its writer did before.
inline std::uint32_t load_link(const std::uint32_t* slot) {
  return std::atomic_ref<const std::uint32_t>(*slot).load(std::memory_order_acquire);
}
inline void store_link(std::uint32_t* slot, std::uint32_t node_plus_one) {
  std::atomic_ref<std::uint32_t>(*slot).store(node_plus_one, std::memory_order_release);
}

}  // namespace alidade::index
