#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/json.h"
#include "base/status.h"
#include "base/uuid.h"
#include "env/env.h"
#include "model/collection_config.h"

/// What the two kinds of small file of a data folder hold; docs/formats/catalogue.md.
namespace alidade::collection {

inline constexpr char kNamesFile[] = "catalogue.ald";
inline constexpr char kCollectionFile[] = "collection.ald";
inline constexpr char kCollectionsFolder[] = "collections";
inline constexpr char kShardFolder[] = "shard-0";
/// In a collection's folder: it is dropped, whatever is left of it.
inline constexpr char kDroppedMark[] = "dropped";
/// Held while a folder is in use.
inline constexpr char kLockFile[] = "LOCK";
/// Empty: only its blocks matter (env::DiskReserve).
inline constexpr char kReserveFile[] = "RESERVE";
/// Written by `alidade repair` into the folder that it makes.
inline constexpr char kSalvageReport[] = "salvage-report.txt";

/// What catalogue.ald holds.
struct Names {
  std::set<std::string> tenants;
  std::map<std::pair<std::string, std::string>, base::Uuid> databases;  ///< By (tenant, name).
  /// alias -> collection. By UUID: a renamed collection keeps its aliases, and the name of a dropped
  /// one does not hand them to the next.
  std::map<std::string, base::Uuid> aliases;
};

/// The default tenant and database.
Names default_names();
/// @return kNotFound; kDataLoss or kUnimplemented with the file.
Result<Names> load_names(env::Env& env, const std::string& path);
Status store_names(env::Env& env, const std::string& path, const Names& names);

/// @return kNotFound; kDataLoss or kUnimplemented with the file, also when it describes a collection
///         of another folder.
Result<model::CollectionDescription> load_description(env::Env& env, const std::string& folder);
Status store_description(env::Env& env,
                         const std::string& folder,
                         const model::CollectionDescription& description);

/// Whether a collection's folder without collection.ald was never finished or is dropped: only then
/// may it be removed.
bool is_leftover(env::Env& env, const std::string& folder);

}  // namespace alidade::collection
