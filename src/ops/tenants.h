#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/uuid.h"
#include "ops/operation.h"

namespace alidade::ops {

// Tenants and databases.

struct DatabaseInfo {
  base::Uuid uuid;
  std::string name;
  std::string tenant;
};
struct CreateTenant {
  using Response = std::monostate;
  static constexpr Operation kRow{"create_tenant", {auth::Scope::kGlobal, auth::Right::kManage}, Pool::kWrites};
  static Result<Response> handle(const Services&, observe::OpContext&, const CreateTenant&);
  std::string name;
};
struct GetTenant {
  using Response = std::string;
  static constexpr Operation kRow{"get_tenant", {auth::Scope::kGlobal, auth::Right::kRead}, Pool::kReads};
  static Result<Response> handle(const Services&, observe::OpContext&, const GetTenant&);
  std::string name;
};
struct CreateDatabase {
  using Response = std::monostate;
  static constexpr Operation kRow{"create_database", {auth::Scope::kGlobal, auth::Right::kManage}, Pool::kWrites};
  static Result<Response> handle(const Services&, observe::OpContext&, const CreateDatabase&);
  std::string tenant;
  std::string name;
};
struct GetDatabase {
  using Response = DatabaseInfo;
  static constexpr Operation kRow{"get_database", {auth::Scope::kGlobal, auth::Right::kRead}, Pool::kReads};
  static Result<Response> handle(const Services&, observe::OpContext&, const GetDatabase&);
  std::string tenant;
  std::string name;
};
struct ListDatabases {
  using Response = std::vector<DatabaseInfo>;  // sorted by name
  static constexpr Operation kRow{"list_databases", {auth::Scope::kGlobal, auth::Right::kRead}, Pool::kReads};
  static Result<Response> handle(const Services&, observe::OpContext&, const ListDatabases&);
  std::string tenant;
};
/// Takes its collections along.
struct DeleteDatabase {
  using Response = std::monostate;
  static constexpr Operation kRow{"delete_database", {auth::Scope::kGlobal, auth::Right::kManage}, Pool::kWrites, WaitsFor::kEveryCollection};
  static Result<Response> handle(const Services&, observe::OpContext&, const DeleteDatabase&);
  std::string tenant;
  std::string name;
};
/// Drops every tenant, database and collection but the default ones, which become empty.
struct Reset {
  using Response = std::monostate;
  static constexpr Operation kRow{"reset", {auth::Scope::kGlobal, auth::Right::kManage}, Pool::kWrites, WaitsFor::kEveryCollection};
  static Result<Response> handle(const Services&, observe::OpContext&, const Reset&);
};

}  // namespace alidade::ops
