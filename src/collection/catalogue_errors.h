#pragma once

#include <string>

#include <fmt/format.h>

#include "base/status.h"
#include "model/collection_config.h"

namespace alidade::collection {

inline Status collection_not_found(const model::CollectionRef& ref) {
  return Status(StatusCode::kNotFound, fmt::format("collection '{}' does not exist", ref.to_string()),
                ErrorKind::kCollectionNotFound, {ref.to_string()});
}

inline Status database_not_found(const std::string& name, StatusCode code) {
  return Status(code, fmt::format("database '{}' does not exist", name), ErrorKind::kDatabaseNotFound, {name});
}

}  // namespace alidade::collection
