#include "ops/resolve_query.h"

#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "collection/read_session.h"
#include "query/resolve.h"

namespace alidade::ops {
namespace {

using CollectionPtr = std::shared_ptr<collection::Collection>;

class Place final : public query::LookupPlace {
 public:
  Place(CollectionPtr found, const CollectionPtr& home) : found_(std::move(found)), is_home_(found_ == home) {}

  bool is_home() const override { return is_home_; }
  Result<std::vector<std::shared_ptr<const segment::Segment>>> views() const override {
    ALD_ASSIGN(const auto session, collection::ReadSession::open(*found_));
    return session.views();
  }

 private:
  const CollectionPtr found_;
  const bool is_home_;
};

class Places final : public query::LookupPlaces {
 public:
  Places(const collection::Catalogue& catalogue, const model::CollectionRef& home_ref, CollectionPtr home)
      : catalogue_(catalogue), home_ref_(home_ref), home_(std::move(home)) {}

  Result<std::unique_ptr<query::LookupPlace>> find(const std::optional<std::string>& name) const override {
    if (!name) return std::unique_ptr<query::LookupPlace>(std::make_unique<Place>(home_, home_));
    model::CollectionRef ref = home_ref_;
    ref.name = *name;
    ref.uuid.reset();
    auto found = catalogue_.find(ref);
    if (!found.ok()) {
      return Status(StatusCode::kNotFound, fmt::format("Collection {} not found", *name),
                    ErrorKind::kLookupCollectionNotFound, {*name});
    }
    return std::unique_ptr<query::LookupPlace>(std::make_unique<Place>(std::move(found).value(), home_));
  }

  std::size_t dimension_of(const std::string& vector_name) const override {
    const auto vectors = home_->description().config.vectors;
    const auto found = vectors.find(vector_name);
    return found == vectors.end() ? 0 : found->second.size;
  }

 private:
  const collection::Catalogue& catalogue_;
  const model::CollectionRef& home_ref_;
  const CollectionPtr home_;
};

}  // namespace

Status resolve_queries(const collection::Catalogue& catalogue,
                       const model::CollectionRef& home_ref,
                       CollectionPtr home,
                       std::span<const model::QueryRequest> queries,
                       const observe::OpContext& context,
                       env::MemoryAccount& account,
                       const std::function<Status(std::size_t, query::ResolvedQuery)>& visit) {
  return query::resolve(Places(catalogue, home_ref, std::move(home)), queries, context, account, visit);
}

}  // namespace alidade::ops
