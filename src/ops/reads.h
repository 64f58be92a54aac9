#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/commands.h"
#include "model/query.h"
#include "ops/operation.h"

namespace alidade::ops {

using model::CollectionRef;

/// In the order asked, repeated ids once, unknown ones left out.
struct RetrievePoints {
  using Response = std::vector<model::PointRecord>;
  static constexpr Operation kRow{"retrieve_points", {auth::Scope::kCollection, auth::Right::kRead}, Pool::kReads};
  static Result<Response> handle(const Services&, observe::OpContext&, const RetrievePoints&);
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
  static constexpr Operation kRow{"scroll_points", {auth::Scope::kCollection, auth::Right::kRead}, Pool::kReads};
  static Result<Response> handle(const Services&, observe::OpContext&, const ScrollPoints&);
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
  static constexpr Operation kRow{"count_points", {auth::Scope::kCollection, auth::Right::kRead}, Pool::kReads};
  static Result<Response> handle(const Services&, observe::OpContext&, const CountPoints&);
  CollectionRef collection;
  std::optional<model::Filter> filter;
  bool exact = true;
};

struct QueryPoints {
  using Response = model::QueryHits;
  static constexpr Operation kRow{"query_points", {auth::Scope::kCollection, auth::Right::kRead}, Pool::kReads};
  static Result<Response> handle(const Services&, observe::OpContext&, const QueryPoints&);
  CollectionRef collection;
  model::QueryRequest query;
};
struct QueryBatch {
  using Response = std::vector<model::QueryHits>;
  static constexpr Operation kRow{"query_batch", {auth::Scope::kCollection, auth::Right::kRead}, Pool::kReads};
  static Result<Response> handle(const Services&, observe::OpContext&, const QueryBatch&);
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
  static constexpr Operation kRow{"query_groups", {auth::Scope::kCollection, auth::Right::kRead}, Pool::kReads};
  static Result<Response> handle(const Services&, observe::OpContext&, const QueryGroups&);
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
  static constexpr Operation kRow{"facet", {auth::Scope::kCollection, auth::Right::kRead}, Pool::kReads};
  static Result<Response> handle(const Services&, observe::OpContext&, const Facet&);
  CollectionRef collection;
  model::JsonPath key;
  std::optional<model::Filter> filter;
  std::uint64_t limit = 10;
  bool exact = false;
};

/// Chroma's get: rows in the order of insertion.
struct GetRecords {
  using Response = std::vector<model::PointRecord>;
  static constexpr Operation kRow{"get_records", {auth::Scope::kCollection, auth::Right::kRead}, Pool::kReads};
  static Result<Response> handle(const Services&, observe::OpContext&, const GetRecords&);
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
  static constexpr Operation kRow{"query_records", {auth::Scope::kCollection, auth::Right::kRead}, Pool::kReads};
  static Result<Response> handle(const Services&, observe::OpContext&, const QueryRecords&);
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
