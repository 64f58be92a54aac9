#include "segment/renumbering.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/row_map.h"

namespace alidade::segment {

Renumbering::Renumbering(const Segment& old) : kept_(old.live()) {
  const base::RowMap kept(kept_);
  rows_ = kept.rows();
  const storage::PointStore& store = old.store();
  for (std::size_t i = 0; i < store.specs().size(); ++i) {
    Column column{store.specs()[i], storage::VectorStore::make(store.specs()[i]), store.vectors(i), store.present(i), nullptr};
    column.rows.ensure(kept.size());
    const VectorField* field = old.find_vector(column.spec.name);
    if (field != nullptr && field->graph != nullptr) {
      column.graph = make_hnsw(field->hnsw, field->params.distance, *column.rows.dense);
    }
    columns_.push_back(std::move(column));
  }
}

void Renumbering::copy_row(Column& column, std::uint32_t old_row, std::uint32_t new_row) const {
  column.rows.put(new_row, column.old_rows.view(old_row));
}

bool Renumbering::step(std::uint32_t max_rows) {
  static thread_local index::HnswScratch scratch;
  const auto count = static_cast<std::uint32_t>(rows_.size());
  const std::uint32_t end = std::min(count, next_ + max_rows);
  for (; next_ < end; ++next_) {
    const std::uint32_t row = rows_[next_];
    for (Column& column : columns_) {
      if (!column.present.test(row)) continue;
      copy_row(column, row, next_);
      if (column.graph != nullptr) column.graph->insert(next_, scratch);
    }
  }
  return next_ < count;
}

std::unique_ptr<Segment> Renumbering::finish(const Segment& now) {
  const auto copied = static_cast<std::uint32_t>(rows_.size());
  ALD_CHECK(next_ == copied);
  const storage::PointStore& store = now.store();
  // Names may have been given a dimension since; those that were there must be the same.
  if (store.specs().size() < columns_.size()) return nullptr;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (store.vectors(i) != columns_[i].old_rows) return nullptr;
  }
  for (std::size_t i = columns_.size(); i < store.specs().size(); ++i) {
    columns_.push_back({store.specs()[i], storage::VectorStore::make(store.specs()[i]), store.vectors(i), base::Bitset(), nullptr});
  }
  const std::size_t before = kept_.size();
  kept_.resize(store.row_count());
  for (std::size_t row = store.live().find_next(before); row < store.live().size();
       row = store.live().find_next(row + 1)) {
    kept_.set(row);
  }
  const base::RowMap kept(kept_);
  std::vector<storage::VectorStore> vectors;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    Column& column = columns_[i];
    column.rows.ensure(kept.size());
    // A vector that is new here was given to none of the rows that are copied already.
    for (std::uint32_t number = copied; number < kept.size(); ++number) {
      const std::uint32_t row = kept.rows()[number];
      if (store.present(i).test(row)) copy_row(column, row, number);
    }
    vectors.push_back(column.rows);
  }
  auto made = now.renumbered(kept, std::move(vectors));
  for (Column& column : columns_) made->adopt_graph(column.spec.name, std::move(column.graph), copied);
  return made;
}

}  // namespace alidade::segment
