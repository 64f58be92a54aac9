// How a graph is written and read back: docs/formats/graph.md.
#include <array>
#include <string>

#include "base/bytes.h"
#include "index/vector/hnsw/graph.h"

namespace alidade::index {
namespace {

constexpr std::uint64_t kGraphMagic = 0x31574E4847444C41ULL;  // "ALDGHNW1"

struct Header {
  std::uint64_t magic = kGraphMagic;
  std::uint32_t m = 0;
  std::uint32_t base_degree = 0;
  std::uint32_t dim = 0;
  std::uint32_t metric = 0;
  std::uint32_t node_limit = 0;
  std::uint32_t node_count = 0;
  std::uint32_t upper_count = 0;
  std::uint32_t entry_node = 0;
  std::uint32_t entry_level = 0;
  std::uint32_t reserved = 0;
};

/// Of files that were written before level 0 had three times m links.
std::uint32_t old_base_degree(std::uint32_t m) { return (m * 2 + 15) / 16 * 16; }

std::span<const std::byte> words(const std::uint32_t* first, std::size_t count) {
  return std::as_bytes(std::span<const std::uint32_t>(first, count));
}

}  // namespace

Status HnswGraph::serialize(const std::function<Status(std::span<const std::byte>)>& sink) const {
  const GraphEntry top = links_.entry();
  Header header;
  header.m = params_.m;
  header.base_degree = links_.base_degree_;
  header.dim = rows_.dim();
  header.metric = static_cast<std::uint32_t>(metric_);
  header.node_limit = links_.node_limit_.load();
  header.node_count = links_.node_count_.load();
  for (std::uint32_t i = 0; i < header.node_limit; ++i) {
    header.upper_count = std::max(header.upper_count, *links_.upper_slot_.row(i));
  }
  header.entry_node = top.node;
  header.entry_level = top.level;
  ALD_RETURN_IF_ERROR(sink(std::as_bytes(std::span<const Header>(&header, 1))));
  for (std::uint32_t i = 0; i < header.node_limit; ++i) {
    ALD_RETURN_IF_ERROR(sink(words(links_.upper_slot_.row(i), 1)));
    ALD_RETURN_IF_ERROR(sink(words(links_.base_links_.row(i), links_.base_degree_)));
  }
  for (std::uint32_t i = 0; i < header.upper_count; ++i) {
    ALD_RETURN_IF_ERROR(sink(words(links_.upper_links_.row(i), links_.upper_links_.stride())));
  }
  return {};
}

Result<std::unique_ptr<HnswGraph>> HnswGraph::deserialize(std::span<const std::byte> bytes,
                                                          const HnswParams& params,
                                                          kernels::Metric metric,
                                                          const storage::VectorRows& rows,
                                                          std::uint32_t row_count) {
  base::ByteReader in(bytes);
  Header header;
  ALD_ASSIGN(const auto raw, in.get_bytes(sizeof header));
  std::memcpy(&header, raw.data(), sizeof header);
  auto graph = std::make_unique<HnswGraph>(params, metric, rows);
  LinkTable& links = graph->links_;
  const std::uint64_t expected = sizeof header +
                                 std::uint64_t{header.node_limit} * 4 * (1 + std::uint64_t{header.base_degree}) +
                                 std::uint64_t{header.upper_count} * 4 * links.upper_links_.stride();
  const bool known_degree = header.base_degree == links.base_degree_ || header.base_degree == old_base_degree(params.m);
  if (header.magic != kGraphMagic || header.m != params.m || !known_degree || header.dim != rows.dim() || header.metric != static_cast<std::uint32_t>(metric) ||
      header.node_limit > row_count || header.node_count > header.node_limit ||
      header.upper_count > header.node_limit || header.entry_level > LinkTable::kMaxLevel ||
      (header.entry_node != GraphEntry::kNone && header.entry_node >= header.node_limit) || expected != bytes.size()) {
    return data_loss("the graph's header does not fit its collection");
  }
  const auto read_links = [&](std::uint32_t* to, std::size_t count) -> Status {
    ALD_ASSIGN(const auto part, in.get_bytes(count * sizeof(std::uint32_t)));
    std::memcpy(to, part.data(), part.size());
    for (std::size_t i = 0; i < count; ++i) {
      if (to[i] > header.node_limit) return data_loss("a link of the graph leads nowhere");
    }
    return {};
  };
  links.reserve(header.node_limit);
  for (std::uint32_t i = 0; i < header.node_limit; ++i) {
    ALD_ASSIGN(const auto slot, in.get<std::uint32_t>());
    if (slot > header.upper_count) return data_loss("a node of the graph has no upper links");
    *links.upper_slot_.row(i) = slot;
    // Shorter lists, of older files, leave room at the end.
    ALD_RETURN_IF_ERROR(read_links(links.base_links_.row(i), header.base_degree));
  }
  links.upper_links_.ensure(header.upper_count);
  for (std::uint32_t i = 0; i < header.upper_count; ++i) {
    ALD_RETURN_IF_ERROR(read_links(links.upper_links_.row(i), links.upper_links_.stride()));
  }
  links.node_count_ = header.node_count;
  links.entry_ = (std::uint64_t{header.entry_level} << 32) | header.entry_node;
  {
    base::MutexLock lock(links.grow_mutex_);
    links.upper_count_ = header.upper_count;
  }
  // Codes are derived from the rows, and are made again: 0.1 us per row of 384 floats and grid.
  graph->encode_to(header.node_limit);
  return graph;
}

}  // namespace alidade::index
