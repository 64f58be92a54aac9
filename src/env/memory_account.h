#pragma once

#include <cstdint>
#include <optional>

#include "base/status.h"
#include "env/memory_budget.h"

namespace alidade::env {

/// What one piece of work holds, counted as it grows and charged in steps. One thread; given back by the destructor.
class MemoryAccount {
 public:
  /// @param budget borrowed; nullptr = nothing is counted.
  explicit MemoryAccount(MemoryBudget* budget) {
    if (budget != nullptr) charge_.emplace(*budget);
  }

  /// To be called before the bytes are taken. @return kResourceExhausted when there is no room for them.
  Status add(std::uint64_t bytes) {
    if (!charge_) return {};
    bytes_ += bytes;
    if (bytes_ <= charged_) return {};
    charged_ = bytes_ + kStepBytes;
    if (charge_->grow_to(charged_)) return {};
    return {StatusCode::kResourceExhausted, "not enough memory for this request"};
  }

 private:
  // Small work leaves the budget alone, and large work asks it seldom.
  static constexpr std::uint64_t kStepBytes = std::uint64_t{1} << 20;

  std::optional<MemoryCharge> charge_;
  std::uint64_t bytes_ = 0, charged_ = kStepBytes;
};

}  // namespace alidade::env
