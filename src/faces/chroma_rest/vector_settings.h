#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/status.h"
#include "model/collection_config.h"

namespace alidade::faces::chroma_rest {

/// What a request says about the vector index; each part may be missing.
struct VectorSettingsPatch {
  std::optional<std::string> space;  ///< "l2", "cosine" or "ip".
  std::optional<std::uint64_t> ef_construction, ef_search, max_neighbors;
  std::optional<std::uint64_t> num_threads, batch_size, sync_threshold;
  std::optional<double> resize_factor;
  /// As given; null when missing.
  base::json::Value embedding_function;
};

/// The vector index of a collection as Chroma shows it. The engine uses the first four; the rest is
/// kept for those who read it back.
struct VectorSettings {
  std::string space = "l2";
  std::uint64_t ef_construction = 100;
  std::uint64_t ef_search = 100;
  std::uint64_t max_neighbors = 16;
  std::optional<std::uint64_t> num_threads;  ///< Unset: the cores of this host.
  std::uint64_t batch_size = 100;
  std::uint64_t sync_threshold = 1000;
  double resize_factor = 1.2;
  base::json::Value embedding_function;

  void apply(const VectorSettingsPatch& patch);
  /// Whether hnsw parameters and space are the default ones; naming the cores of this host is.
  bool has_default_index() const;

  /// {"hnsw": …, "spann": null, "embedding_function": …}
  base::json::Value to_configuration() const;
  /// The config of the schema's vector_index.
  enum class SourceKey { kShown, kHidden };
  base::json::Value to_index_config(SourceKey source_key) const;

  /// The settings that to_index_config wrote.
  static VectorSettings from_index_config(const base::json::Value& config);
  /// Of a collection that was made through another dialect.
  static VectorSettings of_engine(const model::CollectionConfig& config);
  /// Sets distance and graph parameters of the one unnamed vector.
  void to_engine(model::CollectionConfig& config) const;
};

/// Whether an embedding function stands for the default one: none at all (null), "unknown", or the
/// known one that is named "default". "legacy" does not.
bool is_default_function(const base::json::Value& function);

/// What the legacy keys "hnsw:space" and so on of a collection's metadata say.
/// @return kInvalidArgument when a key that begins with "hnsw:" is unknown or has a wrong value.
Result<VectorSettingsPatch> legacy_settings(const base::json::Value& metadata);

}  // namespace alidade::faces::chroma_rest
