// A graph over any floats: a sequence of insertions and searches, also amid an insertion. Everything
// ends, no distance is NaN, what is found is in order, and what is written answers as before.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <set>

#include "fuzz/support/fuzz.h"
#include "index/vector/vector_search.h"

namespace alidade::fuzz {
namespace {

using Limits = std::numeric_limits<float>;

constexpr std::uint32_t kMaxRows = 96;
constexpr std::size_t kMaxSteps = 256;
constexpr float kHostile[] = {0.0F,          -0.0F,           1.0F,
                              -1.0F,         0.5F,            1e25F,
                              -1e25F,        3e38F,           Limits::max(),
                              Limits::lowest(), Limits::min(), Limits::denorm_min(),
                              -Limits::denorm_min(), Limits::infinity(), -Limits::infinity(),
                              Limits::quiet_NaN()};

/// A value by its name in the table, or any 32 bits.
float read_float(Input& input) {
  const std::uint8_t kind = input.byte();
  return kind < 0xF0 ? kHostile[kind % std::size(kHostile)] : std::bit_cast<float>(input.u32());
}

class Session {
 public:
  Session(kernels::Metric metric, std::uint32_t dim)
      : metric_(metric), rows_(dim), graph_(kParams, metric, rows_) {
    rows_.ensure(kMaxRows);
  }

  void run(Input& input) {
    for (std::size_t step = 0; step < kMaxSteps && !input.empty(); ++step) {
      const std::uint8_t action = input.byte();
      if (action % 4 == 0) {
        search(read_query(input, action), 1 + input.byte() % 40U);
      } else if (count_ < kMaxRows) {
        insert(input, action);
      }
    }
    write_and_read();
  }

 private:
  static constexpr index::HnswParams kParams{.m = 2, .ef_construction = 8};

  index::PaddedQuery read_query(Input& input, std::uint8_t action) const {
    std::vector<float> values(rows_.dim());
    for (float& value : values) value = read_float(input);
    index::PaddedQuery query(values);
    if (action & 4) query.normalise();
    return query;
  }

  void insert(Input& input, std::uint8_t action) {
    float* row = rows_.mutable_row(count_);
    for (std::uint32_t k = 0; k < rows_.dim(); ++k) row[k] = read_float(input);
    if (action & 8) {
      index::HnswScratch other;
      const index::PaddedQuery query(std::span<const float>(row, rows_.dim()));
      graph_.insert_in_steps(count_, scratch_, [&] { check(graph_.search(query, 8, other, {}), 8, nullptr); });
    } else {
      graph_.insert(count_, scratch_);
    }
    ++count_;
  }

  void search(const index::PaddedQuery& query, std::uint32_t ef) {
    check(graph_.search(query, ef, scratch_, {}), ef, nullptr);
    base::Bitset some(count_);
    for (std::uint32_t i = 0; i < count_; i += 3) some.set(i);
    check(graph_.search_two_hop(query, ef, some, scratch_, {}), ef, &some);
    const base::Bitset live(count_, true);
    const index::SearchRequest request{.metric = metric_, .rows = &rows_, .row_count = count_, .graph = &graph_,
                                       .graphed_rows = count_, .live = &live, .live_count = count_,
                                       .present = &live, .selected = ef % 2 ? &some : nullptr,
                                       .selected_count = some.count(), .limit = ef};
    const auto found = index::vector_search(request, query, {});
    check(found, ef, request.selected);
    const std::uint64_t wanted = request.selected != nullptr ? some.count() : count_;
    require(found->size() == std::min<std::uint64_t>(ef, wanted), "an answer is complete");
    for (std::size_t i = 1; i < found->size(); ++i) require((*found)[i - 1] < (*found)[i], "the order is strict");
  }

  void check(const Result<std::vector<index::Neighbour>>& hits, std::uint32_t ef, const base::Bitset* some) const {
    require(hits.ok(), "a search without a deadline ends by itself");
    require(hits->size() <= ef, "no more hits than asked for");
    std::set<std::uint32_t> seen;
    float last = -Limits::infinity();
    for (const auto& hit : *hits) {
      require(hit.offset < count_ + 1, "a hit is a row");
      require(some == nullptr || some->test(hit.offset), "a hit is allowed");
      require(seen.insert(hit.offset).second, "a row is found once");
      require(!std::isnan(hit.distance), "a distance is a number");
      require(hit.distance >= last, "hits come nearest first");
      last = hit.distance;
    }
  }

  void write_and_read() {
    base::Bytes bytes;
    const Status status = graph_.serialize([&](std::span<const std::byte> part) {
      bytes.insert(bytes.end(), part.begin(), part.end());
      return Status();
    });
    require(status.ok(), "a graph is written");
    const auto read = index::HnswGraph::deserialize(bytes, kParams, metric_, rows_, count_);
    require(read.ok(), "what is written reads back", read.status().to_string());
    if (count_ == 0) return;
    const index::PaddedQuery query(std::span<const float>(rows_.row(count_ / 2), rows_.dim()));
    const auto before = graph_.search(query, 16, scratch_, {}), after = (*read)->search(query, 16, scratch_, {});
    check(after, 16, nullptr);
    const bool same = before.ok() && std::equal(before->begin(), before->end(), after->begin(), after->end(),
                                                [](const auto& a, const auto& b) { return a.offset == b.offset; });
    require(same, "what was written answers as before");
  }

  const kernels::Metric metric_;
  storage::VectorRows rows_;
  index::HnswGraph graph_;
  index::HnswScratch scratch_;
  std::uint32_t count_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const auto metric = static_cast<kernels::Metric>(input.byte() % kernels::kMetricCount);
  Session session(metric, 1 + input.byte() % 20U);
  session.run(input);
  return 0;
}

}  // namespace alidade::fuzz
