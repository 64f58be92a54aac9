#include <gtest/gtest.h>

#include "faces/chroma_rest/decode_collections.h"
#include "faces/chroma_rest/encode.h"
#include "faces/chroma_rest/errors.h"
#include "faces/chroma_rest/names.h"
#include "faces/chroma_rest/schema.h"

namespace alidade::faces::chroma_rest {
namespace {

namespace json = base::json;

Result<model::CollectionConfig> config(std::string_view text) {
  const auto body = read_create_collection(text);
  return body.ok() ? config_of(*body) : body.status();
}

std::string refusal(std::string_view text) { return config(text).status().message(); }

TEST(Names, FollowThePeersRules) {
  for (const char* good : {"abc", "a.b", "1.2.3", "999.1.1.1", "top+abc", "A_b-c.9"}) {
    EXPECT_TRUE(check_name(good).ok()) << good;
  }
  for (const char* bad : {"", "ab", "-abc", "abc_", "a b", "a..b", "10.0.0.7", "abc+b", "a+b+c"}) {
    EXPECT_FALSE(check_name(bad).ok()) << bad;
  }
  EXPECT_FALSE(check_name(std::string(513, 'a')).ok());
  EXPECT_FALSE(check_tenant_name("\xF0\x9F\x98\x80\xF0\x9F\x98\x80").ok());
  EXPECT_TRUE(check_tenant_name("äöü").ok());
}

TEST(CreateCollection, MapsSpaceAndGraphToTheEngine) {
  const auto made = config(
      R"({"name":"abc","configuration":{"hnsw":{"space":"ip","ef_construction":60,"ef_search":70,
          "max_neighbors":8}}})");
  ASSERT_TRUE(made.ok());
  EXPECT_TRUE(made->automatic_indexes);
  ASSERT_EQ(made->vectors.size(), 1u);
  EXPECT_EQ(made->vectors.at("").distance, model::Distance::kDot);
  EXPECT_EQ(made->vectors.at("").size, 0u);
  EXPECT_EQ(made->hnsw.m, 8u);
  EXPECT_EQ(made->hnsw.ef_construct, 60u);
  EXPECT_EQ(made->hnsw.ef_search, 70u);
  EXPECT_EQ(json::to_text(*made->chroma_echo.find("configuration_json")),
            R"({"hnsw":{"space":"ip","ef_construction":60,"ef_search":70,"max_neighbors":8,)"
            R"("resize_factor":1.2,"sync_threshold":1000},"spann":null,"embedding_function":null})");
}

TEST(CreateCollection, TakesLegacyMetadataUnlessConfigured) {
  EXPECT_EQ(config(R"({"name":"abc","metadata":{"hnsw:space":"cosine"}})")->vectors.at("").distance,
            model::Distance::kCosine);
  EXPECT_EQ(config(R"({"name":"abc","metadata":{"hnsw:space":"cosine"},
                       "configuration":{"hnsw":{"ef_search":20}}})")
                ->vectors.at("")
                .distance,
            model::Distance::kEuclid);
  EXPECT_EQ(refusal(R"({"name":"abc","metadata":{"hnsw:foo":1}})"),
            "Failed to parse hnsw parameters from segment metadata");
  EXPECT_EQ(refusal(R"({"name":"abc","metadata":{"hnsw:M":-2}})"),
            "Failed to parse hnsw parameters from segment metadata");
}

TEST(CreateCollection, RefusesBrokenRules) {
  EXPECT_EQ(refusal(R"({"name":"abc","metadata":{}})"),
            "Validation error: metadata: Metadata cannot be empty");
  EXPECT_EQ(refusal(R"({"name":"abc","metadata":{"#x":1}})"),
            "Validation error: metadata: Metadata key cannot start with '#' or '$': #x");
  EXPECT_EQ(refusal(R"({"name":"abc","configuration":{"hnsw":{},"spann":{}}})"),
            "Multiple vector index configurations provided");
  EXPECT_EQ(refusal(R"({"name":"abc","schema":{"defaults":{},"keys":{"v":{"float_list":
                        {"vector_index":{"enabled":true,"config":{}}}}}}})"),
            "Validation error: schema: Vector index can only be enabled on #embedding field: v");
  EXPECT_EQ(refusal(R"({"name":"abc","configuration":{"hnsw":{"space":"cosine"}},
                        "schema":{"defaults":{},"keys":{"a":{"int":
                        {"int_inverted_index":{"enabled":false,"config":{}}}}}}})"),
            "Failed to reconcile schema: Cannot set both collection config and schema "
            "simultaneously");
}

TEST(CreateCollection, ReadsTheIndexFromTheSchema) {
  const auto made = config(
      R"({"name":"abc","schema":{"defaults":{},"keys":{"#embedding":{"float_list":{"vector_index":
          {"enabled":true,"config":{"space":"cosine","hnsw":{"ef_search":40}}}}}}}})");
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->vectors.at("").distance, model::Distance::kCosine);
  EXPECT_EQ(made->hnsw.ef_search, 40u);
}

