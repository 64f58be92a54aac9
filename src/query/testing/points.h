#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "env/memory/memory_env.h"
#include "model/collection_config.h"
#include "segment/segment.h"
#include "storage/point_store.h"

namespace alidade::query::testing {

/// A segment with one vector, for tests: points with their vectors (empty = none) and payloads.
class Points {
 public:
  Points(std::uint32_t dim, model::Distance distance) : dim_(dim) {
    model::CollectionConfig config;
    config.vectors[""].size = dim;
    config.vectors[""].distance = distance;
    auto store = storage::PointStore::create(env_, "/s", {{"", dim, distance == model::Distance::kCosine}}).value();
    segment_ = std::make_unique<segment::Segment>(std::move(store), config);
  }

  base::PointOffset add(std::uint64_t id, std::vector<float> vector, const std::string& payload = "") {
    std::vector<float> row((dim_ + 15) / 16 * 16);
    std::copy(vector.begin(), vector.end(), row.begin());
    if (segment_->find_vector("")->params.distance == model::Distance::kCosine && !vector.empty()) {
      const segment::PreparedQuery query = segment_->prepare_query(*segment_->find_vector(""), vector);
      const auto& unit = std::get<index::PaddedQuery>(query.form);
      row.assign(unit.data(), unit.data() + unit.padded_dim());
    }
    const model::VectorView vectors[] = {{vector.empty() ? nullptr : row.data(), nullptr, 1, 0}};
    const float norms[] = {1};
    storage::RowInput input;
    input.id = model::PointId::from_number(id);
    input.version = base::OpNumber(1);
    input.first_seen = id;
    input.payload = payload;
    input.vectors = vectors;
    input.norms = norms;
    return segment_->store().append(input);
  }

  const segment::Segment& segment() const { return *segment_; }

 private:
  env::MemoryEnv env_;
  const std::uint32_t dim_;
  std::unique_ptr<segment::Segment> segment_;
};

}  // namespace alidade::query::testing
