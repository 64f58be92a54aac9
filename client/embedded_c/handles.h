#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "embedded_c/failure.h"

namespace alidade::embedded_c {

class Session;
struct OpenCollection;
struct Rows;
struct Answer;
struct Stop;

/// What a handle of the C interface stands for. A handle is a number in the shape of a pointer: nobody follows it,
/// and no number is given twice, so one that was closed is never taken for another. Thread-safe.
template <typename Object>
class Handles {
 public:
  /// The only one of its kind: C functions have no other place to keep it. It is never destroyed, so that calls
  /// while the process ends find it.
  static Handles& instance() {
    alignas(Handles) static std::byte place[sizeof(Handles)];
    static Handles* const only = std::construct_at(reinterpret_cast<Handles*>(place));
    return *only;
  }

  template <typename Handle>
  Handle* add(std::shared_ptr<Object> object) {
    const std::uintptr_t number = next_number();
    const std::unique_lock lock(mutex_);
    objects_.emplace(number, std::move(object));
    return reinterpret_cast<Handle*>(number);  // NOLINT(performance-no-int-to-ptr): see above
  }

  /// nullptr when there is none.
  std::shared_ptr<Object> find(const void* handle) const {
    const std::shared_lock lock(mutex_);
    const auto found = objects_.find(reinterpret_cast<std::uintptr_t>(handle));
    return found == objects_.end() ? nullptr : found->second;
  }

  /// As find(); the handle is none from now on.
  std::shared_ptr<Object> take(const void* handle) {
    const std::unique_lock lock(mutex_);
    const auto found = objects_.find(reinterpret_cast<std::uintptr_t>(handle));
    if (found == objects_.end()) return nullptr;
    std::shared_ptr<Object> object = std::move(found->second);
    objects_.erase(found);
    return object;
  }

 private:
  // Odd, as no pointer to an object is; one row of numbers for all types.
  static std::uintptr_t next_number();

  mutable std::shared_mutex mutex_;
  std::unordered_map<std::uintptr_t, std::shared_ptr<Object>> objects_;
};

std::uintptr_t next_handle_number();

template <typename Object>
std::uintptr_t Handles<Object>::next_number() {
  return next_handle_number();
}

/// The object of a handle, or the failure that says what the handle is not.
template <typename Object>
Outcome find_object(const void* handle, const char* what, std::shared_ptr<Object>& out) {
  out = Handles<Object>::instance().find(handle);
  if (out) return std::nullopt;
  return failure(ALD_INVALID_HANDLE, std::string("this is no open ") + what + (handle == nullptr ? ": it is NULL" : ""));
}

/// As find_object(), and the handle ends.
template <typename Object>
Outcome take_object(const void* handle, const char* what, std::shared_ptr<Object>& out) {
  out = Handles<Object>::instance().take(handle);
  if (out) return std::nullopt;
  return failure(ALD_INVALID_HANDLE, std::string("this is no open ") + what + (handle == nullptr ? ": it is NULL" : ""));
}

}  // namespace alidade::embedded_c
