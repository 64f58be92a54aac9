#pragma once

#include "base/json.h"
#include "faces/qdrant_rest/route.h"
#include "ops/operations.h"

namespace alidade::faces::qdrant_rest {

// Collections. Creation and update look at what is there before they decide, so they are routes of
// their own instead of a decoder and an encoder.
Status create_collection(const Call& call, std::string& result);
Status update_collection(const Call& call, std::string& result);
/// Only those that the caller may see.
Status list_collections(const Call& call, std::string& result);
Result<ops::GetCollection> decode_get_collection(const RouteInput& input);
Result<ops::DeleteCollection> decode_delete_collection(const RouteInput& input);
Result<ops::CollectionExists> decode_collection_exists(const RouteInput& input);
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

}  // namespace alidade::faces::qdrant_rest
