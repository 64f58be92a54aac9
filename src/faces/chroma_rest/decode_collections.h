#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/status.h"
#include "faces/chroma_rest/vector_settings.h"
#include "model/collection_config.h"

namespace alidade::faces::chroma_rest {

/// The body of a create request, with its shape checked and nothing else.
struct CreateCollectionBody {
  std::string name;
  base::json::Value schema;    ///< As read_schema gives it; null when there is none.
  base::json::Value metadata;  ///< Null or an object, values normalised.
  std::optional<VectorSettingsPatch> hnsw;
  std::optional<VectorSettingsPatch> spann;
  base::json::Value embedding_function;
  bool get_or_create = false;
};
Result<CreateCollectionBody> read_create_collection(std::string_view body);

/// The configuration that the body asks for, with what Chroma wants to read back in its echo.
/// @return kInvalidArgument when a rule on names, metadata, schema or configuration is broken.
Result<model::CollectionConfig> config_of(const CreateCollectionBody& body);

struct UpdateCollectionBody {
  std::optional<std::string> new_name;
  std::optional<base::json::Value> new_metadata;  ///< An object; members may be null.
  std::optional<VectorSettingsPatch> hnsw;
  bool has_spann = false;
  base::json::Value embedding_function;

  bool changes_config() const {
    return new_metadata || hnsw || !embedding_function.is_null();
  }
};
Result<UpdateCollectionBody> read_update_collection(std::string_view body);
Status check_update(const UpdateCollectionBody& body);
/// The whole configuration after the change.
model::CollectionConfig updated_config(model::CollectionConfig config,
                                       const UpdateCollectionBody& body);

/// What Chroma shows of a collection: {"configuration_json", "schema", "metadata"}; made up for one
/// that came from another dialect.
base::json::Value echo_of(const model::CollectionConfig& config);

/// One string field of an object: {"name": …}.
Result<std::string> read_one_text(std::string_view body, std::string_view struct_name,
                                  std::string_view field);

}  // namespace alidade::faces::chroma_rest
