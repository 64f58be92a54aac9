// A schema beside a configuration, and the rules that a schema obeys. The expected answers are what a
// Chroma 1.5.9 server said to the same requests.
#include <string>
#include <string_view>
#include <thread>

#include <gtest/gtest.h>

#include "faces/chroma_rest/decode_collections.h"

namespace alidade::faces::chroma_rest {
namespace {

namespace json = base::json;

constexpr std::string_view kBothSet =
    "Failed to reconcile schema: Cannot set both collection config and schema simultaneously";
constexpr std::string_view kNoSparse =
    "Failed to reconcile schema: Invalid schema input: Sparse vector indexing is not enabled in local";
constexpr std::string_view kBadSource =
    "Validation error: schema: source_key cannot begin with '#'. The only valid key starting with '#' "
    "is Key.DOCUMENT or '#document'.";
constexpr std::string_view kNoFunction =
    "Validation error: schema: If source_key is provided then embedding_function must also be "
    "provided since there is no default embedding function.";
constexpr std::string_view kReserved =
    "Validation error: schema: key cannot begin with '#'. Keys starting with '#' are reserved for "
    "system use: #x";
constexpr std::string_view kBadLegacy = "Failed to parse hnsw parameters from segment metadata";

constexpr std::string_view kKnownDefault = R"({"type":"known","name":"default","config":{}})";
constexpr std::string_view kUnknown = R"({"type":"unknown"})";
constexpr std::string_view kOther = R"({"type":"known","name":"openai","config":{"model":"m"}})";
constexpr std::string_view kCosine = R"({"hnsw":{"space":"cosine"}})";

Result<model::CollectionConfig> config(const std::string& members) {
  const auto body = read_create_collection(R"({"name":"abc")" + members + "}");
  return body.ok() ? config_of(*body) : body.status();
}

std::string refusal_of(const std::string& members) { return config(members).status().message(); }

std::string configured(std::string_view configuration) {
  return R"(,"configuration":)" + std::string(configuration);
}

std::string schema(std::string_view keys, std::string_view defaults = "{}") {
  return R"(,"schema":{"defaults":)" + std::string(defaults) + R"(,"keys":{)" + std::string(keys) +
         "}}";
}

std::string function_only(std::string_view function) {
  return R"({"embedding_function":)" + std::string(function) + "}";
}

/// The key of the one vector index, with these settings.
std::string embedding(std::string_view settings) {
  return R"("#embedding":{"float_list":{"vector_index":{"enabled":true,"config":{)" +
         std::string(settings) + "}}}}";
}

std::string default_vectors(std::string_view settings) {
  return R"({"float_list":{"vector_index":{"enabled":false,"config":{)" + std::string(settings) +
         "}}}}";
}

std::string sparse(std::string_view key, bool enabled, std::string_view settings) {
  return "\"" + std::string(key) + R"(":{"sparse_vector":{"sparse_vector_index":{"enabled":)" +
         (enabled ? "true" : "false") + R"(,"config":{)" + std::string(settings) + "}}}}";
}

/// What the client libraries send when nobody changed the schema that they make.
std::string untouched_schema(std::string_view function) {
  const std::string named = R"("embedding_function":)" + std::string(function);
  return schema(
      embedding(R"("space":"l2","source_key":"#document",)" + named) +
          R"(,"#document":{"string":{"fts_index":{"enabled":true,"config":{}},)"
          R"("string_inverted_index":{"enabled":false,"config":{}}}})",
      R"({"string":{"fts_index":{"enabled":false,"config":{}},)"
      R"("string_inverted_index":{"enabled":true,"config":{}}},)"
      R"("float_list":{"vector_index":{"enabled":false,"config":{"space":"l2",)" +
          named +
          R"(}}},"sparse_vector":{"sparse_vector_index":{"enabled":false,"config":{"bm25":false}}},)"
          R"("int":{"int_inverted_index":{"enabled":true,"config":{}}},)"
          R"("float":{"float_inverted_index":{"enabled":true,"config":{}}},)"
          R"("bool":{"bool_inverted_index":{"enabled":true,"config":{}}}})");
}

constexpr std::string_view kOneKey =
    R"("k":{"string":{"string_inverted_index":{"enabled":false,"config":{}}}})";

const json::Value& shown(const model::CollectionConfig& made, std::string_view part) {
  return *made.chroma_echo.find(part);
}

std::string shown_function(const std::string& members) {
  const auto made = config(members);
  if (!made.ok()) return made.status().message();
  return json::to_text(*shown(*made, "configuration_json").find("embedding_function"));
}

TEST(SchemaAndConfiguration, ASchemaStandsBesideADefaultConfiguration) {
  const std::string mine = schema(kOneKey);
  const std::string cores = std::to_string(std::thread::hardware_concurrency());
  for (const std::string& beside :
       {std::string("null"), std::string("{}"), function_only(kKnownDefault), function_only(kUnknown),
        function_only(R"({"type":"known","name":"default","config":{"a":1}})"),
        std::string(R"({"hnsw":{"space":"l2"},"spann":null})"),
        R"({"hnsw":{"num_threads":)" + cores + R"(,"ef_search":100,"batch_size":100}})",
        std::string(R"({"spann":{"search_nprobe":10,"space":"l2"}})")}) {
    const auto made = config(configured(beside) + mine);
    ASSERT_TRUE(made.ok()) << beside << ": " << made.status().message();
    const json::Value* key = shown(*made, "schema").find("keys")->find("k");
    ASSERT_NE(key, nullptr) << beside;
    EXPECT_EQ(json::to_text(*key),
              R"({"string":{"string_inverted_index":{"enabled":false,"config":{}}}})");
  }
}

TEST(SchemaAndConfiguration, ASchemaIsRefusedBesideAnyOtherConfiguration) {
  const std::string threads = std::to_string(std::thread::hardware_concurrency() + 1);
  for (const std::string& beside :
       {std::string(kCosine), function_only(kOther), function_only(R"({"type":"legacy"})"),
        std::string(R"({"hnsw":{"ef_search":9}})"), R"({"hnsw":{"num_threads":)" + threads + "}}",
        std::string(R"({"hnsw":{"num_threads":0}})"), std::string(R"({"spann":{"space":"ip"}})")}) {
    EXPECT_EQ(refusal_of(configured(beside) + schema(kOneKey)), kBothSet) << beside;
  }
  EXPECT_EQ(refusal_of(R"(,"metadata":{"hnsw:space":"cosine"})" + schema(kOneKey)), kBothSet);
  EXPECT_EQ(refusal_of(R"(,"metadata":{"hnsw:space":"l2"})" + schema(kOneKey)), "");
}

TEST(SchemaAndConfiguration, AnUntouchedSchemaGivesWayToTheConfiguration) {
  for (const std::string_view function : {kKnownDefault, kUnknown}) {
    for (const std::string& beside :
         {configured(kCosine), std::string(R"(,"metadata":{"hnsw:space":"cosine"})"),
          configured(R"({"hnsw":{"space":"cosine"},"embedding_function":)" + std::string(kOther) + "}"),
          configured(R"({"hnsw":{"space":"cosine"},"embedding_function":{"type":"legacy"}})")}) {
      const auto made = config(beside + untouched_schema(function));
      ASSERT_TRUE(made.ok()) << beside << ": " << made.status().message();
      EXPECT_EQ(made->vectors.at("").distance, model::Distance::kCosine) << beside;
    }
  }
}

TEST(SchemaAndConfiguration, DecidesByEveryPartWhetherASchemaIsTheDefaultOne) {
  const std::string source = R"("source_key":"#document")";
  const std::string not_default[] = {
      schema(embedding("")),  // The source key is not given.
      schema(embedding(source + R"(,"space":"cosine")")),
      schema(embedding(source + R"(,"embedding_function":{"type":"legacy"})")),
      schema(embedding(source + R"(,"hnsw":{"ef_search":9})")),
      schema(embedding(source + R"(,"spann":{"search_nprobe":10})")),
      schema(embedding(source + R"(,"spann":{"center_drift_threshold":0.5})")),
      schema(embedding(source + R"(,"spann":{"quantize":"four_bit_rabit_q_with_u_search"})")),
      schema(embedding(source + R"(,"spann":{},"hnsw":{})")),
      schema(R"("#embedding":{"float_list":{"vector_index":{"enabled":false,"config":{)" + source +
             "}}}}"),
      schema(R"("#document":{"string":{"fts_index":{"enabled":false,"config":{}}}})"),
      schema(R"("k":{})"),
      schema("", default_vectors(source)),
      schema("", default_vectors(R"("hnsw":{"sync_threshold":9})")),
      schema("", R"({"int":{"int_inverted_index":{"enabled":false,"config":{}}}})"),
      schema("", R"({"sparse_vector":{"sparse_vector_index":{"enabled":false,"config":{"bm25":true}}}})"),
      schema("", R"({"sparse_vector":{"sparse_vector_index":{"enabled":false,)"
                 R"("config":{"source_key":"x"}}}})"),
  };
  for (const std::string& given : not_default) {
    EXPECT_EQ(refusal_of(configured(kCosine) + given), kBothSet) << given;
    EXPECT_EQ(refusal_of(configured("{}") + given), "") << given;
  }
  const std::string same_as_default[] = {
      schema(""),
      schema(R"("#embedding":{},"#document":{})"),
      schema(embedding(source)),
      schema(embedding(source + R"(,"space":"l2","hnsw":{"num_threads":999,"ef_search":100})")),
      schema(embedding(source + R"(,"spann":{"search_nprobe":64,"write_rng_epsilon":5,)"
                                R"("center_drift_threshold":0.125,"quantize":"none"})")),
      schema("", default_vectors(R"("hnsw":{"num_threads":999})")),
      schema("", R"({"sparse_vector":{"sparse_vector_index":{"enabled":false,)"
                 R"("config":{"bm25":false,"algorithm":"max_score"}}}})"),
  };
  for (const std::string& given : same_as_default) {
    EXPECT_EQ(refusal_of(configured(kCosine) + given), "") << given;
  }
}

TEST(SchemaAndConfiguration, BothAtTheirDefaultsShowTheFunctionOfTheConfiguration) {
  for (const std::string_view given : {kKnownDefault, kUnknown}) {
    const std::string untouched = untouched_schema(given);
    EXPECT_EQ(shown_function(untouched), "null");
    EXPECT_EQ(shown_function(configured("{}") + untouched), "null");
    for (const std::string_view named : {kKnownDefault, kUnknown}) {
      EXPECT_EQ(shown_function(configured(function_only(named)) + untouched), named);
    }
  }
  const auto made = config(configured(function_only(kUnknown)) + untouched_schema(kKnownDefault));
  ASSERT_TRUE(made.ok());
  const std::string defaults = json::to_text(*shown(*made, "schema").find("defaults"));
  EXPECT_NE(defaults.find(R"("space":"l2","embedding_function":{"type":"unknown"},"hnsw")"),
            std::string::npos)
      << defaults;
}

TEST(SchemaAndConfiguration, AnotherSchemaShowsItsOwnFunction) {
  const std::string mine = schema(std::string(kOneKey) + "," +
                                  embedding(R"("embedding_function":)" + std::string(kOther)));
  EXPECT_EQ(shown_function(mine), kOther);
  EXPECT_EQ(shown_function(configured(function_only(kKnownDefault)) + mine), kOther);
  EXPECT_EQ(shown_function(configured(function_only(kKnownDefault)) + schema(kOneKey)), "null");
  // What is different about it is dropped, so both are at their defaults after all.
  const std::string spann = schema(embedding(R"("spann":{"search_nprobe":10},"embedding_function":)" +
                                             std::string(kUnknown)));
  EXPECT_EQ(shown_function(configured(function_only(kKnownDefault)) + spann), kKnownDefault);
}

TEST(SchemaRules, OfASparseIndex) {
  const std::string function = R"(,"embedding_function":{"type":"unknown"})";
  const std::string bad = R"("source_key":"#embedding")";
  EXPECT_EQ(refusal_of(schema(sparse("s", true, ""))), kNoSparse);
  EXPECT_EQ(refusal_of(schema(sparse("s", true, bad + function))), kBadSource);
  EXPECT_EQ(refusal_of(schema(sparse("s", false, bad + function))), kBadSource);
  EXPECT_EQ(refusal_of(schema(sparse("s", false, bad))), kBadSource);
  // Only an enabled one needs a function.
  EXPECT_EQ(refusal_of(schema(sparse("s", false, R"("source_key":"text")"))), "");
  EXPECT_EQ(refusal_of(schema(sparse("s", false, R"("source_key":"#document")"))), "");
  EXPECT_EQ(refusal_of(schema(sparse("s", true, R"("source_key":"text")"))), kNoFunction);
  EXPECT_EQ(refusal_of(schema(sparse("s", true, R"("source_key":"#document")" + function))), kNoSparse);
  // Conflicts come before what this server does not make.
  EXPECT_EQ(refusal_of(configured(kCosine) + schema(sparse("s", true, ""))), kBothSet);
  EXPECT_EQ(refusal_of(schema("", R"({"sparse_vector":{"sparse_vector_index":{"enabled":false,"config":{)" +
                                   bad + "}}}}")),
            "");
}

TEST(SchemaRules, SeveralMistakesAreToldInTheSameOrderHoweverTheyAreGiven) {
  const std::string function = R"(,"embedding_function":{"type":"unknown"})";
  const std::string s = sparse("s", true, ""), t = sparse("t", true, "");
  const std::string two =
      R"(Validation error: schema: At most one sparse vector index is allowed for the collection: ["t", "s"])";
  EXPECT_EQ(refusal_of(schema(s + "," + t)), two);
  EXPECT_EQ(refusal_of(schema(t + "," + s)), two);
  const std::string bad = sparse("s", true, R"("source_key":"#embedding")" + function);
  EXPECT_EQ(refusal_of(schema(bad + R"(,"#x":{})")), kBadSource);
  EXPECT_EQ(refusal_of(schema(R"("#x":{},)" + bad)), kBadSource);
  EXPECT_EQ(refusal_of(schema(R"("#x":{"float_list":{"vector_index":{"enabled":true,"config":{}}}})")),
            kReserved);
}

TEST(SchemaRules, OfOneKeyAreCheckedInThePeersOrder) {
  const std::string vectors = R"("float_list":{"vector_index":{"enabled":true,"config":{}}})";
  const std::string texts = R"("string":{"fts_index":{"enabled":true,"config":{}}})";
  const std::string source = R"("sparse_vector":{"sparse_vector_index":{"enabled":true,)"
                             R"("config":{"source_key":"x"}}})";
  const std::string begin = "Validation error: schema: ";
  EXPECT_EQ(refusal_of(schema(R"("k":{)" + texts + "," + source + "," + vectors + "}")),
            begin + "Vector index can only be enabled on #embedding field: k");
  EXPECT_EQ(refusal_of(schema(R"("k":{)" + texts + "," + source + "}")), kNoFunction);
  EXPECT_EQ(refusal_of(schema(R"("k":{"float_list":{"vector_index":{"enabled":false,)"
                           R"("config":{"source_key":"x"}}}})")),
            begin + "Vector index can only source from #document");
  EXPECT_EQ(refusal_of(schema("", "{" + texts +
                                   R"(,"sparse_vector":{"sparse_vector_index":{"enabled":true,)"
                                   R"("config":{}}}})")),
            begin + "Sparse vector index cannot be enabled by default. Please enable sparse vector "
                    "index on specific keys. At most one sparse vector index is allowed for the "
                    "collection.");
  EXPECT_EQ(refusal_of(schema("", default_vectors(R"("hnsw":{},"spann":{})"))),
            begin + "Both spann and hnsw config cannot be present at the same time.");
  EXPECT_EQ(refusal_of(R"(,"schema":{"defaults":{},"keys":{"#x":{}},"source_attached_function_id":"a"})"),
            begin + "Cannot set source_attached_function_id. This field is reserved for system use.");
}

TEST(SchemaRules, SettingsThatAreNotMadeHereAreStillRead) {
  const std::string place =
      "Failed to deserialize the JSON body into the target type: schema.keys.#embedding.float_list."
      "vector_index.config.spann.";
  EXPECT_TRUE(refusal_of(schema(embedding(R"("spann":{"zzz":1})"))).starts_with(
      place + "zzz: unknown field `zzz`, expected one of `search_nprobe`, `search_rng_factor`, "
              "`search_rng_epsilon`, `nreplica_count`, `write_rng_factor`, `write_rng_epsilon`, "
              "`split_threshold`, `num_samples_kmeans`, `initial_lambda`, `reassign_neighbor_count`, "
              "`merge_threshold`, `num_centers_to_merge_to`, `write_nprobe`, `ef_construction`, "
              "`ef_search`, `max_neighbors`, `center_drift_threshold`, `quantize`"));
  EXPECT_TRUE(refusal_of(schema(embedding(R"("spann":{"search_nprobe":-1})")))
                  .starts_with(place + "search_nprobe: invalid value: integer `-1`, expected u32"));
  EXPECT_TRUE(refusal_of(schema(sparse("s", false, R"("algorithm":"other")")))
                  .find("algorithm: unknown variant `other`, expected `wand` or `max_score`") !=
              std::string::npos);
  const auto made = config(schema(sparse("s", false, R"("algorithm":"wand")")));
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(json::to_text(*shown(*made, "schema").find("keys")->find("s")),
            R"({"sparse_vector":{"sparse_vector_index":{"enabled":false,"config":{}}}})");
}

TEST(LegacyMetadata, RulesWhereTheConfigurationIsTheDefaultOne) {
  const std::string cosine = R"(,"metadata":{"hnsw:space":"cosine"})";
  const std::string cores = std::to_string(std::thread::hardware_concurrency());
  const auto distance = [&cosine](const std::string& configuration) {
    return config(configured(configuration) + cosine)->vectors.at("").distance;
  };
  EXPECT_EQ(distance(R"({"hnsw":{"num_threads":)" + cores + "}}"), model::Distance::kCosine);
  EXPECT_EQ(distance(function_only(kOther)), model::Distance::kCosine);
  EXPECT_EQ(distance(R"({"hnsw":{"num_threads":0}})"), model::Distance::kEuclid);
  EXPECT_EQ(distance(R"({"hnsw":{"ef_search":9}})"), model::Distance::kEuclid);
  EXPECT_EQ(distance(R"({"spann":{}})"), model::Distance::kEuclid);
}

TEST(LegacyMetadata, IsReadBeforeTheRulesOnEverythingElse) {
  const std::string bad = R"(,"metadata":{"hnsw:foo":1,"#a":1})";
  EXPECT_EQ(refusal_of(bad), kBadLegacy);
  EXPECT_EQ(refusal_of(bad + schema(R"("#x":{})")), kBadLegacy);
  EXPECT_EQ(refusal_of(bad + configured(kCosine)), kBadLegacy);
  EXPECT_EQ(refusal_of(R"(,"metadata":{"hnsw:foo":1})" + configured(R"({"spann":{}})")), "");
  EXPECT_EQ(refusal_of(bad + configured(R"({"hnsw":{},"spann":{}})") + schema(R"("#x":{})")),
            "Multiple vector index configurations provided");
  for (const char* name : {"sync_threshold", "batch_size"}) {
    const std::string begin = R"(,"metadata":{"hnsw:)" + std::string(name) + "\":";
    EXPECT_EQ(refusal_of(begin + "1}"), kBadLegacy) << name;
    EXPECT_EQ(refusal_of(begin + "2}"), "") << name;
  }
}

TEST(UpdateCollection, LeavesTheSourceKeysOfTheSchemaAlone) {
  const auto made = config(schema("", default_vectors(R"("source_key":"x")")));
  const auto body = read_update_collection(R"({"new_configuration":{"hnsw":{"ef_search":9}}})");
  ASSERT_TRUE(made.ok() && body.ok());
  const model::CollectionConfig updated = updated_config(*made, *body);
  const std::string defaults = json::to_text(*shown(updated, "schema").find("defaults"));
  EXPECT_NE(defaults.find(R"("space":"l2","source_key":"x","hnsw")"), std::string::npos) << defaults;
  const std::string keys = json::to_text(*shown(updated, "schema").find("keys"));
  EXPECT_NE(keys.find(R"("source_key":"#document")"), std::string::npos) << keys;
}

TEST(UpdateCollection, TellsTwoKindsOfIndexBeforeOtherMistakes) {
  const auto body = read_update_collection(
      R"({"new_metadata":{},"new_configuration":{"hnsw":{},"spann":{}}})");
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(check_update(*body).message(), "Multiple vector index configurations provided");
}

TEST(Configuration, KeepsAThreadCountOfZero) {
  const auto made = config(configured(R"({"hnsw":{"num_threads":0}})"));
  ASSERT_TRUE(made.ok());
  EXPECT_NE(json::to_text(shown(*made, "schema")).find(R"("num_threads":0)"), std::string::npos);
}

}  // namespace
}  // namespace alidade::faces::chroma_rest
