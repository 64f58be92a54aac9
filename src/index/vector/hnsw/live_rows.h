#pragma once

#include <cstdint>

#include "base/bitset.h"

namespace alidade::index {

/// Which rows are worth a link. The others lead walks on as long as there are links to them.
struct LiveRows {
  const base::Bitset* rows = nullptr;  ///< nullptr: all. Rows at and above its size are live.
  std::uint64_t count = 0;             ///< Of the live ones in the graph, about.

  bool is_dead(std::uint32_t row) const { return rows != nullptr && row < rows->size() && !rows->test(row); }
};

}  // namespace alidade::index
