// Graph files, without the checksums that surround them: what is taken can be searched, extended
// and written again.
#include <algorithm>

#include "fuzz/support/fuzz.h"
#include "index/vector/hnsw/graph.h"

namespace alidade::fuzz {
namespace {

constexpr std::uint32_t kRows = 40;
constexpr std::uint32_t kDim = 4;

const storage::VectorRows& rows() {
  static const auto made = [] {
    auto vectors = std::make_unique<storage::VectorRows>(kDim);
    vectors->ensure(kRows);
    for (std::uint32_t i = 0; i < kRows; ++i) {
      for (std::uint32_t k = 0; k < kDim; ++k)
        vectors->mutable_row(i)[k] = static_cast<float>((i * 7 + k * 3) % 11);
    }
    return vectors;
  }();
  return *made;
}

void check_hits(const std::vector<index::Neighbour>& hits, std::uint32_t ef) {
  fuzz::require(hits.size() <= ef, "no more hits than asked for");
  for (const auto& hit : hits) fuzz::require(hit.offset < kRows, "a hit is a row");
  fuzz::require(
      std::is_sorted(hits.begin(), hits.end(),
                     [](const auto& a, const auto& b) { return a.distance < b.distance; }),
      "hits come nearest first");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const index::HnswParams params{.m = 4, .ef_construction = 16};
  const auto bytes = fuzz::Input(data, size).rest();
  auto graph = index::HnswGraph::deserialize(bytes, params, kernels::Metric::kL2, rows(), kRows);
  fuzz::require_code(graph.status(), {StatusCode::kDataLoss});
  if (!graph.ok()) return 0;
  const float values[kDim] = {1, 2, 3, 4};
  const index::PaddedQuery query{std::span<const float>(values)};
  index::HnswScratch scratch;
  check_hits((*graph)->search(query, 8, scratch, {}).value(), 8);
  base::Bitset allowed(kRows);
  for (std::uint32_t i = 0; i < kRows; i += 3) allowed.set(i);
  check_hits((*graph)->search_two_hop(query, 8, allowed, scratch, {}).value(), 8);
  base::Bytes written;
  const Status status = (*graph)->serialize([&](std::span<const std::byte> part) {
    written.insert(written.end(), part.begin(), part.end());
    return Status();
  });
  fuzz::require(status.ok() && written.size() <= bytes.size(),
                "a graph is written as small as it was read");
  const auto again =
      index::HnswGraph::deserialize(written, params, kernels::Metric::kL2, rows(), kRows);
  fuzz::require(again.ok(), "what is written reads back", again.status().to_string());
  (*graph)->insert(kRows - 1, scratch);
  check_hits((*graph)->search(query, 8, scratch, {}).value(), 8);
  return 0;
}

}  // namespace alidade::fuzz
