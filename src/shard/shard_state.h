#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/status.h"
#include "model/collection_config.h"
#include "model/payload_schema.h"
#include "shard/apply.h"
#include "storage/point_store.h"

/// What a shard keeps in the texts of its manifest, and how it marks what is its own.
namespace alidade::shard {

inline constexpr char kPayloadIndexKind[] = "payload_index";
inline constexpr char kGraphKind[] = "graph";

struct ShardState {
  Counters counters;
  std::map<std::string, std::uint32_t> vector_sizes;  ///< Of every vector that has a size by now.
  base::json::Value graphs{base::json::Object{}};     ///< File name → {"vector", "rows"}.
  std::string identity;                               ///< The collection's UUID, or "".
  std::vector<std::uint32_t> lost_payloads;           ///< Rows, as storage::PointStore counts them.
};

std::string to_text(const ShardState& state);
/// @param directory for messages.
/// @param identity whose manifest it must be; "" = not compared.
/// @return kDataLoss when a part is missing or the manifest is another collection's.
Result<ShardState> state_from_text(const std::string& text,
                                   const std::string& directory,
                                   const std::string& identity);

std::string schema_text(const model::PayloadSchema& schema);
/// @return kDataLoss.
Result<model::PayloadSchema> schema_from_text(const std::string& text, const std::string& directory);

/// The configuration with the sizes that were decided by writes.
model::CollectionConfig with_sizes(const model::CollectionConfig& config,
                                   const std::map<std::string, std::uint32_t>& sizes);
/// One per vector whose size is known.
std::vector<storage::VectorSpec> specs_of(const model::CollectionConfig& config);

/// What the log's segments are marked with; 0 = nobody's.
std::uint64_t log_identity(const std::string& identity);

/// What open() says of a folder with checkpoint files and without manifest and log.
Status missing_manifest(const std::string& directory, const std::string& file_name);

}  // namespace alidade::shard
