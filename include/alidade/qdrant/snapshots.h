#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alidade/client/options.h"
#include "alidade/client/result.h"
#include "alidade/client/transport.h"

namespace alidade::client::inline v0::core {
class HttpClient;
}

namespace alidade::qdrant::inline v0 {

struct SnapshotInfo {
  std::string name;
  /// As the server writes it ("2026-03-01T12:00:00"); "" when it does not say.
  std::string creation_time;
  std::uint64_t size_bytes = 0;
  /// SHA-256 in hexadecimal digits; "" when the server does not say.
  std::string checksum;
};

/// Which data counts where a snapshot and the replicas that are there differ.
enum class SnapshotPriority { kNoSync, kSnapshot, kReplica };

struct RecoverOptions {
  std::optional<SnapshotPriority> priority = {};
  /// SHA-256 that the snapshot must have, in hexadecimal digits; "": not checked.
  std::string checksum = {};
  /// Key for the server that holds the snapshot, when `location` is a URL; only recover() takes it.
  std::string api_key = {};
  /// The answer comes when the data is there; false: when the server has begun.
  bool wait = true;
};

/// The snapshots of a collection, of one shard of it, or of everything: see Collection::snapshots(),
/// Collection::shard_snapshots() and Client::snapshots(). Cheap to copy, safe for several threads.
///
/// To make, load or recover one takes as long as the data is large, and ConnectionOptions::request_timeout counts here, too:
/// CallOptions::request_timeout allows more. Errors: as Client's; kUnimplemented where the server has no snapshots.
class ALIDADE_API Snapshots {
 public:
  /// In the server's order.
  client::Result<std::vector<SnapshotInfo>> list(const client::CallOptions& call = {}) const;
  /// Makes one and waits for it. Not tried again, except after a 429: a lost answer may stand for a snapshot that is there.
  client::Result<SnapshotInfo> create(const client::CallOptions& call = {}) const;
  /// Lets the server make one by itself; list() will tell.
  client::Result<void> start_create(const client::CallOptions& call = {}) const;
  /// @return true; kNotFound when there is none of that name.
  client::Result<bool> remove(std::string_view name, const client::CallOptions& call = {}) const;

  /// Writes the snapshot to `file`, which comes into being, or is replaced, when it is whole: until then the bytes are in
  /// `<file>.part`, which is removed after a failure.
  /// @return how many bytes; kInvalidArgument when the file cannot be written.
  client::Result<std::uint64_t> download(std::string_view name, const std::string& file,
                                         const client::CallOptions& call = {}) const;
  /// Hands the snapshot to `sink` part by part, without keeping it.
  client::Result<std::uint64_t> download(std::string_view name, const client::BodySink& sink,
                                         const client::CallOptions& call = {}) const;

  /// Hands a snapshot to `sink` that the server makes on the way and does not keep (Qdrant 1.17). Of one shard;
  /// kInvalidArgument otherwise.
  client::Result<std::uint64_t> stream(const client::BodySink& sink, const client::CallOptions& call = {}) const;

  /// Replaces the data by that of a snapshot. For collections and shards: kInvalidArgument otherwise, since a server
  /// recovers all it has only when it starts.
  /// @param location a URL, or a "file:///…" of the server.
  client::Result<void> recover(const std::string& location, const RecoverOptions& options = {},
                               const client::CallOptions& call = {}) const;
  /// The same with a snapshot that this program sends: a file, or any source, which is read as it goes.
  client::Result<void> upload(const std::string& file, const RecoverOptions& options = {},
                              const client::CallOptions& call = {}) const;
  client::Result<void> upload(const client::BodySource& source, const RecoverOptions& options = {},
                              const client::CallOptions& call = {}) const;

 private:
  friend class Client;
  friend class Collection;
  enum class Of { kStorage, kCollection, kShard };
  /// @param path of the list of snapshots, without the s at its end.
  Snapshots(std::shared_ptr<const client::core::HttpClient> http, std::string path, Of of);
  client::Result<std::uint64_t> fetch(std::string path, const client::BodySink& sink, const client::CallOptions& call) const;

  std::shared_ptr<const client::core::HttpClient> http_;
  std::string path_;
  Of of_;
};

}  // namespace alidade::qdrant::inline v0
