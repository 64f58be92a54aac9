#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/uuid.h"
#include "model/collection_config.h"
#include "model/commands.h"
#include "model/query.h"

namespace alidade::ops {

// Every operation of the server as a plain struct: what all faces decode into. The row of each (name,
// access, cost) stands in table.cc, its handler in <verb_noun>.cc. `Response` is what the handler
// returns; dispatcher.h runs it.

using model::CollectionRef;

// The order is that of the rows in table.cc.
enum class OpId : std::uint8_t {
  kGetServerInfo,
  kCreateCollection,
  kGetCollection,
  kListCollections,
  kUpdateCollection,
  kDeleteCollection,
  kCollectionExists,
  kCompactCollection,
  kUpdateAliases,
  kListAliases,
  kListCollectionAliases,
  kCreateTenant,
  kGetTenant,
  kCreateDatabase,
  kGetDatabase,
  kListDatabases,
  kDeleteDatabase,
  kReset,
  kUpsertPoints,
  kMergePoints,
  kDeletePoints,
  kUpdateVectors,
  kDeleteVectors,
  kSetPayload,
  kOverwritePayload,
  kDeletePayload,
  kClearPayload,
  kUpdateBatch,
  kCreateFieldIndex,
  kDeleteFieldIndex,
  kRetrievePoints,
  kScrollPoints,
  kCountPoints,
  kQueryPoints,
  kQueryBatch,
  kQueryGroups,
  kFacet,
  kGetRecords,
  kQueryRecords,
  kCount,  // Number of operations; not one itself.
};

// Service. ------------------------------------------------------------------------------------

struct ServerInfo {
  std::uint64_t collections_count = 0;
  std::uint64_t points_count = 0;
  /// True when every collection of the data folder is open (a quarantined one counts as open).
  bool ready = false;
  std::int64_t started_us = 0;  ///< Since 1970, UTC.
};
struct GetServerInfo {
  using Response = ServerInfo;
};

// Collections. --------------------------------------------------------------------------------

struct CreatedCollection {
  model::CollectionDescription description;
  bool created = true;  ///< False when get_or_create found it.
};
struct CreateCollection {
  using Response = CreatedCollection;
  CollectionRef collection;
  model::CollectionConfig config;
  bool get_or_create = false;
};
struct GetCollection {
  using Response = model::CollectionInfo;
  CollectionRef collection;
};
struct ListCollections {
  using Response = std::vector<model::CollectionDescription>;  // sorted by name
  std::string tenant = model::kDefaultTenant;
  std::string database = model::kDefaultDatabase;
};
/// Changes what is set.
struct UpdateCollection {
  using Response = std::monostate;
  CollectionRef collection;
  std::optional<std::string> new_name;
  /// How the dialect merges its diff into the configuration that is there; nobody else changes the
  /// collection meanwhile. Its error is the answer.
  model::ConfigChange change;
};
struct DeleteCollection {
  using Response = bool;  // whether there was one; an alias is none
  CollectionRef collection;
};
struct CollectionExists {
  using Response = bool;
  CollectionRef collection;
};

/// Writes all files of the collection anew, so that nothing that was deleted or replaced before is in
/// any of them.
struct CompactCollection {
  using Response = bool;
  CollectionRef collection;
};

// Aliases (of the default tenant and database). -----------------------------------------------

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
  std::vector<AliasAction> actions;
};
struct AliasEntry {
  std::string alias;
  std::string collection;
};
struct ListAliases {
  using Response = std::vector<AliasEntry>;
};
struct ListCollectionAliases {
  using Response = std::vector<AliasEntry>;
  CollectionRef collection;
};

// Tenants and databases. ----------------------------------------------------------------------

struct DatabaseInfo {
  base::Uuid uuid;
  std::string name;
  std::string tenant;
};
struct CreateTenant {
  using Response = std::monostate;
  std::string name;
};
struct GetTenant {
  using Response = std::string;
  std::string name;
};
struct CreateDatabase {
  using Response = std::monostate;
  std::string tenant;
  std::string name;
};
struct GetDatabase {
  using Response = DatabaseInfo;
  std::string tenant;
  std::string name;
};
struct ListDatabases {
  using Response = std::vector<DatabaseInfo>;  // sorted by name
  std::string tenant;
};
/// Takes its collections along.
struct DeleteDatabase {
  using Response = std::monostate;
  std::string tenant;
  std::string name;
};
/// Drops every tenant, database and collection but the default ones, which become empty.
struct Reset {
  using Response = std::monostate;
};

// Writes. -------------------------------------------------------------------------------------

