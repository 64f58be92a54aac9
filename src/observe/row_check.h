#pragma once

#include <cstdint>

#include "observe/op_context.h"

namespace alidade::observe {

/// Lets a loop over rows end when nobody wants its outcome any more. One per loop, one thread.
class RowCheck {
 public:
  /// Reading and parsing that many payloads takes a few milliseconds.
  static constexpr std::uint64_t kRows = 1024;

  /// @param context borrowed.
  explicit RowCheck(const OpContext& context) : context_(context) {}
  RowCheck(OpContext&&) = delete;

  /// To be called once per row; looks at the context every kRows rows.
  /// @return kDeadlineExceeded or kCancelled.
  Status next() { return ++rows_ % kRows == 0 ? context_.check() : Status(); }

 private:
  const OpContext& context_;
  std::uint64_t rows_ = 0;
};

}  // namespace alidade::observe
