#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/json.h"
#include "base/mutex.h"
#include "base/status.h"
#include "base/uuid.h"
#include "model/collection_config.h"
#include "model/filter.h"

namespace alidade::faces::chroma_rest {

/// What the face must know of a collection in front of an operation on its records. None of it
/// changes while the collection lives.
struct CollectionTraits {
  /// Kinds of metadata values, as bits (model::SeenKinds), whose index the schema turned off.
  struct Kinds {
    std::uint8_t given = 0;     ///< The schema says something about these.
    std::uint8_t disabled = 0;
  };
  /// Exactly one unnamed dense vector of a distance that Chroma has; others are not to be found.
  bool visible = false;
  std::uint8_t disabled_by_default = 0;
  std::map<std::string, Kinds> keys;
  bool document_search_disabled = false;

  static CollectionTraits of(const model::CollectionConfig& config);
  /// @return kInvalidArgument when the filter needs an index that the schema turned off.
  Status check(const model::Filter& filter) const;
  /// @return kInvalidArgument: no collection of this server has a sparse index yet.
  Status check_sparse(const std::string& key) const;

 private:
  Status check_condition(const model::Condition& condition) const;
  Status check_operand(const std::string& key, const model::MetadataScalar& operand) const;
};

/// Whether Chroma can show a collection of this configuration.
bool is_visible(const model::CollectionConfig& config);

/// Traits by the collection's UUID, which is never used twice, so nothing here goes stale. Bounded.
/// Any thread.
class TraitsCache {
 public:
  std::shared_ptr<const CollectionTraits> find(const base::Uuid& uuid) const;
  void put(const base::Uuid& uuid, std::shared_ptr<const CollectionTraits> traits);

 private:
  static constexpr std::size_t kMaxCount = 4096;
  mutable base::Mutex mutex_;
  std::map<base::Uuid, std::shared_ptr<const CollectionTraits>> traits_ ALD_GUARDED_BY(mutex_);
};

}  // namespace alidade::faces::chroma_rest
