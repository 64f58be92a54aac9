#include "collection/read_session.h"

#include <limits>
#include <utility>

#include <fmt/format.h>

#include "query/filter/filter.h"
#include "query/run.h"

namespace alidade::collection {

Result<ReadSession> ReadSession::open(const Collection& collection) {
  ALD_ASSIGN(const auto shard, collection.shard());
  return ReadSession({shard->read_view().share()});
}

query::Schema ReadSession::schema(std::uint64_t indexing_threshold_bytes) const {
  return query::schema_of(*views_.front(), indexing_threshold_bytes);
}

std::uint64_t ReadSession::point_count() const {
  std::uint64_t count = 0;
  for (const View& view : views_) count += view->live_count();
  return count;
}

Status ReadSession::check_vectors(const model::VectorSelector& selector) const {
  return views_.front()->check_vectors(selector);
}

std::optional<query::RowAddress> ReadSession::find(const model::PointId& id) const {
  for (std::uint32_t shard = 0; shard < views_.size(); ++shard) {
    if (const auto offset = views_[shard]->find(id)) return query::RowAddress{shard, *offset};
  }
  return std::nullopt;
}

Result<model::PointRecord> ReadSession::fetch(query::RowAddress row,
                                              const model::PayloadSelector& with_payload,
                                              const model::VectorSelector& with_vectors,
                                              segment::VectorForm form) const {
  return views_[row.shard]->record(row.offset, with_payload, with_vectors, form);
}

Result<query::Hits> ReadSession::query(const query::Plan& plan, const observe::OpContext& context,
                                       env::MemoryBudget* memory) const {
  std::vector<const segment::Segment*> views;
  for (const View& view : views_) views.push_back(view.get());
  return query::run(plan, views, context, memory);
}

Result<std::uint64_t> ReadSession::count(const std::optional<model::Filter>& filter, const observe::OpContext& context) const {
  std::uint64_t count = 0;
  for (const View& view : views_) {
    ALD_ASSIGN(const query::Selection selection, query::select_rows(*view, filter, context));
    count += selection.count;
  }
  return count;
}

Result<std::vector<index::FacetCount>> ReadSession::facet(const model::JsonPath& key,
                                                          const std::optional<model::Filter>& filter,
                                                          std::uint64_t limit,
                                                          const observe::OpContext& context) const {
  const std::string path = key.to_string();
  // A value that is rare in every shard may be frequent in all of them together.
  const std::size_t limit_of_shard = views_.size() == 1 ? limit : std::numeric_limits<std::size_t>::max();
  std::vector<std::vector<index::FacetCount>> counts;
  for (const View& view : views_) {
    ALD_ASSIGN(const query::Selection selection, query::select_rows(*view, filter, context));
    ALD_ASSIGN(auto found, view->payload_indexes().facet(path, selection.rows, limit_of_shard, context));
    if (!found) {
      return Status(StatusCode::kInvalidArgument, fmt::format("no index of '{}' can count values", path),
                    ErrorKind::kNoFacetIndex, {path});
    }
    counts.push_back(*std::move(found));
  }
  if (counts.size() == 1) return std::move(counts.front());
  return index::merge_facets(std::move(counts), limit);
}

}  // namespace alidade::collection
