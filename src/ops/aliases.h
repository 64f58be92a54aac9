#pragma once

#include <string>
#include <variant>
#include <vector>

#include "model/collection_config.h"
#include "ops/operation.h"

namespace alidade::ops {

using model::CollectionRef;

// Aliases, of the default tenant and database.

struct CreateAlias {
  std::string collection;
  std::string alias;
};
struct RenameAlias {
  std::string old_alias;
  std::string new_alias;
};
struct DeleteAlias {
  std::string alias;
};
using AliasAction = std::variant<CreateAlias, RenameAlias, DeleteAlias>;

struct UpdateAliases {
  using Response = bool;
  static constexpr Operation kRow{"update_aliases", {auth::Scope::kGlobal, auth::Right::kManage}, Pool::kWrites};
  static Result<Response> handle(const Services&, observe::OpContext&, const UpdateAliases&);
  std::vector<AliasAction> actions;
};
struct AliasEntry {
  std::string alias;
  std::string collection;
};
struct ListAliases {
  using Response = std::vector<AliasEntry>;
  static constexpr Operation kRow{"list_aliases", {auth::Scope::kAuthenticated, auth::Right::kRead}, Pool::kReads};
  static Result<Response> handle(const Services&, observe::OpContext&, const ListAliases&);
};
struct ListCollectionAliases {
  using Response = std::vector<AliasEntry>;
  static constexpr Operation kRow{"list_collection_aliases", {auth::Scope::kCollection, auth::Right::kRead}, Pool::kReads, WaitsFor::kNothing};
  static Result<Response> handle(const Services&, observe::OpContext&, const ListCollectionAliases&);
  CollectionRef collection;
};

}  // namespace alidade::ops
