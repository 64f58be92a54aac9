#include "collection/collection.h"

#include <limits>

#include <fmt/format.h>

#include "observe/log.h"

namespace alidade::collection {

Collection::Collection(std::string directory, model::CollectionDescription description)
    : directory_(std::move(directory)), uuid_(description.uuid), description_(std::move(description)) {}

std::shared_ptr<Collection> Collection::make(std::string directory,
                                             model::CollectionDescription description) {
  return std::shared_ptr<Collection>(new Collection(std::move(directory), std::move(description)));
}

std::shared_ptr<Collection> Collection::open(const shard::Runtime& runtime,
                                             std::string directory,
                                             model::CollectionDescription description) {
  auto collection = make(std::move(directory), std::move(description));
  collection->open_shard(runtime);
  return collection;
}

void Collection::open_shard(const shard::Runtime& runtime, shard::OpenControl* control) {
  if (is_open()) return;
  const model::CollectionDescription known = description();
  auto shard = shard::Shard::open(runtime, env::join_path(directory_, "shard-0"), known.config,
                                  known.uuid.to_string(), control);
  if (shard.status().code() == StatusCode::kCancelled) return;
  if (!shard.ok()) return quarantine(runtime, known.name, shard.status());
  shard_ = std::move(*shard);
  open_.store(true, std::memory_order_release);
}

std::shared_ptr<Collection> Collection::quarantined(const shard::Runtime& runtime,
                                                    std::string directory,
                                                    model::CollectionDescription description,
                                                    const Status& reason) {
  const std::string name = description.name;
  std::shared_ptr<Collection> collection(new Collection(std::move(directory), std::move(description)));
  collection->quarantine(runtime, name, reason);
  return collection;
}

void Collection::quarantine(const shard::Runtime& runtime, const std::string& name, const Status& reason) {
  damage_ = Status(StatusCode::kUnavailable,
                   fmt::format("collection '{}' cannot be opened: {}", name, reason.message()),
                   ErrorKind::kQuarantined, {name, reason.message()});
  runtime.log.error("a collection is quarantined; the others serve",
                    {{"collection", name}, {"reason", reason.message()}});
  open_.store(true, std::memory_order_release);
}

model::CollectionDescription Collection::description() const {
  model::CollectionDescription description;
  {
    base::MutexLock lock(mutex_);
    description = description_;
  }
  const shard::Shard* shard = find_shard();
  if (shard == nullptr) return description;
  // A dimension that the first write decided is known to the shard alone.
  const auto view = shard->read_view();
  for (const auto& field : view.segment().vectors()) {
    if (const auto found = description.config.vectors.find(field->name);
        found != description.config.vectors.end()) {
      found->second.size = field->params.size;
    }
  }
  return description;
}

std::string Collection::name() const {
  base::MutexLock lock(mutex_);
  return description_.name;
}

Result<std::shared_ptr<shard::Shard>> Collection::shard() const {
  if (!is_open()) {
    return Status(StatusCode::kUnavailable,
                  fmt::format("collection '{}' is still being opened; try again", name()));
  }
  if (shard_ == nullptr) return damage_;
  ALD_RETURN_IF_ERROR(shard_->readable());
  return shard_;
}

std::uint64_t Collection::indexing_threshold_bytes() const {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t kilobytes = description().config.indexing_threshold_kb();
  return kilobytes > kMost / 1024 ? kMost : kilobytes * 1024;
}

Result<model::CollectionInfo> Collection::info() const {
  ALD_ASSIGN(const auto opened, shard());
  model::CollectionInfo info;
  info.description = description();
  const std::uint64_t threshold_bytes = indexing_threshold_bytes();
  const auto view = opened->read_view();
  const segment::Segment& segment = view.segment();
  info.points_count = segment.live_count();
  for (const auto& field : segment.vectors()) {
    if (!field->spec) continue;
    const std::uint64_t row_bytes = std::uint64_t{field->params.size} * sizeof(float);
    const std::uint64_t waiting = segment.waiting_rows(*field);
    const std::uint64_t indexed = segment.indexed_rows(*field);
    if (field->kind == model::VectorKind::kSparse) {
      // As the peer: they are searched by their places from the first one on.
      info.indexed_vectors_count += indexed;
      continue;
    }
    if (threshold_bytes == 0) {
      // Nothing more is built. What was built before it was turned off stays.
      if (field->graph != nullptr) info.indexed_vectors_count += indexed;
      continue;
    }
    if ((indexed + waiting) * row_bytes < threshold_bytes) continue;
    info.indexed_vectors_count += indexed;
    info.optimizing = info.optimizing || waiting * row_bytes >= threshold_bytes;
  }
  const auto& indexes = segment.payload_indexes();
  for (const auto& [field, schema] : indexes.schema()) {
    info.payload_schema[field] = {schema, indexes.points_count(field)};
  }
  info.seen_keys = indexes.seen_keys();
  return info;
}

void Collection::set_description(model::CollectionDescription description) {
  if (find_shard() != nullptr) shard_->set_config(description.config);
  base::MutexLock lock(mutex_);
  description_ = std::move(description);
}

}  // namespace alidade::collection
