#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "faces/chroma_rest/routes.h"
#include "model/collection_config.h"

namespace alidade::faces::chroma_rest {

/// What handlers share.

/// 200 with a JSON body.
net::HttpResponse json_answer(std::string body, int status = 200);
net::HttpResponse empty_object(int status = 200);

/// The answer, or the refusal in the scene's words.
template <typename Work>
net::HttpResponse answer(Scene scene, Work work) {
  const Result<net::HttpResponse> result = work();
  return result.ok() ? *result : error_answer(result.status(), scene);
}

/// The collection that a record route names: its UUID within the path's tenant and database.
/// @return kInvalidArgument when the database is too short or the id no UUID.
Result<model::CollectionRef> record_ref(const Call& call);
/// The collection that the path names by name.
Result<model::CollectionRef> named_ref(const Call& call);

/// Everything about a collection that Chroma can show.
/// @return kNotFound also for one that it cannot, and for unknown tenants and databases.
Result<model::CollectionInfo> find_collection(const Call& call, const model::CollectionRef& ref);
/// From the cache where possible; so the collection may be gone by now.
Result<std::shared_ptr<const CollectionTraits>> find_traits(const Call& call,
                                                            const model::CollectionRef& ref);
/// A broken rule counts only where the collection exists: that is looked at first.
Status broken_rule(const Call& call, const model::CollectionRef& ref, const Status& rule);

Status collection_not_found(const model::CollectionRef& ref);
/// Whether the refusal is about the tenant or the database.
bool is_place_missing(const Status& status);

/// `limit` and `offset` of a list.
struct Page {
  std::optional<std::uint32_t> limit;
  std::uint32_t offset = 0;

  /// The part of `count` items that the page shows, as [begin, end).
  std::size_t begin(std::size_t count) const { return offset < count ? offset : count; }
  std::size_t end(std::size_t count) const;
};
Result<Page> read_page(const net::HttpRequest& request);
/// The read_level of a count; it has no effect.
Status check_read_level(const net::HttpRequest& request);

}  // namespace alidade::faces::chroma_rest
