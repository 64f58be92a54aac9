#include "qdrant/answers.h"

#include <algorithm>

// Answers that are small and read seldom go through Json, which keeps simdjson's header out of this file.

namespace alidade::qdrant::inline v0::answers {
namespace {

Error bad(std::string message) {
  Error error;
  error.kind = client::ErrorKind::kBadAnswer;
  error.message = std::move(message);
  return error;
}

std::string text_of(const Json* json) {
  const std::string* text = json == nullptr ? nullptr : json->if_string();
  return text == nullptr ? std::string() : *text;
}

std::uint64_t number_of(const Json* json) {
  if (json == nullptr) return 0;
  if (const auto* number = json->if_int()) return static_cast<std::uint64_t>(std::max<std::int64_t>(*number, 0));
  const auto* large = json->if_uint();
  return large == nullptr ? 0 : *large;
}

CollectionStatus status_of(const std::string& name) {
  if (name == "green") return CollectionStatus::kGreen;
  if (name == "yellow") return CollectionStatus::kYellow;
  if (name == "grey") return CollectionStatus::kGrey;
  if (name == "red") return CollectionStatus::kRed;
  return CollectionStatus::kUnknown;
}

/// The list under `key` of the result.
Result<Json::Array> list(std::string_view body, std::string_view key) {
  auto result = any(body);
  if (!result) return std::move(result).error();
  Json* found = result->find(key);
  Json::Array* array = found == nullptr ? nullptr : found->if_array();
  if (array == nullptr) return bad("expected a list '" + std::string(key) + "'");
  return std::move(*array);
}

Result<SnapshotInfo> read_snapshot(const Json& json) {
  SnapshotInfo info;
  info.name = text_of(json.find("name"));
  if (info.name.empty()) return bad("expected the name of a snapshot");
  info.creation_time = text_of(json.find("creation_time"));
  info.size_bytes = number_of(json.find("size"));
  info.checksum = text_of(json.find("checksum"));
  return info;
}

void read_schema(const Json& schema, CollectionInfo& info) {
  const Json::Object* fields = schema.if_object();
  if (fields == nullptr) return;
  for (const auto& [name, field] : *fields) {
    CollectionInfo::Field& value = info.payload_schema[name];
    value.type = text_of(field.find("data_type"));
    value.points = number_of(field.find("points"));
    if (const Json* params = field.find("params")) value.params = *params;
  }
}

}  // namespace

Result<CollectionInfo> info(std::string_view body) {
  auto result = any(body);
  if (!result) return std::move(result).error();
  if (!result->is_object()) return bad("expected the settings of a collection");
  CollectionInfo info;
  info.status = status_of(text_of(result->find("status")));
  if (const Json* optimizer = result->find("optimizer_status")) {
    info.optimizer_status = optimizer->is_string() ? text_of(optimizer) : text_of(optimizer->find("error"));
  }
  const Json* warnings = result->find("warnings");
  if (const Json::Array* all = warnings == nullptr ? nullptr : warnings->if_array()) {
    for (const Json& warning : *all) info.warnings.push_back(text_of(warning.find("message")));
  }
  info.points_count = number_of(result->find("points_count"));
  info.indexed_vectors_count = number_of(result->find("indexed_vectors_count"));
  info.segments_count = number_of(result->find("segments_count"));
  if (const Json* config = result->find("config")) info.config = *config;
  if (const Json* schema = result->find("payload_schema")) read_schema(*schema, info);
  info.raw = *std::move(result);
  return info;
}

Result<std::vector<std::string>> collection_names(std::string_view body) {
  auto all = list(body, "collections");
  if (!all) return std::move(all).error();
  std::vector<std::string> names;
  for (const Json& one : *all) names.push_back(text_of(one.find("name")));
  return names;
}

Result<std::vector<Alias>> aliases(std::string_view body) {
  auto all = list(body, "aliases");
  if (!all) return std::move(all).error();
  std::vector<Alias> aliases;
  for (const Json& one : *all) {
    aliases.push_back({text_of(one.find("alias_name")), text_of(one.find("collection_name"))});
  }
  return aliases;
}

Result<std::uint64_t> count(std::string_view body) {
  auto result = any(body);
  if (!result) return std::move(result).error();
  const Json* found = result->find("count");
  if (found == nullptr || !found->is_integer()) return bad("expected a count");
  return number_of(found);
}

Result<std::vector<FacetHit>> facet(std::string_view body) {
  auto all = list(body, "hits");
  if (!all) return std::move(all).error();
  std::vector<FacetHit> hits;
  for (Json& one : *all) {
    Json* value = one.find("value");
    if (value == nullptr) return bad("expected the value of a facet");
    hits.push_back({std::move(*value), number_of(one.find("count"))});
  }
  return hits;
}

Result<SnapshotInfo> snapshot(std::string_view body) {
  auto result = any(body);
  if (!result) return std::move(result).error();
  return read_snapshot(*result);
}

Result<std::vector<SnapshotInfo>> snapshots(std::string_view body) {
  auto result = any(body);
  if (!result) return std::move(result).error();
  const Json::Array* all = result->if_array();
  if (all == nullptr) return bad("expected a list of snapshots");
  std::vector<SnapshotInfo> infos;
  for (const Json& one : *all) {
    auto info = read_snapshot(one);
    if (!info) return std::move(info).error();
    infos.push_back(*std::move(info));
  }
  return infos;
}

void read_error(const client::HttpResponse& response, Error& error) {
  if (response.status == 408) error.kind = client::ErrorKind::kTimeout;
  if (auto json = Json::parse(response.body)) {
    const Json* status = json->find("status");
    if (const Json* text = status == nullptr ? nullptr : status->find("error")) error.message = text_of(text);
    if (!error.message.empty()) return;
  }
  // Authentication and proxies answer with plain text; the head of a page is enough to know it.
  error.message = response.body.substr(0, 500);
  if (error.message.empty()) error.message = "HTTP status " + std::to_string(response.status);
}

}  // namespace alidade::qdrant::inline v0::answers
