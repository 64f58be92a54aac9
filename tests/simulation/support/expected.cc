#include "simulation/support/expected.h"

#include <cmath>

#include <fmt/format.h>

#include "base/check.h"
#include "base/json.h"

namespace alidade::simulation {
namespace {

using base::json::Value;
using model::PointId;

constexpr float kTolerance = 1e-3F;  // A cosine row comes back as unit row times norm.

/// The one shape of filter that workloads use: a member that equals a text or an integer.
std::set<PointId> filtered(const Points& points, const model::Filter& filter) {
  ALD_CHECK(filter.must.size() == 1);
  const auto& field = std::get<model::FieldCondition>(filter.must.front());
  const auto& match = std::get<model::MatchValue>(field.tests.front());
  const Value value = std::visit([](const auto& scalar) { return Value(scalar); }, match.value);
  return points_with(points, field.key.to_string(), base::json::to_text(value));
}

std::set<PointId> selected(const Points& points, const model::PointSelector& selector) {
  if (!selector.ids) return filtered(points, *selector.filter);
  return {selector.ids->begin(), selector.ids->end()};
}

ExpectedPoint point_of(const model::PointBatch& batch, std::size_t i) {
  ExpectedPoint point;
  if (!batch.original_ids.empty()) point.original_id = batch.original_ids[i];
  if (!batch.payloads.empty()) point.payload = payload_members(batch.payloads[i]);
  for (const auto& column : batch.vectors) {
    if (i >= column.present.size() || !column.present.test(i)) continue;
    point.vectors[column.name] = {column.row(i), column.row(i) + column.dim};
  }
  return point;
}

void merge_members(std::map<std::string, std::string>& payload,
                   const std::map<std::string, std::string>& patch) {
  for (const auto& [key, value] : patch) {
    if (value == "null") {
      payload.erase(key);
    } else {
      payload[key] = value;
    }
  }
}

struct Apply {
  ExpectedShard& shard;

  void decide_sizes(const model::PointBatch& batch) const {
    for (const auto& column : batch.vectors) {
      if (!column.present.none()) shard.decided_sizes.try_emplace(column.name, column.dim);
    }
  }
  void put(const PointId& id, ExpectedPoint point) const {
    shard.points[id] = std::make_shared<const ExpectedPoint>(std::move(point));
  }
  template <typename Edit>
  void edit(const std::set<PointId>& ids, Edit change) const {
    for (const PointId& id : ids) {
      const auto found = shard.points.find(id);
      if (found == shard.points.end()) continue;
      ExpectedPoint point = *found->second;
      change(point);
      put(id, std::move(point));
    }
  }

  void operator()(const model::UpsertPoints& command) const {
    decide_sizes(command.points);
    for (std::size_t i = 0; i < command.points.size(); ++i) {
      const PointId& id = command.points.ids[i];
      const auto found = shard.points.find(id);
      const bool exists = found != shard.points.end();
      if (exists && command.mode == model::UpdateMode::kInsertOnly) continue;
      if (!exists && command.mode == model::UpdateMode::kUpdateOnly) continue;
      ExpectedPoint point = point_of(command.points, i);
      if (exists && point.original_id.empty()) point.original_id = found->second->original_id;
      put(id, std::move(point));
    }
  }
  void operator()(const model::MergePoints& command) const {
    decide_sizes(command.points);
    for (std::size_t i = 0; i < command.points.size(); ++i) {
      const PointId& id = command.points.ids[i];
      const auto found = shard.points.find(id);
      if (found == shard.points.end() && command.mode == model::UpdateMode::kUpdateOnly) continue;
      const ExpectedPoint given = point_of(command.points, i);
      ExpectedPoint point = found == shard.points.end() ? ExpectedPoint{} : *found->second;
      if (point.original_id.empty()) point.original_id = given.original_id;
      merge_members(point.payload, given.payload);
      for (const auto& [name, values] : given.vectors) point.vectors[name] = values;
      put(id, std::move(point));
    }
  }
  void operator()(const model::DeletePoints& command) const {
    for (const PointId& id : selected(shard.points, command.selector)) shard.points.erase(id);
  }
  void operator()(const model::UpdateVectors& command) const {
    decide_sizes(command.points);
    for (std::size_t i = 0; i < command.points.size(); ++i) {
      const ExpectedPoint given = point_of(command.points, i);
      edit({command.points.ids[i]}, [&](ExpectedPoint& point) {
        for (const auto& [name, values] : given.vectors) point.vectors[name] = values;
      });
    }
  }
  void operator()(const model::DeleteVectors& command) const {
    edit(selected(shard.points, command.selector), [&](ExpectedPoint& point) {
      for (const std::string& name : command.names) point.vectors.erase(name);
    });
  }
  void operator()(const model::SetPayload& command) const {
    const auto patch = payload_members(command.payload);
    edit(selected(shard.points, command.selector),
         [&](ExpectedPoint& point) { merge_members(point.payload, patch); });
  }
  void operator()(const model::OverwritePayload& command) const {
    const auto payload = payload_members(command.payload);
    edit(selected(shard.points, command.selector),
         [&](ExpectedPoint& point) { point.payload = payload; });
  }
  void operator()(const model::DeletePayload& command) const {
    edit(selected(shard.points, command.selector), [&](ExpectedPoint& point) {
      for (const auto& key : command.keys) point.payload.erase(key.to_string());
    });
  }
  void operator()(const model::ClearPayload& command) const {
    edit(selected(shard.points, command.selector),
         [](ExpectedPoint& point) { point.payload.clear(); });
  }
  void operator()(const model::CreateFieldIndex& command) const {
    shard.indexes[command.field] = command.schema.type;
  }
  void operator()(const model::DeleteFieldIndex& command) const {
    shard.indexes.erase(command.field);
  }
};

bool same_values(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!(std::fabs(a[i] - b[i]) <= kTolerance * (1.0F + std::fabs(a[i])))) return false;
  }
  return true;
}

