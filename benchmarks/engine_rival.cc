#include "engine_rival.h"

#include <hnswlib/hnswlib.h>

namespace alidade::benchmark {

struct Rival::State {
  State(std::uint32_t dim, std::uint32_t row_limit, std::uint32_t m, std::uint32_t ef_construction)
      : space(dim), graph(&space, row_limit, m, ef_construction, 1) {}
  hnswlib::InnerProductSpace space;
  hnswlib::HierarchicalNSW<float> graph;
};

Rival::Rival(std::uint32_t dim, std::uint32_t row_limit, std::uint32_t m, std::uint32_t ef_construction)
    : state_(std::make_unique<State>(dim, row_limit, m, ef_construction)) {}
Rival::~Rival() = default;

void Rival::insert(const float* row, std::uint32_t id) { state_->graph.addPoint(row, id); }

void Rival::search(const float* query, std::uint32_t k, std::uint32_t ef, std::vector<std::uint32_t>& ids) {
  state_->graph.setEf(ef);
  auto found = state_->graph.searchKnn(query, k);
  ids.clear();
  for (; !found.empty(); found.pop()) ids.push_back(static_cast<std::uint32_t>(found.top().second));
}

}  // namespace alidade::benchmark
