#include "simulation/support/failing_allocations.h"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace alidade::simulation {
thread_local Countdown t_countdown;
}  // namespace alidade::simulation

namespace {


void* allocate(std::size_t size, std::size_t alignment) {
  if (alidade::simulation::t_countdown.fails()) throw std::bad_alloc();
  void* memory = alignment <= alignof(std::max_align_t)
                     ? std::malloc(size == 0 ? 1 : size)
                     : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size, 0); }
void* operator new[](std::size_t size) { return allocate(size, 0); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
// tidy: allow, because this replaces the operator.
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
// tidy: allow, because this replaces the operator.
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
// tidy: allow, because this replaces the operator.
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
// tidy: allow, because this replaces the operator.
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
