#include <hnswlib/hnswlib.h>

#include "bench/rival.h"

namespace alidade::benchmark {
namespace {

class Hnswlib : public Rival {
 public:
  Hnswlib(std::uint32_t dim, std::uint32_t row_limit, std::uint32_t m, std::uint32_t ef_construction)
      : space_(dim), graph_(&space_, row_limit, m, ef_construction, 1) {}

  void insert(const float* row, std::uint32_t id) override { graph_.addPoint(row, id); }
  void search(const float* query, std::uint32_t k, std::uint32_t ef, std::vector<std::uint32_t>& ids) override {
    graph_.setEf(ef);
    auto found = graph_.searchKnn(query, k);
    ids.clear();
    for (; !found.empty(); found.pop()) ids.push_back(static_cast<std::uint32_t>(found.top().second));
  }

 private:
  hnswlib::InnerProductSpace space_;
  hnswlib::HierarchicalNSW<float> graph_;
};

}  // namespace

std::unique_ptr<Rival> make_hnswlib(std::uint32_t dim, std::uint32_t row_limit, std::uint32_t m,
                                    std::uint32_t ef_construction) {
  return std::make_unique<Hnswlib>(dim, row_limit, m, ef_construction);
}

}  // namespace alidade::benchmark
