#include "faces/chroma_rest/decode_collections.h"

#include <utility>
#include <vector>

#include "faces/chroma_rest/body_reader.h"
#include "faces/chroma_rest/decode_records.h"
#include "faces/chroma_rest/names.h"
#include "faces/chroma_rest/schema.h"

namespace alidade::faces::chroma_rest {

namespace json = base::json;
using Field = BodyReader::Field;
using Need = BodyReader::Need;
using Style = BodyReader::Style;

namespace {

Field count_field(std::string_view name, std::optional<std::uint64_t>& out) {
  return {name, Need::kOption, [&out](BodyReader& reader) {
            return reader.read_option(
                [&out](BodyReader& inner) { return inner.read_usize(out.emplace()); });
          }};
}

/// Read and dropped.
Field dropped_count(std::string_view name) {
  return {name, Need::kOption, [](BodyReader& reader) {
            return reader.read_option([](BodyReader& inner) {
              std::uint64_t dropped = 0;
              return inner.read_usize(dropped);
            });
          }};
}

Field space_field(std::optional<std::string>& out) {
  return {"space", Need::kOption, [&out](BodyReader& reader) {
            return reader.read_option([&out](BodyReader& inner) {
              static constexpr std::string_view kSpaces[] = {"l2", "cosine", "ip"};
              std::size_t which = 0;
              if (!inner.read_variant(kSpaces, which)) return false;
              out = kSpaces[which];
              return true;
            });
          }};
}

Field factor_field(std::optional<double>& out) {
  return {"resize_factor", Need::kOption, [&out](BodyReader& reader) {
            return reader.read_option(
                [&out](BodyReader& inner) { return inner.read_f64(out.emplace()); });
          }};
}

Field function_field(json::Value& out) {
  return {"embedding_function", Need::kOption, [&out](BodyReader& reader) {
            return reader.read_option(
                [&out](BodyReader& inner) { return read_embedding_function(inner, out); });
          }};
}

Field option_field(std::string_view name, std::function<bool(BodyReader&)> read) {
  return {name, Need::kOption,
          [read = std::move(read)](BodyReader& reader) { return reader.read_option(read); }};
}

bool read_hnsw(BodyReader& reader, VectorSettingsPatch& out) {
  return reader.read_struct(
      "HnswConfiguration", Style::kStrict,
      {space_field(out.space), count_field("ef_construction", out.ef_construction),
       count_field("ef_search", out.ef_search), count_field("max_neighbors", out.max_neighbors),
       count_field("num_threads", out.num_threads), factor_field(out.resize_factor),
       count_field("sync_threshold", out.sync_threshold), count_field("batch_size", out.batch_size)});
}

/// Of SPANN only the space is taken over.
bool read_spann(BodyReader& reader, VectorSettingsPatch& out) {
  return reader.read_struct(
      "SpannConfiguration", Style::kStrict,
      {dropped_count("search_nprobe"), dropped_count("write_nprobe"), space_field(out.space),
       dropped_count("ef_construction"), dropped_count("ef_search"), dropped_count("max_neighbors"),
       dropped_count("reassign_neighbor_count"), dropped_count("split_threshold"),
       dropped_count("merge_threshold")});
}

bool read_update_hnsw(BodyReader& reader, VectorSettingsPatch& out) {
  return reader.read_struct(
      "UpdateHnswConfiguration", Style::kStrict,
      {count_field("ef_search", out.ef_search), count_field("max_neighbors", out.max_neighbors),
       count_field("num_threads", out.num_threads), factor_field(out.resize_factor),
       count_field("sync_threshold", out.sync_threshold), count_field("batch_size", out.batch_size)});
}

bool read_configuration(BodyReader& reader, CreateCollectionBody& body) {
  return reader.read_struct(
      "CollectionConfiguration", Style::kPlain,
      {option_field("hnsw",
                    [&body](BodyReader& inner) { return read_hnsw(inner, body.hnsw.emplace()); }),
       option_field("spann",
                    [&body](BodyReader& inner) { return read_spann(inner, body.spann.emplace()); }),
       function_field(body.embedding_function)});
}

bool read_update_configuration(BodyReader& reader, UpdateCollectionBody& body) {
  return reader.read_struct(
      "UpdateCollectionConfiguration", Style::kPlain,
      {option_field(
           "hnsw",
           [&body](BodyReader& inner) { return read_update_hnsw(inner, body.hnsw.emplace()); }),
       option_field("spann",
                    [&body](BodyReader& inner) {
                      body.has_spann = true;
                      return inner.read_struct(
                          "UpdateSpannConfiguration", Style::kStrict,
                          {dropped_count("search_nprobe"), dropped_count("ef_search")});
                    }),
       function_field(body.embedding_function)});
}

Status in_field(std::string_view field, const Status& status) {
  if (status.ok()) return status;
  return invalid_argument(std::string(field) + ": " + status.message());
}

/// All broken rules in one message, as the peer lists them.
Status validation_error(const std::vector<Status>& checks) {
  std::string message;
  for (const Status& check : checks) {
    if (check.ok()) continue;
    message += message.empty() ? "Validation error: " : "\n";
    message += check.message();
  }
  return message.empty() ? Status() : invalid_argument(message);
}

/// What the configuration says, or the legacy metadata where it says nothing but defaults.
Result<VectorSettings> configured_settings(const CreateCollectionBody& body) {
  if (body.hnsw && body.spann) {
    return invalid_argument("Multiple vector index configurations provided");
  }
  VectorSettings settings;
  settings.embedding_function = body.embedding_function;
  if (body.spann) {
    // The peer does not look at the metadata then.
    settings.apply(*body.spann);
    return settings;
  }
  if (body.hnsw) settings.apply(*body.hnsw);
  ALD_ASSIGN(const auto legacy, legacy_settings(body.metadata));
  if (settings.has_default_index()) settings.apply(legacy);
  return settings;
}

json::Value make_echo(const VectorSettings& settings, json::Value schema, json::Value metadata) {
  json::Value echo(json::Object{});
  echo.set("configuration_json", settings.to_configuration());
  echo.set("schema", std::move(schema));
  echo.set("metadata", std::move(metadata));
  return echo;
}

}  // namespace

Result<CreateCollectionBody> read_create_collection(std::string_view body) {
  CreateCollectionBody out;
  BodyReader reader(body);
  reader.read_struct(
      "CreateCollectionPayload", Style::kPlain,
      {{"name", Need::kRequired, [&out](BodyReader& inner) { return inner.read_string(out.name); }},
       option_field("schema", [&out](BodyReader& inner) { return read_schema(inner, out.schema); }),
       option_field("configuration",
                    [&out](BodyReader& inner) { return read_configuration(inner, out); }),
       option_field("metadata",
                    [&out](BodyReader& inner) {
                      return read_metadata(inner, MetadataNulls::kRefused, out.metadata);
                    }),
       {"get_or_create", Need::kDefault,
        [&out](BodyReader& inner) { return inner.read_bool(out.get_or_create); }}});
  ALD_RETURN_IF_ERROR(reader.finish());
  return out;
}

Result<model::CollectionConfig> config_of(const CreateCollectionBody& body) {
  ALD_ASSIGN(VectorSettings settings, configured_settings(body));
  const bool has_schema = !body.schema.is_null();
  ALD_RETURN_IF_ERROR(validation_error(
      {in_field("name", check_name(body.name)),
       in_field("schema", has_schema ? check_schema(body.schema) : Status()),
       in_field("metadata",
                body.metadata.is_null() ? Status() : check_collection_metadata(body.metadata))}));
  json::Value schema = schema_of(settings);
  // Where both leave everything at its default, the configuration names the embedding function.
  if (has_schema && !is_default_schema(body.schema)) {
    if (!settings.has_default_index() || !is_default_function(settings.embedding_function)) {
      return invalid_argument(
          "Failed to reconcile schema: Cannot set both collection config and schema "
          "simultaneously");
    }
    if (wants_sparse_index(body.schema)) {
      return invalid_argument(
          "Failed to reconcile schema: Invalid schema input: Sparse vector indexing is not enabled in "
          "local");
    }
    json::Value completed = complete_schema(body.schema);
    // It may have named only what is dropped (SPANN) or filled in (the source key).
    if (!is_default_schema(completed)) {
      settings = settings_of_schema(completed);
      schema = std::move(completed);
    }
  }
  model::CollectionConfig config;
  config.automatic_indexes = true;
  settings.to_engine(config);
  config.chroma_echo = make_echo(settings, std::move(schema), body.metadata);
  return config;
}

Result<UpdateCollectionBody> read_update_collection(std::string_view body) {
  UpdateCollectionBody out;
  BodyReader reader(body);
  reader.read_struct(
      "UpdateCollectionPayload", Style::kPlain,
      {option_field("new_name",
                    [&out](BodyReader& inner) { return inner.read_string(out.new_name.emplace()); }),
       option_field("new_metadata",
                    [&out](BodyReader& inner) {
                      return read_metadata(inner, MetadataNulls::kKept, out.new_metadata.emplace());
                    }),
       option_field("new_configuration", [&out](BodyReader& inner) {
         return read_update_configuration(inner, out);
       })});
  ALD_RETURN_IF_ERROR(reader.finish());
  return out;
}

Status check_update(const UpdateCollectionBody& body) {
  if (body.hnsw && body.has_spann) {
    return invalid_argument("Multiple vector index configurations provided");
  }
  return validation_error(
      {in_field("new_name", body.new_name ? check_name(*body.new_name) : Status()),
       in_field("new_metadata", body.new_metadata ? check_collection_metadata(*body.new_metadata)
                                                  : Status())});
}

model::CollectionConfig updated_config(model::CollectionConfig config,
                                       const UpdateCollectionBody& body) {
  json::Value echo = echo_of(config);
  if (body.new_metadata) {
    json::Value metadata(json::Object{});
    for (const auto& [key, value] : body.new_metadata->as_object()) {
      if (!value.is_null()) metadata.as_object().emplace_back(key, value);  // Each key is there once.
    }
    echo.set("metadata", metadata.as_object().empty() ? json::Value() : std::move(metadata));
  }
  VectorSettingsPatch patch = body.hnsw.value_or(VectorSettingsPatch());
  patch.embedding_function = body.embedding_function;
  if (body.hnsw || !patch.embedding_function.is_null()) {
    json::Value& schema = *echo.find("schema");
    patch_schema(schema, patch);
    const VectorSettings settings = settings_of_schema(schema);
    echo.set("configuration_json", settings.to_configuration());
    settings.to_engine(config);
  }
  config.chroma_echo = std::move(echo);
  return config;
}

json::Value echo_of(const model::CollectionConfig& config) {
  if (config.chroma_echo.is_object()) return config.chroma_echo;
  const VectorSettings settings = VectorSettings::of_engine(config);
  return make_echo(settings, schema_of(settings), nullptr);
}

Result<std::string> read_one_text(std::string_view body, std::string_view struct_name,
                                  std::string_view field) {
  std::string text;
  BodyReader reader(body);
  reader.read_struct(struct_name, Style::kPlain,
                     {{field, Need::kRequired,
                       [&text](BodyReader& inner) { return inner.read_string(text); }}});
  ALD_RETURN_IF_ERROR(reader.finish());
  return text;
}

}  // namespace alidade::faces::chroma_rest
