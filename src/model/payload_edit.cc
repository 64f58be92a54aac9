#include "model/payload_edit.h"

#include <span>
#include <string>
#include <unordered_map>
#include <utility>

namespace alidade::model {
namespace {

using base::json::Array;
using base::json::Object;
using base::json::Value;
using Steps = std::span<const JsonPath::Step>;

// Up to here a look through the object is faster than a table of its members.
constexpr std::size_t kFewMembers = 16;

// A null of a merge removes a member as Qdrant does: the last one takes its place.
void remove_member(Value& target, const std::string& key) {
  if (!target.is_object()) return;
  Object& object = target.as_object();
  for (auto& member : object) {
    if (member.first != key) continue;
    if (&member != &object.back()) member = std::move(object.back());
    object.pop_back();
    return;
  }
}

// The same for many members: where each one stands is looked up, so that time grows with the sum of
// both sizes and not with their product.
void merge_many_members(Object& target, const Object& patch) {
  std::unordered_map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < target.size(); ++i) places.emplace(target[i].first, i);
  for (const auto& [name, value] : patch) {
    const auto found = places.find(name);
    if (found == places.end()) {
      if (value.is_null()) continue;
      places.emplace(name, target.size());
      target.emplace_back(name, value);
    } else if (const std::size_t place = found->second; !value.is_null()) {
      target[place].second = value;
    } else {
      places.erase(found);
      if (place + 1 < target.size()) {
        places[target.back().first] = place;
        target[place] = std::move(target.back());
      }
      target.pop_back();
    }
  }
}

void merge_members(Value& target, const Object& patch) {
  if (!target.is_object()) target = Value(Object{});
  if (patch.size() > kFewMembers) return merge_many_members(target.as_object(), patch);
  for (const auto& [name, value] : patch) {
    if (value.is_null()) {
      remove_member(target, name);
    } else {
      target.set(name, value);
    }
  }
}

void merge_at(Value& target, Steps steps, const Object& patch) {
  if (steps.empty()) {
    merge_members(target, patch);
    return;
  }
  if (const auto* key = std::get_if<std::string>(&steps[0])) {
    if (!target.is_object()) target = Value(Object{});
    Value* member = target.find(*key);
    if (member == nullptr) member = &target.set(*key, Value());
    merge_at(*member, steps.subspan(1), patch);
    return;
  }
  if (!target.is_array()) {
    target = Value(Array{});
    return;
  }
  Array& array = target.as_array();
  if (const auto* element = std::get_if<JsonPath::Element>(&steps[0])) {
    if (element->index < array.size()) merge_at(array[element->index], steps.subspan(1), patch);
    return;
  }
  for (Value& item : array) merge_at(item, steps.subspan(1), patch);
}

void delete_at(Value& target, Steps steps) {
  if (const auto* key = std::get_if<std::string>(&steps[0])) {
    if (steps.size() == 1) {
      target.erase(*key);  // Here the peer keeps the order of the others.
    } else if (Value* member = target.find(*key); member != nullptr) {
      delete_at(*member, steps.subspan(1));
    }
    return;
  }
  if (!target.is_array()) return;
  Array& array = target.as_array();
  if (const auto* element = std::get_if<JsonPath::Element>(&steps[0])) {
    if (steps.size() > 1 && element->index < array.size()) {
      delete_at(array[element->index], steps.subspan(1));
    }
    return;
  }
  if (steps.size() == 1) {
    array.clear();
    return;
  }
  for (Value& item : array) delete_at(item, steps.subspan(1));
}

// Keeps of `source` only what one of the paths reaches; nullopt when nothing is.
std::optional<Value> include_at(const Value& source, const std::vector<Steps>& paths) {
  for (const Steps& path : paths) {
    if (path.empty()) return source;
  }
  if (source.is_object()) {
    Value kept{Object{}};
    bool any = false;
    for (const auto& [name, value] : source.as_object()) {
      std::vector<Steps> rest;
      for (const Steps& path : paths) {
        const auto* key = std::get_if<std::string>(&path[0]);
        if (key != nullptr && *key == name) rest.push_back(path.subspan(1));
      }
      if (rest.empty()) continue;
      if (auto part = include_at(value, rest)) {
        kept.as_object().emplace_back(name, std::move(*part));
        any = true;
      }
    }
    return any ? std::optional<Value>(std::move(kept)) : std::nullopt;
  }
  if (!source.is_array()) return std::nullopt;
  std::vector<Steps> rest;
  bool indexed = false;
  for (const Steps& path : paths) {
    if (std::holds_alternative<JsonPath::AnyElement>(path[0])) rest.push_back(path.subspan(1));
    indexed = indexed || std::holds_alternative<JsonPath::Element>(path[0]);
  }
  if (rest.empty() && !indexed) return std::nullopt;
  // The peer shows an empty list for a path with an element's number.
  Array kept;
  if (!rest.empty()) {
    for (const Value& item : source.as_array()) {
      if (auto part = include_at(item, rest)) kept.push_back(std::move(*part));
    }
  }
  return Value(std::move(kept));
}

}  // namespace

void merge_payload(Value& payload, const Object& patch, const std::optional<JsonPath>& key) {
  if (key) {
    merge_at(payload, key->steps, patch);
  } else {
    merge_members(payload, patch);
  }
}

void delete_payload_path(Value& payload, const JsonPath& path) {
  if (!path.steps.empty()) delete_at(payload, path.steps);
}

Value select_payload(const Value& payload, const PayloadSelector& selector) {
  switch (selector.kind) {
    case PayloadSelector::Kind::kNone: return Value(Object{});
    case PayloadSelector::Kind::kAll: return payload;
    case PayloadSelector::Kind::kInclude: {
      std::vector<Steps> paths;
      for (const JsonPath& path : selector.paths) paths.emplace_back(path.steps);
      return include_at(payload, paths).value_or(Value(Object{}));
    }
    case PayloadSelector::Kind::kExclude: {
      Value kept = payload;
      for (const JsonPath& path : selector.paths) delete_payload_path(kept, path);
      return kept;
    }
  }
  return Value(Object{});
}

}  // namespace alidade::model
