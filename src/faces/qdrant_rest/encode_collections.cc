#include "faces/contract/write_json.h"
#include "faces/qdrant_rest/collection_settings.h"
#include "faces/qdrant_rest/decode_collections.h"

namespace alidade::faces::qdrant_rest {
namespace {

void write_warnings(const std::vector<std::string>& warnings, base::json::Writer& writer) {
  if (warnings.empty()) return;
  writer.key("warnings");
  writer.begin_array();
  for (const std::string& message : warnings) {
    writer.begin_object();
    writer.key("message");
    writer.string(message);
    writer.end_object();
  }
  writer.end_array();
}

void write_payload_schema(const model::CollectionInfo& info, base::json::Writer& writer) {
  writer.begin_object();
  for (const auto& [field, index] : info.payload_schema) {
    writer.key(field);
    writer.begin_object();
    writer.key("data_type");
    writer.string(model::field_type_name(index.schema.type));
    if (!index.schema.params.is_null()) {
      writer.key("params");
      writer.value(index.schema.params);
    }
    writer.key("points");
    writer.unsigned_integer(index.points_count);
    writer.end_object();
  }
  writer.end_object();
}

}  // namespace

void encode_collection_info(const model::CollectionInfo& info, base::json::Writer& writer) {
  writer.begin_object();
  writer.key("status");
  writer.string(info.optimizing ? "yellow" : "green");
  writer.key("optimizer_status");
  writer.string("ok");
  write_warnings(warnings_of(info.description.config), writer);
  writer.key("indexed_vectors_count");
  writer.unsigned_integer(info.indexed_vectors_count);
  writer.key("points_count");
  writer.unsigned_integer(info.points_count);
  // The rows of the graph and the tail behind it.
  writer.key("segments_count");
  writer.integer(2);
  writer.key("config");
  contract::write(contract::ref(qdrant::kCollectionConfig), shown_config(info.description.config), writer);
  writer.key("payload_schema");
  write_payload_schema(info, writer);
  writer.key("update_queue");
  writer.begin_object();
  writer.key("length");
  writer.integer(0);
  writer.end_object();
  writer.end_object();
}

void encode_cluster_info(const model::CollectionInfo& info, base::json::Writer& writer) {
  writer.begin_object();
  writer.key("peer_id");
  writer.integer(1);
  writer.key("shard_count");
  writer.integer(1);
  writer.key("local_shards");
  writer.begin_array();
  writer.begin_object();
  writer.key("shard_id");
  writer.integer(0);
  writer.key("points_count");
  writer.unsigned_integer(info.points_count);
  writer.key("state");
  writer.string("Active");
  writer.end_object();
  writer.end_array();
  writer.key("remote_shards");
  writer.begin_array();
  writer.end_array();
  writer.key("shard_transfers");
  writer.begin_array();
  writer.end_array();
  writer.end_object();
}

void encode_exists(const bool& exists, base::json::Writer& writer) {
  writer.begin_object();
  writer.key("exists");
  writer.boolean(exists);
  writer.end_object();
}

void encode_bool(const bool& value, base::json::Writer& writer) { writer.boolean(value); }

void encode_aliases(const std::vector<ops::AliasEntry>& aliases, base::json::Writer& writer) {
  writer.begin_object();
  writer.key("aliases");
  writer.begin_array();
  for (const ops::AliasEntry& entry : aliases) {
    writer.begin_object();
    writer.key("alias_name");
    writer.string(entry.alias);
    writer.key("collection_name");
    writer.string(entry.collection);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
}

}  // namespace alidade::faces::qdrant_rest
