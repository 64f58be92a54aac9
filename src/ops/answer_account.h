#pragma once

#include <cstdint>
#include <optional>

#include "base/status.h"
#include "env/memory_budget.h"
#include "model/query.h"

namespace alidade::ops {

/// What an answer holds while it is gathered. A list that shows each point once is as large as the
/// collection at most and always taken; what shows points again (later queries of a batch, points in
/// several groups) has to fit into the account. One thread; given back by the destructor.
class AnswerAccount {
 public:
  /// @param memory borrowed; nullptr = nothing is counted.
  explicit AnswerAccount(env::MemoryBudget* memory) {
    if (memory != nullptr) charge_.emplace(*memory);
  }

  /// @return kResourceExhausted when there is no room for what is shown again.
  Status add(const model::PointRecord& record, bool is_again) {
    if (!charge_) return {};
    bytes_ += sizeof(model::ScoredPoint) + (record.payload ? record.payload->size() : 0);
    if (record.vectors) {
      for (const auto& vector : *record.vectors) bytes_ += sizeof(vector) + model::number_count(vector.value) * sizeof(float);
    }
    if (bytes_ < charged_) return {};
    charged_ = bytes_ + kStepBytes;
    if (!is_again) return charge_->force_to(charged_), Status();
    if (charge_->grow_to(charged_)) return {};
    return {StatusCode::kResourceExhausted, "not enough memory for this request"};
  }

 private:
  // Small answers leave the account alone, and large ones ask it seldom.
  static constexpr std::uint64_t kStepBytes = std::uint64_t{1} << 20;

  std::optional<env::MemoryCharge> charge_;
  std::uint64_t bytes_ = 0, charged_ = kStepBytes;
};

}  // namespace alidade::ops