TEST(UpdateCollection, ReplacesMetadataAndPatchesTheIndex) {
  const auto made = config(R"({"name":"abc","metadata":{"a":1}})");
  const auto body = read_update_collection(
      R"({"new_metadata":{"b":2,"c":null},"new_configuration":{"hnsw":{"ef_search":44}}})");
  ASSERT_TRUE(made.ok() && body.ok());
  ASSERT_TRUE(check_update(*body).ok());
  const model::CollectionConfig updated = updated_config(*made, *body);
  EXPECT_EQ(json::to_text(*updated.chroma_echo.find("metadata")), R"({"b":2})");
  EXPECT_EQ(updated.hnsw.ef_search, 44u);
  EXPECT_EQ(settings_of_schema(*updated.chroma_echo.find("schema")).ef_search, 44u);
}

TEST(EncodeCollection, AddsTheKeysThatWereSeen) {
  model::CollectionInfo info;
  info.description.name = "abc";
  info.description.config = *config(R"({"name":"abc"})");
  info.description.config.vectors.at("").size = 3;
  info.seen_keys = {{"year", model::SeenKinds::kInt | model::SeenKinds::kString},
                    {"chroma:document", model::SeenKinds::kString}};
  std::string out;
  encode_collection(info, out);
  const auto shown = json::parse(out);
  ASSERT_TRUE(shown.ok());
  EXPECT_EQ(shown->find("dimension")->as_int(), 3);
  const json::Value& keys = *shown->find("schema")->find("keys");
  EXPECT_EQ(json::to_text(*keys.find("year")),
            R"({"string":{"fts_index":{"enabled":false,"config":{}},)"
            R"("string_inverted_index":{"enabled":true,"config":{}}},)"
            R"("int":{"int_inverted_index":{"enabled":true,"config":{}}}})");
  EXPECT_EQ(keys.find("chroma:document"), nullptr);
}

TEST(EncodeCollection, MakesUpWhatAnotherDialectDidNotSay) {
  model::CollectionInfo info;
  info.description.config.vectors[""] = {4, model::Distance::kDot, std::nullopt};
  std::string out;
  encode_collection(info, out);
  const auto shown = json::parse(out);
  ASSERT_TRUE(shown.ok());
  EXPECT_EQ(shown->find("configuration_json")->find("hnsw")->find("space")->as_string(), "ip");
  EXPECT_TRUE(shown->find("metadata")->is_null());
}

// Error texts are contract. -----------------------------------------------------------------------

struct Golden {
  Status status;
  Scene scene;
  int http_status;
  const char* body;
};

TEST(Errors, AreWordedAsThePeerDoes) {
  const auto missing = [](ErrorKind kind, std::string name) {
    return Status(StatusCode::kNotFound, "missing", kind, {std::move(name)});
  };
  const Golden goldens[] = {
      {missing(ErrorKind::kCollectionNotFound, "x"), Scene::kCollection, 404,
       R"({"error":"NotFoundError","message":"Collection [x] does not exist"})"},
      {missing(ErrorKind::kCollectionNotFound, "x"), Scene::kRecords, 404,
       R"({"error":"NotFoundError","message":"Collection [x] does not exist."})"},
      {missing(ErrorKind::kDatabaseNotFound, "db"), Scene::kGetDatabase, 404,
       R"({"error":"NotFoundError","message":"Database [db] not found. Are you sure it exists?"})"},
      {missing(ErrorKind::kDatabaseNotFound, "db"), Scene::kGeneral, 404,
       R"({"error":"NotFoundError","message":"Database [db] not found"})"},
      {missing(ErrorKind::kDatabaseNotFound, "db"), Scene::kCreateCollection, 400,
       R"({"error":"InvalidArgumentError","message":"Database [db] does not exist"})"},
      {missing(ErrorKind::kTenantNotFound, "t"), Scene::kGeneral, 404,
       R"({"error":"NotFoundError","message":"Tenant [t] not found"})"},
      {Status(StatusCode::kAlreadyExists, "x", ErrorKind::kCollectionExists, {"x"}),
       Scene::kCreateCollection, 409,
       R"({"error":"ChromaError","message":"Collection [x] already exists"})"},
      {Status(StatusCode::kInvalidArgument, "x", ErrorKind::kDimensionMismatch, {"3", "2", ""}),
       Scene::kRecords, 400,
       R"({"error":"InvalidArgumentError","message":"Collection expecting embedding with dimension of 3, got 2"})"},
      {missing(ErrorKind::kPointNotFound, "a"), Scene::kQuery, 500,
       R"({"error":"InternalError","message":"Error executing plan: Internal error: Error finding id"})"},
      {Status(StatusCode::kUnauthenticated, "no key"), Scene::kGeneral, 401,
       R"({"error":"AuthError","message":"no key"})"},
      {Status(StatusCode::kUnprocessable, "shape"), Scene::kGeneral, 422,
       R"({"error":"ChromaError","message":"shape"})"},
  };
  for (const Golden& golden : goldens) {
    const net::HttpResponse response = error_answer(golden.status, golden.scene);
    EXPECT_EQ(response.status, golden.http_status);
    EXPECT_EQ(response.body, golden.body);
    ASSERT_EQ(response.headers.size(), 1u);
    EXPECT_EQ(response.headers[0].first, "chroma-trace-id");
    EXPECT_EQ(response.headers[0].second, std::string(32, '0'));
  }
}

}  // namespace
}  // namespace alidade::faces::chroma_rest
