#pragma once

#include "base/json.h"
#include "faces/qdrant/index_params.h"
#include "faces/qdrant_rest/decode_values.h"
#include "faces/qdrant_rest/route.h"
#include "ops/all_operations.h"

namespace alidade::faces::qdrant_rest {

// Collections.
Result<ops::CreateCollection> decode_create_collection(const RouteInput& input);
/// Tells the log what of the settings is not done, so it is a route of its own, too.
Status create_collection(const Call& call, std::string& result);
/// Merges the update into what is there, so it is a route of its own and no decoder.
Status update_collection(const Call& call, std::string& result);
/// Only those that the caller may see.
Status list_collections(const Call& call, std::string& result);
Result<ops::GetCollection> decode_get_collection(const RouteInput& input);
Result<ops::DeleteCollection> decode_delete_collection(const RouteInput& input);
Result<ops::CollectionExists> decode_collection_exists(const RouteInput& input);
Result<ops::CompactCollection> decode_compact_collection(const RouteInput& input);
void encode_collection_info(const model::CollectionInfo& info, base::json::Writer& writer);
void encode_cluster_info(const model::CollectionInfo& info, base::json::Writer& writer);
void encode_exists(const bool& exists, base::json::Writer& writer);
void encode_bool(const bool& value, base::json::Writer& writer);

// Aliases.
Result<ops::UpdateAliases> decode_update_aliases(const RouteInput& input);
Result<ops::ListCollectionAliases> decode_collection_aliases(const RouteInput& input);
Status list_aliases(const Call& call, std::string& result);
void encode_aliases(const std::vector<ops::AliasEntry>& aliases, base::json::Writer& writer);

// Payload indexes.
Result<ops::WritePoints> decode_create_index(const RouteInput& input);
Result<ops::WritePoints> decode_delete_index(const RouteInput& input);
/// Parameters as an index keeps them, with the members that the peer shows unasked.
model::FieldSchema index_schema(qdrant::IndexParams params);

}  // namespace alidade::faces::qdrant_rest
