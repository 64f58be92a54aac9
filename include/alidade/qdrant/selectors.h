#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "alidade/qdrant/filter.h"
#include "alidade/qdrant/point_id.h"

// What a request chooses: points, parts of the payload, vectors, shards. Values, put into JSON at once.

namespace alidade::qdrant::inline v0 {

/// Which part of the payload comes back.
class ALIDADE_API WithPayload {
 public:
  static WithPayload all() { return WithPayload("true"); }
  static WithPayload none() { return WithPayload("false"); }
  /// Only these paths.
  static WithPayload include(const std::vector<std::string>& paths);
  /// All but these paths.
  static WithPayload exclude(const std::vector<std::string>& paths);

  const std::string& json() const { return json_; }

 private:
  explicit WithPayload(std::string json) : json_(std::move(json)) {}
  std::string json_;
};

/// Which vectors come back.
class ALIDADE_API WithVectors {
 public:
  static WithVectors all() { return WithVectors("true"); }
  static WithVectors none() { return WithVectors("false"); }
  static WithVectors named(const std::vector<std::string>& names);

  const std::string& json() const { return json_; }

 private:
  explicit WithVectors(std::string json) : json_(std::move(json)) {}
  std::string json_;
};

/// Points by id or by filter. An empty list of ids, which a server refuses, is not "all".
class ALIDADE_API PointsSelector {
 public:
  PointsSelector(const std::vector<PointId>& ids);  // NOLINT: a list of ids selects
  PointsSelector(const Filter& filter);             // NOLINT: a filter selects
  PointsSelector(const Condition& condition) : PointsSelector(Filter(condition)) {}  // NOLINT

  /// `"points":[…]` or `"filter":{…}`, without braces.
  const std::string& member() const { return member_; }

 private:
  std::string member_;
};

/// The shards of a collection with custom sharding.
class ALIDADE_API ShardKeySelector {
 public:
  explicit ShardKeySelector(const std::string& key) : ShardKeySelector(std::vector<std::string>{key}) {}
  explicit ShardKeySelector(std::uint64_t key) : json_(std::to_string(key)) {}
  explicit ShardKeySelector(const std::vector<std::string>& keys);

  const std::string& json() const { return json_; }

 private:
  std::string json_;
};

}  // namespace alidade::qdrant::inline v0
