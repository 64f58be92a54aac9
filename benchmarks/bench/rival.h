#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace alidade::benchmark {

/// Another library over inner products of unit rows, compiled in a file of its own for the instruction set that it is
/// compared on.
class Rival {
 public:
  virtual ~Rival() = default;
  virtual void insert(const float* row, std::uint32_t id) = 0;
  /// The k nearest ids in no order.
  virtual void search(const float* query, std::uint32_t k, std::uint32_t ef, std::vector<std::uint32_t>& ids) = 0;
};

/// hnswlib; nullptr when the program was built without it.
std::unique_ptr<Rival> make_hnswlib(std::uint32_t dim, std::uint32_t row_limit, std::uint32_t m,
                                    std::uint32_t ef_construction);

}  // namespace alidade::benchmark
