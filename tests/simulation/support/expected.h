#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/uuid.h"
#include "model/collection_config.h"
#include "model/commands.h"
#include "model/payload_schema.h"
#include "model/point_id.h"

/// What a store should hold, written down a second time and as plainly as possible: the oracle.
namespace alidade::simulation {

/// A point as its user knows it. Payload members as compact JSON texts.
struct ExpectedPoint {
  std::string original_id;
  std::map<std::string, std::string> payload;
  std::map<std::string, std::vector<float>> vectors;
};
using Points = std::map<model::PointId, std::shared_ptr<const ExpectedPoint>>;

/// The rows and indexes of one collection.
struct ExpectedShard {
  Points points;
  std::map<std::string, model::FieldType> indexes;
  /// Vectors whose dimension the first write decides.
  std::map<std::string, std::uint32_t> decided_sizes;

  void apply(const model::Command& command);
};

/// (tenant, database), and a collection's place in it.
using Database = std::pair<std::string, std::string>;
using Place = std::pair<Database, std::string>;

/// Names and what they stand for.
struct ExpectedCatalogue {
  std::map<Place, base::Uuid> collections;
  std::map<base::Uuid, std::uint64_t> thresholds;  ///< indexing_threshold_kb, which updates change.
  std::map<std::string, base::Uuid> aliases;
  std::set<std::string> tenants;
  std::set<Database> databases;

  /// With the default tenant and database.
  static ExpectedCatalogue fresh();
  void drop(const Place& place);
  friend bool operator==(const ExpectedCatalogue&, const ExpectedCatalogue&) = default;
};

/// "" when they are the same, else the first difference.
std::string difference(const ExpectedShard& expected, const ExpectedShard& actual);
std::string difference(const ExpectedCatalogue& expected, const ExpectedCatalogue& actual);

/// The members of a payload text; fails the process on a text that is no object.
std::map<std::string, std::string> payload_members(std::string_view text);

/// Points whose payload has that member with that JSON text.
std::set<model::PointId> points_with(const Points& points,
                                     const std::string& key,
                                     const std::string& value);

}  // namespace alidade::simulation
