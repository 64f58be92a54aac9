#include <functional>
#include <string>
#include <vector>

#include "faces/chroma_rest/schema.h"

namespace alidade::faces::chroma_rest {

namespace json = base::json;
using Field = BodyReader::Field;
using Need = BodyReader::Need;
using Style = BodyReader::Style;
using Read = std::function<bool(BodyReader&)>;

namespace {

// Every part is kept as JSON: what was given is checked here, and shown again later.

/// A member that may be null or missing; kept only when it is neither.
Field kept(std::string_view name, json::Value& into,
           std::function<bool(BodyReader&, json::Value&)> read) {
  return {name, Need::kOption, [&into, name, read = std::move(read)](BodyReader& reader) {
            return reader.read_option([&](BodyReader& inner) {
              json::Value value;
              if (!read(inner, value)) return false;
              into.set(name, std::move(value));
              return true;
            });
          }};
}

bool read_text(BodyReader& reader, json::Value& out) {
  std::string text;
  if (!reader.read_string(text)) return false;
  out = std::move(text);
  return true;
}

bool read_flag(BodyReader& reader, json::Value& out) {
  bool flag = false;
  if (!reader.read_bool(flag)) return false;
  out = flag;
  return true;
}

bool read_count(BodyReader& reader, json::Value& out) {
  std::uint64_t count = 0;
  if (!reader.read_usize(count)) return false;
  out = count;
  return true;
}

bool read_small_count(BodyReader& reader, json::Value& out) {
  std::uint32_t count = 0;
  if (!reader.read_u32(count)) return false;
  out = std::uint64_t{count};
  return true;
}

bool read_small_factor(BodyReader& reader, json::Value& out) {
  float factor = 0;
  if (!reader.read_f32(factor)) return false;
  out = static_cast<double>(factor);
  return true;
}

bool read_factor(BodyReader& reader, json::Value& out) {
  double factor = 0;
  if (!reader.read_f64(factor)) return false;
  out = factor;
  return true;
}

bool read_space(BodyReader& reader, json::Value& out) {
  static constexpr std::string_view kSpaces[] = {"l2", "cosine", "ip"};
  std::size_t which = 0;
  if (!reader.read_variant(kSpaces, which)) return false;
  out = kSpaces[which];
  return true;
}

bool read_hnsw_config(BodyReader& reader, json::Value& out) {
  out = json::Object{};
  return reader.read_struct("HnswIndexConfig", Style::kStrict,
                            {kept("ef_construction", out, read_count),
                             kept("max_neighbors", out, read_count),
                             kept("ef_search", out, read_count),
                             kept("num_threads", out, read_count),
                             kept("batch_size", out, read_count),
                             kept("sync_threshold", out, read_count),
                             kept("resize_factor", out, read_factor)});
}

/// A member that may be missing but not null: one of the given words, the first of which is the
/// default and is not kept.
Field chosen_word(std::string_view name, json::Value& into,
                  std::span<const std::string_view> words) {
  return {name, Need::kDefault, [&into, name, words](BodyReader& reader) {
            std::size_t which = 0;
            if (!reader.read_variant(words, which)) return false;
            if (which != 0) into.set(name, words[which]);
            return true;
          }};
}

// Such an index is not made here; what was given decides whether the schema is the default one.
bool read_spann_config(BodyReader& reader, json::Value& out) {
  static constexpr std::string_view kCodes[] = {"none", "four_bit_rabit_q_with_u_search"};
  out = json::Object{};
  return reader.read_struct("SpannIndexConfig", Style::kStrict,
                            {kept("search_nprobe", out, read_small_count),
                             kept("search_rng_factor", out, read_small_factor),
                             kept("search_rng_epsilon", out, read_small_factor),
                             kept("nreplica_count", out, read_small_count),
                             kept("write_rng_factor", out, read_small_factor),
                             kept("write_rng_epsilon", out, read_small_factor),
                             kept("split_threshold", out, read_small_count),
                             kept("num_samples_kmeans", out, read_count),
                             kept("initial_lambda", out, read_small_factor),
                             kept("reassign_neighbor_count", out, read_small_count),
                             kept("merge_threshold", out, read_small_count),
                             kept("num_centers_to_merge_to", out, read_small_count),
                             kept("write_nprobe", out, read_small_count),
                             kept("ef_construction", out, read_count),
                             kept("ef_search", out, read_count),
                             kept("max_neighbors", out, read_count),
                             kept("center_drift_threshold", out, read_small_factor),
                             chosen_word("quantize", out, kCodes)});
}

bool read_vector_config(BodyReader& reader, json::Value& out) {
  out = json::Object{};
  return reader.read_struct("VectorIndexConfig", Style::kStrict,
                            {kept("space", out, read_space),
                             kept("embedding_function", out, read_embedding_function),
                             kept("source_key", out, read_text), kept("hnsw", out, read_hnsw_config),
                             kept("spann", out, read_spann_config)});
}

bool read_sparse_config(BodyReader& reader, json::Value& out) {
  static constexpr std::string_view kAlgorithms[] = {"wand", "max_score"};
  out = json::Object{};
  return reader.read_struct("SparseVectorIndexConfig", Style::kStrict,
                            {kept("embedding_function", out, read_embedding_function),
                             kept("source_key", out, read_text), kept("bm25", out, read_flag),
                             chosen_word("algorithm", out, kAlgorithms)});
}

/// {"enabled": bool, "config": …}, both needed.
bool read_index(BodyReader& reader, json::Value& out, std::string_view name,
                const std::function<bool(BodyReader&, json::Value&)>& read_config) {
  out = json::Object{};
  return reader.read_struct(
      name, Style::kPlain,
      {{"enabled", Need::kRequired,
        [&out](BodyReader& inner) { return read_flag(inner, out.set("enabled", nullptr)); }},
       {"config", Need::kRequired, [&out, &read_config](BodyReader& inner) {
          return read_config(inner, out.set("config", nullptr));
        }}});
}

struct IndexRow {
  std::string_view field;
  std::string_view type_name;
  std::function<bool(BodyReader&, json::Value&)> read_config;
};

IndexRow plain_index(std::string_view field, std::string_view type_name,
                     std::string_view config_name) {
  return {field, type_name, [config_name](BodyReader& reader, json::Value& out) {
            out = json::Object{};
            return reader.read_struct(config_name, Style::kStrict, std::span<const Field>());
          }};
}

/// A value type: an object of indexes, each optional.
std::function<bool(BodyReader&, json::Value&)> value_type(std::string_view name,
                                                          std::vector<IndexRow> rows) {
  return [name, rows = std::move(rows)](BodyReader& reader, json::Value& out) {
    out = json::Object{};
    std::vector<Field> fields;
    for (const IndexRow& row : rows) {
      fields.push_back(kept(row.field, out, [&row](BodyReader& inner, json::Value& value) {
        return read_index(inner, value, row.type_name, row.read_config);
      }));
    }
    return reader.read_struct(name, Style::kPlain, fields);
  };
}

bool read_value_types(BodyReader& reader, json::Value& out) {
  out = json::Object{};
  return reader.read_struct(
      "ValueTypes", Style::kPlain,
      {kept("string", out,
            value_type("StringValueType",
                       {plain_index("fts_index", "FtsIndexType", "FtsIndexConfig"),
                        plain_index("string_inverted_index", "StringInvertedIndexType",
                                    "StringInvertedIndexConfig")})),
       kept("float_list", out,
            value_type("FloatListValueType",
                       {{"vector_index", "VectorIndexType", read_vector_config}})),
       kept("sparse_vector", out,
            value_type("SparseVectorValueType",
                       {{"sparse_vector_index", "SparseVectorIndexType", read_sparse_config}})),
       kept("int", out,
            value_type("IntValueType", {plain_index("int_inverted_index", "IntInvertedIndexType",
                                                    "IntInvertedIndexConfig")})),
       kept("float", out,
            value_type("FloatValueType",
                       {plain_index("float_inverted_index", "FloatInvertedIndexType",
                                    "FloatInvertedIndexConfig")})),
       kept("bool", out,
            value_type("BoolValueType", {plain_index("bool_inverted_index", "BoolInvertedIndexType",
                                                     "BoolInvertedIndexConfig")}))});
}

bool read_cmek(BodyReader& reader, json::Value& out) {
  // An enumeration of one: {"gcp": "projects/…"}.
  static constexpr std::string_view kProviders[] = {"gcp"};
  out = json::Object{};
  return reader.read_tagged(kProviders, [&out](BodyReader& inner, std::size_t) {
    return read_text(inner, out.set("gcp", nullptr));
  });
}

}  // namespace

bool read_schema(BodyReader& reader, json::Value& out) {
  out = json::Object{};
  return reader.read_struct(
      "Schema", Style::kPlain,
      {{"defaults", Need::kRequired,
        [&out](BodyReader& inner) { return read_value_types(inner, out.set("defaults", nullptr)); }},
       {"keys", Need::kRequired,
        [&out](BodyReader& inner) {
          json::Value keys(json::Object{});
          if (!inner.read_map([&keys](BodyReader& value_reader, const std::string& key) {
                json::Value types;
                if (!read_value_types(value_reader, types)) return false;
                keys.set(key, std::move(types));
                return true;
              })) {
            return false;
          }
          out.set("keys", std::move(keys));
          return true;
        },
        "key_overrides"},
       kept("cmek", out, read_cmek),
       kept("source_attached_function_id", out, read_text)});
}

bool read_embedding_function(BodyReader& reader, json::Value& out) {
  static constexpr std::string_view kKinds[] = {"legacy", "known", "unknown"};
  if (reader.peek() != '{') {
    return reader.refuse_type("internally tagged enum EmbeddingFunctionConfiguration");
  }
  json::Value type, name, config;
  bool has_name = false, has_config = false;
  const auto read_member = [&](BodyReader& inner, const std::string& key) {
    if (key == "type") {
      std::size_t which = 0;
      if (!inner.read_variant(kKinds, which)) return false;
      type = kKinds[which];
      return true;
    }
    json::Value value;
    if (!inner.read_value(value)) return false;
    if (key == "name") name = std::move(value), has_name = true;
    if (key == "config") config = std::move(value), has_config = true;
    return true;
  };
  if (!reader.read_map(read_member)) return false;
  if (type.is_null()) return reader.refuse("missing field `type`");
  out = json::Object{};
  out.set("type", type);
  if (type.as_string() != "known") return true;
  if (!has_name) return reader.refuse_late("missing field `name`");
  if (!name.is_string()) return reader.refuse("invalid type: name is no string, expected a string");
  if (!has_config) return reader.refuse_late("missing field `config`");
  out.set("name", std::move(name));
  out.set("config", std::move(config));
  return true;
}

}  // namespace alidade::faces::chroma_rest