std::string point_difference(const ExpectedPoint& expected, const ExpectedPoint& actual) {
  if (&expected == &actual) return "";
  if (expected.original_id != actual.original_id) return "original id";
  for (const auto& [key, value] : expected.payload) {
    const auto found = actual.payload.find(key);
    if (found == actual.payload.end()) return "payload lacks " + key + "=" + value;
    if (found->second != value) return "payload " + key + "=" + found->second + ", not " + value;
  }
  if (expected.payload.size() != actual.payload.size()) return "payload has more members";
  if (expected.vectors.size() != actual.vectors.size()) return "number of vectors";
  for (const auto& [name, values] : expected.vectors) {
    const auto found = actual.vectors.find(name);
    if (found == actual.vectors.end() || !same_values(values, found->second)) {
      return "vector '" + name + "'";
    }
  }
  return "";
}

template <typename Map>
std::string names_of(const Map& map) {
  std::string text;
  for (const auto& entry : map) {
    if constexpr (requires { entry.second.to_string(); }) {
      if constexpr (requires { entry.first.second; }) {
        text += entry.first.first.second + "/" + entry.first.second;
      } else {
        text += entry.first;
      }
      text += "=" + entry.second.to_string().substr(0, 8) + " ";
    }
  }
  return text;
}

}  // namespace

void ExpectedShard::apply(const model::Command& command) { std::visit(Apply{*this}, command); }

ExpectedCatalogue ExpectedCatalogue::fresh() {
  ExpectedCatalogue catalogue;
  catalogue.tenants.insert(model::kDefaultTenant);
  catalogue.databases.insert({model::kDefaultTenant, model::kDefaultDatabase});
  return catalogue;
}

void ExpectedCatalogue::drop(const Place& place) {
  const auto found = collections.find(place);
  if (found == collections.end()) return;
  const base::Uuid uuid = found->second;
  collections.erase(found);
  thresholds.erase(uuid);
  std::erase_if(aliases, [&](const auto& alias) { return alias.second == uuid; });
}

std::string difference(const ExpectedShard& expected, const ExpectedShard& actual) {
  for (const auto& [id, point] : expected.points) {
    const auto found = actual.points.find(id);
    if (found == actual.points.end()) return fmt::format("point {} is missing", id.to_string());
    const std::string what = point_difference(*point, *found->second);
    if (!what.empty()) return fmt::format("point {}: {}", id.to_string(), what);
  }
  for (const auto& [id, point] : actual.points) {
    if (!expected.points.contains(id)) return fmt::format("point {} came back", id.to_string());
  }
  if (expected.indexes != actual.indexes) return "payload indexes";
  for (const auto& [name, size] : expected.decided_sizes) {
    // There may be more: a change of the configuration keeps what a lost write decided.
    const auto found = actual.decided_sizes.find(name);
    if (found == actual.decided_sizes.end() || found->second != size) return "decided dimensions";
  }
  return "";
}

std::string difference(const ExpectedCatalogue& expected, const ExpectedCatalogue& actual) {
  if (expected.collections != actual.collections) {
    return "collections are " + names_of(actual.collections) + "and not " +
           names_of(expected.collections);
  }
  if (expected.aliases != actual.aliases) {
    return "aliases are " + names_of(actual.aliases) + "and not " + names_of(expected.aliases);
  }
  if (expected.thresholds != actual.thresholds) return "configurations";
  if (expected.tenants != actual.tenants) return "tenants";
  if (expected.databases != actual.databases) return "databases";
  return "";
}

std::map<std::string, std::string> payload_members(std::string_view text) {
  std::map<std::string, std::string> members;
  if (text.empty()) return members;
  const auto parsed = base::json::parse(text);
  ALD_CHECK(parsed.ok() && parsed->is_object());
  for (const auto& [key, value] : parsed->as_object()) members[key] = base::json::to_text(value);
  return members;
}

std::set<model::PointId> points_with(const Points& points,
                                     const std::string& key,
                                     const std::string& value) {
  std::set<model::PointId> ids;
  for (const auto& [id, point] : points) {
    const auto found = point->payload.find(key);
    if (found != point->payload.end() && found->second == value) ids.insert(id);
  }
  return ids;
}

}  // namespace alidade::simulation
