#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "alidade/client/json.h"

namespace alidade::chroma::inline v0 {

using client::Json;

enum class Space : std::uint8_t { kL2, kCosine, kInnerProduct };

/// "l2", "cosine", "ip".
ALIDADE_API std::string_view to_text(Space space);

/// Parameters of the graph index; what is unset takes the server's default.
struct ALIDADE_API HnswOptions {
  std::optional<Space> space = {};
  std::optional<std::uint64_t> ef_construction = {};
  std::optional<std::uint64_t> ef_search = {};
  std::optional<std::uint64_t> max_neighbors = {};
  std::optional<std::uint64_t> num_threads = {};
  std::optional<double> resize_factor = {};
  std::optional<std::uint64_t> sync_threshold = {};
  std::optional<std::uint64_t> batch_size = {};

  Json to_json() const;
};

/// Parameters of the centroid index of Chroma Cloud.
struct ALIDADE_API SpannOptions {
  std::optional<Space> space = {};
  std::optional<std::uint32_t> search_nprobe = {};
  std::optional<std::uint32_t> write_nprobe = {};
  std::optional<std::uint64_t> ef_construction = {};
  std::optional<std::uint64_t> ef_search = {};
  std::optional<std::uint64_t> max_neighbors = {};
  std::optional<std::uint32_t> reassign_neighbor_count = {};
  std::optional<std::uint32_t> split_threshold = {};
  std::optional<std::uint32_t> merge_threshold = {};

  Json to_json() const;
};

/// Which function makes the vectors. Servers only keep it for other clients.
struct ALIDADE_API EmbeddingFunctionConfig {
  std::string name = {};
  Json config = Json::object();

  Json to_json() const;
};

/// Configuration of a new collection, or its change (Collection::modify takes ef_search, max_neighbors,
/// num_threads, resize_factor, sync_threshold and batch_size only).
struct ALIDADE_API CollectionConfiguration {
  std::optional<HnswOptions> hnsw = {};
  std::optional<SpannOptions> spann = {};
  std::optional<EmbeddingFunctionConfig> embedding_function = {};

  Json to_json() const;
};

struct VectorIndexOptions {
  std::optional<Space> space = {};
  std::optional<EmbeddingFunctionConfig> embedding_function = {};
  /// Field that the vectors are made of; servers take "#document" only.
  std::string source_key = {};
  std::optional<HnswOptions> hnsw = {};
  std::optional<SpannOptions> spann = {};
};

struct SparseVectorIndexOptions {
  std::optional<EmbeddingFunctionConfig> embedding_function = {};
  std::string source_key = {};
  std::optional<bool> bm25 = {};
};

enum class MetadataIndex : std::uint8_t { kString, kInt, kFloat, kBool };

/// Which fields of a collection are indexed, and how. Starts as the server's default: the document's
/// text, every metadata field, the embedding.
class ALIDADE_API Schema {
 public:
  Schema();
  static Schema with_embedding_function(const EmbeddingFunctionConfig& function);
  static Schema raw(Json json) { return Schema(std::move(json)); }

  // A field without a name ("") stands for all fields of that type.
  Schema& create_index(MetadataIndex kind, std::string_view field = "");
  Schema& delete_index(MetadataIndex kind, std::string_view field = "");
  /// The index of the embeddings.
  Schema& create_vector_index(const VectorIndexOptions& options);
  Schema& create_sparse_vector_index(std::string_view field, const SparseVectorIndexOptions& options);
  Schema& delete_sparse_vector_index(std::string_view field);
  /// Full-text index of the documents.
  Schema& create_text_index();
  Schema& delete_text_index();
  /// The customer's own key, by its Google Cloud resource name.
  Schema& with_cmek(std::string gcp_key);

  const Json& to_json() const { return json_; }
  friend bool operator==(const Schema&, const Schema&) = default;

 private:
  explicit Schema(Json json) : json_(std::move(json)) {}
  Schema& set_index(std::string_view field, std::string_view type, std::string_view index, bool enabled, Json config);

  Json json_;
};

}  // namespace alidade::chroma::inline v0
