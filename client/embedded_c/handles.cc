#include "embedded_c/handles.h"

namespace alidade::embedded_c {

std::uintptr_t next_handle_number() {
  static std::atomic<std::uintptr_t> next = 1;
  return next.fetch_add(2, std::memory_order_relaxed);
}

}  // namespace alidade::embedded_c