/// One write command. Its OpId follows from the command's type.
struct WritePoints {
  /// `operation` is set even where `problem` is: Qdrant numbers some refused writes, and changes
  /// the known ids of a request that also names unknown ones (problem: kPointNotFound).
  struct Outcome {
    model::UpdateResult result;
    Status problem;
  };
  using Response = Outcome;
  CollectionRef collection;
  model::Command command;
  model::Durability durability = model::Durability::kSynced;
};
/// Commands in order; stops at the first that fails, what went before stays.
struct UpdateBatch {
  struct Outcome {
    std::vector<model::UpdateResult> results;
    Status problem;
  };
  using Response = Outcome;
  CollectionRef collection;
  std::vector<model::Command> commands;
  model::Durability durability = model::Durability::kSynced;
};

// Reads. --------------------------------------------------------------------------------------

/// In the order asked, repeated ids once, unknown ones left out.
struct RetrievePoints {
  using Response = std::vector<model::PointRecord>;
  CollectionRef collection;
  std::vector<model::PointId> ids;
  model::PayloadSelector with_payload;
  model::VectorSelector with_vectors;
};

struct ScrolledPoint {
  model::PointRecord record;
  std::optional<model::OrderValue> order_value;
};
struct ScrollPage {
  std::vector<ScrolledPoint> points;
  std::optional<model::PointId> next_page;
};
struct ScrollPoints {
  using Response = ScrollPage;
  CollectionRef collection;
  std::optional<model::Filter> filter;
  std::optional<model::PointId> offset;  ///< First id of the page; not with order_by.
  std::uint64_t limit = 10;
  std::optional<model::OrderBy> order_by;
  model::PayloadSelector with_payload;
  model::VectorSelector with_vectors;
};

struct CountPoints {
  using Response = std::uint64_t;
  CollectionRef collection;
  std::optional<model::Filter> filter;
  bool exact = true;
};

struct QueryPoints {
  using Response = model::QueryHits;
  CollectionRef collection;
  model::QueryRequest query;
};
struct QueryBatch {
  using Response = std::vector<model::QueryHits>;
  CollectionRef collection;
  std::vector<model::QueryRequest> queries;
};

/// A value that hits were grouped by.
using GroupKey = std::variant<std::string, std::int64_t, std::uint64_t>;
struct PointGroup {
  GroupKey key;
  std::vector<model::ScoredPoint> hits;
  std::optional<model::PointRecord> lookup;
};
struct QueryGroupsResult {
  std::vector<PointGroup> groups;
  model::ScoreKind score_kind = model::ScoreKind::kPlain;
  std::string vector_name;
  model::Distance distance = model::Distance::kCosine;
};
struct QueryGroups {
  struct Lookup {
    std::string collection;
    model::PayloadSelector with_payload = model::PayloadSelector::all();
    model::VectorSelector with_vectors;
  };
  using Response = QueryGroupsResult;
  CollectionRef collection;
  model::QueryRequest query;  ///< limit and offset are not looked at.
  model::JsonPath group_by;
  std::uint64_t group_size = 3;
  std::uint64_t limit = 10;
  std::optional<Lookup> with_lookup;
};

using FacetValue = std::variant<std::string, std::int64_t, bool>;
struct FacetHit {
  FacetValue value;
  std::uint64_t count = 0;
};
struct Facet {
  using Response = std::vector<FacetHit>;  // count descending, then value ascending
  CollectionRef collection;
  model::JsonPath key;
  std::optional<model::Filter> filter;
  std::uint64_t limit = 10;
  bool exact = false;
};

/// Chroma's get: rows in the order of insertion.
struct GetRecords {
  using Response = std::vector<model::PointRecord>;
  CollectionRef collection;
  std::optional<std::vector<model::PointId>> ids;
  std::optional<model::Filter> filter;
  std::optional<std::uint64_t> limit;
  std::uint64_t offset = 0;
  model::PayloadSelector with_payload;
  model::VectorSelector with_vectors;
};

/// Chroma's query: one list of hits per query vector.
struct QueryRecords {
  using Response = std::vector<model::QueryHits>;
  CollectionRef collection;
  std::vector<std::vector<float>> vectors;
  std::uint64_t limit = 10;
  /// Restricts the candidates; an id that is not there is kNotFound (ErrorKind::kPointNotFound).
  std::optional<std::vector<model::PointId>> ids;
  std::optional<model::Filter> filter;
  model::SearchParams params;
  model::PayloadSelector with_payload;
  model::VectorSelector with_vectors;
};

}  // namespace alidade::ops
