#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/collection_config.h"
#include "ops/operation.h"

namespace alidade::ops {

using model::CollectionRef;

struct CreatedCollection {
  model::CollectionDescription description;
  bool created = true;  ///< False when get_or_create found it.
};
struct CreateCollection {
  using Response = CreatedCollection;
  static constexpr Operation kRow{"create_collection", {auth::Scope::kGlobal, auth::Right::kManage}, Pool::kWrites};
  static Result<Response> handle(const Services&, observe::OpContext&, const CreateCollection&);
  CollectionRef collection;
  model::CollectionConfig config;
  bool get_or_create = false;
};
struct GetCollection {
  using Response = model::CollectionInfo;
  static constexpr Operation kRow{"get_collection", {auth::Scope::kCollection, auth::Right::kRead}, Pool::kReads};
  static Result<Response> handle(const Services&, observe::OpContext&, const GetCollection&);
  CollectionRef collection;
};
struct ListCollections {
  using Response = std::vector<model::CollectionDescription>;  // sorted by name
  static constexpr Operation kRow{"list_collections", {auth::Scope::kAuthenticated, auth::Right::kRead}, Pool::kReads};
  static Result<Response> handle(const Services&, observe::OpContext&, const ListCollections&);
  std::string tenant = model::kDefaultTenant;
  std::string database = model::kDefaultDatabase;
};
/// Changes what is set.
struct UpdateCollection {
  using Response = std::monostate;
  static constexpr Operation kRow{"update_collection", {auth::Scope::kGlobal, auth::Right::kManage}, Pool::kWrites};
  static Result<Response> handle(const Services&, observe::OpContext&, const UpdateCollection&);
  CollectionRef collection;
  std::optional<std::string> new_name;
  /// How the dialect merges its diff into the configuration that is there; nobody else changes the
  /// collection meanwhile. Its error is the answer.
  model::ConfigChange change;
};
struct DeleteCollection {
  using Response = bool;  // whether there was one; an alias is none
  static constexpr Operation kRow{"delete_collection", {auth::Scope::kGlobal, auth::Right::kManage}, Pool::kWrites};
  static Result<Response> handle(const Services&, observe::OpContext&, const DeleteCollection&);
  CollectionRef collection;
};
struct CollectionExists {
  using Response = bool;
  static constexpr Operation kRow{"collection_exists", {auth::Scope::kCollection, auth::Right::kRead}, Pool::kReads, WaitsFor::kNothing};
  static Result<Response> handle(const Services&, observe::OpContext&, const CollectionExists&);
  CollectionRef collection;
};

/// Writes all files of the collection anew, so that nothing that was deleted or replaced before is in
/// any of them.
struct CompactCollection {
  using Response = bool;
  static constexpr Operation kRow{"compact_collection", {auth::Scope::kCollectionWhole, auth::Right::kManage}, Pool::kWrites};
  static Result<Response> handle(const Services&, observe::OpContext&, const CompactCollection&);
  CollectionRef collection;
};

}  // namespace alidade::ops
