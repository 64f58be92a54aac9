#pragma once

#include <string>

#include "auth/access.h"
#include "faces/qdrant_rest/route.h"

namespace alidade::faces::qdrant_rest {

// Routes of the dialect that this server knows and does not do. Each asks for the rights that the
// peer asks for, and for the collection and the shard where it names them, before it says so: who may
// not come in learns nothing about either.

/// 501, after the caller's rights on the server.
Status not_yet_on_server(const Call& call, const auth::Access& access);
/// 501, after the caller's rights, the collection and the shard ("shard" of the path).
Status not_yet_on_shard(const Call& call, const auth::Access& access);
/// 405: only a cluster can do it. After the caller's rights on the collection.
Status collection_needs_cluster(const Call& call, const auth::Access& access);
/// 405, to whoever may read the server.
Status cluster_keys(const Call& call, std::string& result);

/// No collection is divided by keys.
Status shard_keys(const Call& call, std::string& result);
/// There are no snapshots: lists of them are empty, and none is found.
Status shard_snapshots(const Call& call, std::string& result);
Status delete_full_snapshot(const Call& call, std::string& result);
Result<net::HttpResponse> full_snapshot_page(const Call& call);
Result<net::HttpResponse> shard_snapshot_page(const Call& call);
/// The stream of a shard's files.
Result<net::HttpResponse> shard_stream_page(const Call& call);

}  // namespace alidade::faces::qdrant_rest
