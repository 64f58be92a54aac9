#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace alidade::benchmark {

/// hnswlib over inner products, in a file of its own so that it is compiled for the instruction set
/// that it is compared on.
class Rival {
 public:
  Rival(std::uint32_t dim, std::uint32_t row_limit, std::uint32_t m, std::uint32_t ef_construction);
  ~Rival();
  Rival(const Rival&) = delete;
  Rival& operator=(const Rival&) = delete;

  void insert(const float* row, std::uint32_t id);
  /// The k nearest ids in no order.
  void search(const float* query, std::uint32_t k, std::uint32_t ef, std::vector<std::uint32_t>& ids);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace alidade::benchmark
