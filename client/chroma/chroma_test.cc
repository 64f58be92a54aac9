// The Chroma client against a stub: what it sends, what it makes of answers, and what it refuses.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <future>
#include <limits>
#include <thread>

#include "alidade/chroma.h"
#include "alidade/chroma/throwing.h"
#include "chroma/codec.h"
#include "testing/stub_server.h"

namespace alidade::chroma {
namespace {

using client::testing::StubServer;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kIdentity = R"({"user_id":"","tenant":"t 1","databases":["d/1"]})";
constexpr std::string_view kModel =
    R"({"id":"5f3e","name":"books","tenant":"t 1","database":"d/1","version":3,"log_position":7,"dimension":2,)"
    R"("metadata":{"a":1,"b":1.0,"c":"x","d":true,"e":[1,2],"f":["p"],"g":[0.5,1],"h":[true],"i":[],)"
    R"("j":{"#type":"sparse_vector","indices":[1,5],"values":[0.5,1]}},"schema":{"defaults":{},"keys":{}},)"
    R"("configuration_json":{"hnsw":{"space":"l2","ef_search":100},"spann":null,"embedding_function":null}})";

class ChromaTest : public ::testing::Test {
 protected:
  ClientOptions options() const {
    ClientOptions options;
    options.endpoint = server_.url();
    options.tenant = "t 1";
    options.database = "d/1";
    options.connection.proxy = "none";
    options.embedding_encoding = EmbeddingEncoding::kJson;
    options.retry.min_delay = options.retry.max_delay = milliseconds(1);
    return options;
  }
  Client client() const { return Client::make(options()).value(); }
  Collection collection() {
    server_.push(StubServer::answer(200, kModel));
    return client().get_collection("books").value();
  }
  StubServer::Request last() const { return server_.requests().back(); }

  StubServer server_;
};

TEST_F(ChromaTest, ReadsACollection) {
  const Collection collection = this->collection();
  EXPECT_EQ(last().method, "GET");
  EXPECT_EQ(last().target, "/api/v2/tenants/t%201/databases/d%2F1/collections/books");
  EXPECT_THAT(last().header("user-agent"), HasSubstr("Chroma C++ Client v"));
  EXPECT_EQ(collection.id(), "5f3e");
  EXPECT_EQ(collection.name(), "books");
  EXPECT_EQ(collection.version(), 3);
  EXPECT_EQ(collection.log_position(), 7);
  EXPECT_EQ(collection.dimension(), 2);
  EXPECT_TRUE(collection.schema());
  EXPECT_EQ(*collection.configuration().find("hnsw")->find("space")->if_string(), "l2");
  const Metadata& metadata = *collection.metadata();
  EXPECT_EQ(metadata.at("a"), MetadataValue(1));
  EXPECT_EQ(metadata.at("b"), MetadataValue(1.0));
  EXPECT_NE(metadata.at("b"), MetadataValue(1));
  EXPECT_EQ(metadata.at("c"), MetadataValue("x"));
  EXPECT_EQ(metadata.at("d"), MetadataValue(true));
  EXPECT_EQ(metadata.at("e"), MetadataValue(MetadataValue::Ints{1, 2}));
  EXPECT_EQ(metadata.at("f"), MetadataValue(MetadataValue::Strings{"p"}));
  EXPECT_EQ(metadata.at("g"), MetadataValue(MetadataValue::Doubles{0.5, 1}));
  EXPECT_EQ(metadata.at("h"), MetadataValue(MetadataValue::Bools{true}));
  EXPECT_EQ(metadata.at("i"), MetadataValue(MetadataValue::Bools{}));
  EXPECT_EQ(metadata.at("j"), MetadataValue(SparseVector{{1, 5}, {0.5F, 1}, {}}));
}

TEST_F(ChromaTest, CreatesCollections) {
  server_.set_handler([](const auto&) { return StubServer::answer(200, kModel); });
  NewCollection what;
  what.metadata = Metadata{{"k", "v"}, {"n", 1}};
  what.configuration = CollectionConfiguration{.hnsw = HnswOptions{.space = Space::kCosine, .ef_search = 50},
                                               .embedding_function = EmbeddingFunctionConfig{"default"}};
  ASSERT_TRUE(client().create_collection("books", what));
  EXPECT_EQ(last().method, "POST");
  EXPECT_EQ(last().body,
            R"({"name":"books","configuration":{"hnsw":{"space":"cosine","ef_search":50},"embedding_function":)"
            R"({"type":"known","name":"default","config":{}}},"metadata":{"k":"v","n":1},"get_or_create":false})");
  NewCollection with_schema;
  with_schema.schema = Schema()
                           .create_vector_index({.space = Space::kInnerProduct})
                           .delete_index(MetadataIndex::kString, "url")
                           .delete_index(MetadataIndex::kInt)
                           .create_sparse_vector_index("words", {.bm25 = true})
                           .delete_text_index()
                           .with_cmek("projects/x");
  ASSERT_TRUE(client().get_or_create_collection("books", with_schema));
  EXPECT_EQ(
      last().body,
      R"({"name":"books","schema":{"defaults":{"int":{"int_inverted_index":{"enabled":false,"config":{}}}},"keys":{)"
      R"("#embedding":{"float_list":{"vector_index":{"enabled":true,"config":{"space":"ip"}}}},)"
      R"("url":{"string":{"string_inverted_index":{"enabled":false,"config":{}}}},)"
      R"("words":{"sparse_vector":{"sparse_vector_index":{"enabled":true,"config":{"bm25":true}}}},)"
      R"("#document":{"string":{"fts_index":{"enabled":false,"config":{}}}}},"cmek":{"gcp":"projects/x"}},)"
      R"("get_or_create":true})");
}

TEST_F(ChromaTest, WritesRecords) {
  const Collection books = collection();
  Records records;
  records.ids = {"a", "b"};
  records.embeddings = {{1, 2.5F}, {3, 4}};
  records.documents = {"text", std::nullopt};
  records.uris = {std::nullopt, "u"};
  records.metadatas = {Metadata{{"n", 1}, {"x", 1.0}, {"tags", MetadataValue::Strings{"p", "q"}},
                                {"s", SparseVector{{2}, {0.5F}, {"w"}}}},
                       std::nullopt};
  server_.push(StubServer::answer(201, "{}"));
  ASSERT_TRUE(books.add(records));
  EXPECT_EQ(last().target, "/api/v2/tenants/t%201/databases/d%2F1/collections/5f3e/add");
  EXPECT_EQ(last().body,
            R"({"ids":["a","b"],"embeddings":[[1,2.5],[3,4]],"documents":["text",null],"uris":[null,"u"],"metadatas":[)"
            R"({"n":1,"s":{"#type":"sparse_vector","indices":[2],"values":[0.5],"tokens":["w"]},"tags":["p","q"],)"
            R"("x":1.0},null]})");
  Records change;
  change.ids = {"a", "b"};
  change.embeddings = Embeddings::OptionalRows{std::vector<float>{1, 2}, std::nullopt};
  change.metadatas = {Metadata{{"gone", nullptr}}, std::nullopt};
  ASSERT_TRUE(books.update(change));
  EXPECT_EQ(last().body, R"({"ids":["a","b"],"embeddings":[[1,2],null],"metadatas":[{"gone":null},null]})");
  EXPECT_THAT(last().target, ::testing::EndsWith("/update"));
  ASSERT_TRUE(books.update({.ids = {"a"}, .documents = {"d"}}));
  EXPECT_EQ(last().body, R"({"ids":["a"],"documents":["d"]})");
  const std::vector<float> matrix = {1, 2, 3, 4};
  ASSERT_TRUE(books.upsert({.ids = {"a", "b"}, .embeddings = Embeddings::borrow(matrix, 2)}));
  EXPECT_EQ(last().body, R"({"ids":["a","b"],"embeddings":[[1,2],[3,4]]})");
  EXPECT_THAT(last().target, ::testing::EndsWith("/upsert"));
}

TEST_F(ChromaTest, RefusesWhatDoesNotFitTogether) {
  const Collection books = collection();
  const std::size_t before = server_.requests().size();
  const auto message = [&](Records records) {
    const auto result = books.add(records);
    EXPECT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::kInvalidArgument);
    EXPECT_EQ(result.error().attempts, 0);
    return result.error().message;
  };
  EXPECT_THAT(message({{"a", "b"}, {{1.0F}}, {}, {}, {}}), HasSubstr("1 embeddings for 2 ids"));
  EXPECT_THAT(message({{"a"}, {}, {}, {}, {}}), HasSubstr("0 embeddings for 1 ids"));
  EXPECT_THAT(message({{"a", "b"}, {{1, 2}, {1}}, {}, {}, {}}), HasSubstr("embedding 1 has 1 values"));
  EXPECT_THAT(message({{"a"}, {{1, NAN}}, {}, {}, {}}), HasSubstr("not finite"));
  EXPECT_THAT(message({{"a"}, {{std::numeric_limits<float>::infinity()}}, {}, {}, {}}), HasSubstr("not finite"));
  EXPECT_THAT(message({{"a"}, {{1}}, {"x", "y"}, {}, {}}), HasSubstr("2 documents"));
  EXPECT_THAT(message({{"a"}, {{1}}, {}, {"x", "y"}, {}}), HasSubstr("2 uris"));
  EXPECT_THAT(message({{"a"}, {{1}}, {}, {}, {Metadata{}, Metadata{}}}), HasSubstr("2 metadatas"));
  EXPECT_THAT(message({{"a"}, {{1}}, {}, {}, {Metadata{{"x", NAN}}}}), HasSubstr("not finite"));
  EXPECT_THAT(message({{"a"}, {{1}}, {}, {}, {Metadata{{"x", SparseVector{{1}, {}, {}}}}}}), HasSubstr("sparse"));
  EXPECT_THAT(message({{"a"}, Embeddings::OptionalRows{std::nullopt}, {}, {}, {}}), HasSubstr("missing"));
  EXPECT_EQ(server_.requests().size(), before);
}

TEST_F(ChromaTest, Base64WhenTheServerReadsIt) {
  auto with = options();
  with.embedding_encoding = EmbeddingEncoding::kAuto;
  server_.push(StubServer::answer(200, kModel));
  const Collection books = Client::make(with).value().get_collection("books").value();
  const Records records{{"a"}, {{1.0F}}, {}, {}, {}};
  server_.push(StubServer::answer(200, R"({"max_batch_size":100,"supports_base64_encoding":true})"));
  ASSERT_TRUE(books.add(records));
  EXPECT_EQ(last().body, R"({"ids":["a"],"embeddings":["AACAPw=="]})");
  ASSERT_TRUE(books.add(records));
  EXPECT_EQ(server_.requests().size(), 4u) << "the server is asked once";
  ASSERT_TRUE(books.update({{"a", "b"}, Embeddings::OptionalRows{std::nullopt, std::vector<float>{1.0F}}, {}, {}, {}}));
  EXPECT_EQ(last().body, R"({"ids":["a","b"],"embeddings":[null,"AACAPw=="]})");
  // Queries are never read in base64.
  server_.push(StubServer::answer(200, R"({"ids":[[]],"include":[]})"));
  ASSERT_TRUE(books.query({.embeddings = {{1.0F}}}));
  EXPECT_EQ(last().body, R"({"query_embeddings":[[1]],"n_results":10})");
}

TEST_F(ChromaTest, ListsWhenTheServerKnowsNoBase64) {
  auto with = options();
  with.embedding_encoding = EmbeddingEncoding::kAuto;
  server_.push(StubServer::answer(200, kModel));
  const Collection books = Client::make(with).value().get_collection("books").value();
  server_.push(StubServer::answer(404, ""));
  ASSERT_TRUE(books.add({{"a"}, {{1.0F}}, {}, {}, {}}));
  EXPECT_EQ(last().body, R"({"ids":["a"],"embeddings":[[1]]})");
  ASSERT_TRUE(books.add({{"a"}, {{1.0F}}, {}, {}, {}}));
  EXPECT_EQ(server_.requests().size(), 4u);
}

TEST_F(ChromaTest, GetsRecords) {
  const Collection books = collection();
  server_.push(StubServer::answer(200, R"({"ids":["a","b"],"embeddings":[[1,2],[0.5,-1e-7]],"documents":["x",null],)"
                                       R"("uris":null,"metadatas":[{"n":1},null],"include":["documents","future"]})"));
  GetRequest request;
  request.ids = {"a", "b"};
  request.where = Key("n") >= 1 && Key("kind") != "book" && Key("x").is_in({1, 2});
  request.where_document = WhereDocument::contains("red") || WhereDocument::regex("a+");
  request.limit = 5;
  request.offset = 1;
  request.include = {Include::kDocuments, Include::kEmbeddings};
  const auto found = books.get(request);
  ASSERT_TRUE(found) << found.error().to_text();
  EXPECT_EQ(last().body,
            R"({"ids":["a","b"],"where":{"$and":[{"n":{"$gte":1}},{"kind":{"$ne":"book"}},{"x":{"$in":[1,2]}}]},)"
            R"("where_document":{"$or":[{"$contains":"red"},{"$regex":"a+"}]},"limit":5,"offset":1,)"
            R"("include":["documents","embeddings"]})");
  EXPECT_THAT(found->ids, ElementsAre("a", "b"));
  EXPECT_EQ((*found->embeddings)[1][1], -1e-7F);
  EXPECT_EQ((*found->documents)[1], std::nullopt);
  EXPECT_FALSE(found->uris);
  EXPECT_EQ((*found->metadatas)[0]->at("n"), MetadataValue(1));
  EXPECT_THAT(found->include, ElementsAre(Include::kDocuments));
  server_.push(StubServer::answer(200, R"({"ids":[]})"));
  ASSERT_TRUE(books.get());
  EXPECT_EQ(last().body, "{}");
}

TEST_F(ChromaTest, QueriesRecords) {
  const Collection books = collection();
  server_.push(StubServer::answer(
      200, R"({"ids":[["a"],[]],"embeddings":null,"documents":[["x"],[]],"uris":null,"metadatas":[[null],[]],)"
           R"("distances":[[0.25],[]],"include":["distances"]})"));
  const auto found = books.query({.embeddings = {{1, 2}, {3, 4}}, .n_results = 3, .ids = {{"a"}}});
  ASSERT_TRUE(found) << found.error().to_text();
  EXPECT_EQ(last().body, R"({"query_embeddings":[[1,2],[3,4]],"n_results":3,"ids":["a"]})");
  EXPECT_EQ((*found->distances)[0][0], 0.25F);
  EXPECT_TRUE(found->ids[1].empty());
  EXPECT_FALSE(books.query({.embeddings = {{1, NAN}}}));
}

TEST_F(ChromaTest, SearchesAreBuiltFromExpressions) {
  const Collection books = collection();
  const std::vector<float> vector = {1, 0};
  const RankExpr dense = knn(vector, {.key = Key::embedding(), .limit = 5, .otherwise = {}, .return_rank = true});
  const RankExpr sparse = knn(SparseVector{{1}, {2}, {}}, {.key = Key("words"), .limit = 16, .otherwise = 9.0F});
  const Search search = Search()
                            .filter(Key("a") == 1)
                            .rank(dense * 2 + sparse - 1)
                            .group_by_min({Key("kind")}, {Key::score()}, 2)
                            .limit(3, 1)
                            .select({Key::document(), Key("a")});
  server_.push(StubServer::answer(501, R"({"error":"ChromaError","message":"Not implemented"})",
                                  {{"chroma-trace-id", "0abc"}}));
  const auto found = books.search({search});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::kUnimplemented);
  EXPECT_EQ(found.error().to_text(),
            "not implemented by the server (501 ChromaError): Not implemented [request 0abc]");
  EXPECT_EQ(
      last().body,
      R"({"searches":[{"filter":{"a":{"$eq":1}},"rank":{"$sub":{"left":{"$sum":[{"$mul":[{"$knn":{"query":[1.0,0.0],)"
      R"("key":"#embedding","limit":5,"default":null,"return_rank":true}},{"$val":2.0}]},{"$knn":{"query":)"
      R"({"#type":"sparse_vector","indices":[1],"values":[2.0]},"key":"words","limit":16,"default":9.0,)"
      R"("return_rank":false}}]},"right":{"$val":1.0}}},"group_by":{"keys":["kind"],"aggregate":{"$min_k":)"
      R"({"keys":["#score"],"k":2}}},"limit":{"offset":1,"limit":3},"select":{"keys":["#document","a"]}}],)"
      R"("read_level":"index_and_wal"})");
  server_.push(StubServer::answer(200, R"({"ids":[["a"]],"documents":[["x"]],"embeddings":[null],"metadatas":[null],)"
                                       R"("scores":[[0.5]],"select":[["#document"]]})"));
  const auto good = books.search_with_options({search}, ReadLevel::kIndexOnly);
  ASSERT_TRUE(good) << good.error().to_text();
  EXPECT_EQ((*good->scores[0])[0], 0.5F);
  EXPECT_FALSE(good->embeddings[0]);
  const RankExpr fused = rrf({dense, sparse}, 60, {2, 1}, true);
  EXPECT_THAT(fused.to_json().to_text(), ::testing::StartsWith(R"({"$mul":[{"$val":-1.0},{"$sum":[{"$div":{"left":)"));
  EXPECT_EQ(RankExpr(1).abs().exp().log().max(2).min(3).to_json().to_text(),
            R"({"$min":[{"$max":[{"$log":{"$exp":{"$abs":{"$val":1.0}}}},{"$val":2.0}]},{"$val":3.0}]})");
}

TEST_F(ChromaTest, FiltersOfEveryKind) {
  const auto text = [](const Where& where) { return where.to_json().to_text(); };
  EXPECT_EQ(text(Key("a") == "x"), R"({"a":{"$eq":"x"}})");
  EXPECT_EQ(text(Key("a") == true), R"({"a":{"$eq":true}})");
  EXPECT_EQ(text(Key("a") < 1.5), R"({"a":{"$lt":1.5}})");
  EXPECT_EQ(text(Key("a") <= 1), R"({"a":{"$lte":1}})");
  EXPECT_EQ(text(Key("a") > 1), R"({"a":{"$gt":1}})");
  EXPECT_EQ(text(Key("a").not_in({"x", "y"})), R"({"a":{"$nin":["x","y"]}})");
  EXPECT_EQ(text(Key("a").contains("x")), R"({"a":{"$contains":"x"}})");
  EXPECT_EQ(text(Key("a").not_contains(2)), R"({"a":{"$not_contains":2}})");
  EXPECT_EQ(text(Key::document().regex("x")), R"({"#document":{"$regex":"x"}})");
  EXPECT_EQ(text(Key::document().not_regex("x")), R"({"#document":{"$not_regex":"x"}})");
  EXPECT_EQ(text((Key("a") == 1 || Key("b") == 2) && Key("c") == 3),
            R"({"$and":[{"$or":[{"a":{"$eq":1}},{"b":{"$eq":2}}]},{"c":{"$eq":3}}]})");
  EXPECT_EQ(text(Where::all({})), R"({"$and":[]})");
  EXPECT_EQ(text(Where::any({Key("a") == 1})), R"({"$or":[{"a":{"$eq":1}}]})");
  // A key may have any name, also an operator's.
  EXPECT_EQ(text(Key("$and") == 1 && Key("b") == 2), R"({"$and":[{"$and":{"$eq":1}},{"b":{"$eq":2}}]})");
  EXPECT_EQ((WhereDocument::not_contains("a") && WhereDocument::not_regex("b")).to_json().to_text(),
            R"({"$and":[{"$not_contains":"a"},{"$not_regex":"b"}]})");
}

TEST_F(ChromaTest, CountsDeletesAndModifies) {
  Collection books = collection();
  server_.push(StubServer::answer(200, "42"));
  EXPECT_EQ(books.count().value(), 42u);
  EXPECT_THAT(last().target, ::testing::EndsWith("/5f3e/count?read_level=index_and_wal"));
  server_.push(StubServer::answer(200, "41"));
  EXPECT_EQ(books.count_with_options(ReadLevel::kIndexOnly).value(), 41u);
  EXPECT_THAT(last().target, ::testing::EndsWith("read_level=index_only"));
  server_.push(StubServer::answer(200, R"({"deleted":3})"));
  EXPECT_EQ(books.remove({.where = Key("a") == 1, .limit = 3}).value(), 3u);
  EXPECT_EQ(last().body, R"({"where":{"a":{"$eq":1}},"limit":3})");

  const Collection other = books;
  Modification change;
  change.name = "novels";
  change.metadata = Metadata{{"k", "v"}, {"gone", nullptr}};
  change.configuration = CollectionConfiguration{.hnsw = HnswOptions{.ef_search = 7}};
  ASSERT_TRUE(books.modify(change));
  EXPECT_EQ(last().method, "PUT");
  EXPECT_EQ(last().body, R"({"new_name":"novels","new_metadata":{"gone":null,"k":"v"},)"
                         R"("new_configuration":{"hnsw":{"ef_search":7}}})");
  EXPECT_EQ(books.name(), "novels");
  EXPECT_EQ(books.metadata()->size(), 1u);
  EXPECT_EQ(books.configuration().find("hnsw")->to_text(), R"({"space":"l2","ef_search":7})");
  EXPECT_EQ(other.name(), "books");
  server_.push(StubServer::answer(409, R"({"error":"ChromaError","message":"taken"})"));
  EXPECT_EQ(books.modify({.name = "other"}).error().kind, ErrorKind::kAlreadyExists);
  EXPECT_EQ(books.name(), "novels");
}

TEST_F(ChromaTest, TenantAndDatabaseAreAskedForOnce) {
  auto with = options();
  with.tenant = with.database = std::nullopt;
  const Client client = Client::make(with).value();
  EXPECT_TRUE(server_.requests().empty());
  server_.set_handler([](const StubServer::Request& request) {
    return request.target == "/api/v2/auth/identity"
               ? StubServer::slow(StubServer::answer(200, kIdentity), milliseconds(20))
               : StubServer::answer(200, "3");
  });
  std::vector<std::future<Result<std::uint64_t>>> counts;
  for (int i = 0; i < 8; ++i) counts.push_back(client.run_async([](const Client& c) { return c.count_collections(); }));
  for (auto& count : counts) EXPECT_EQ(count.get().value(), 3u);
  int asked = 0;
  for (const auto& request : server_.requests()) asked += request.target == "/api/v2/auth/identity";
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(last().target, "/api/v2/tenants/t%201/databases/d%2F1/collections_count");
  EXPECT_EQ(client.get_database_name().value(), "d/1");
}

TEST_F(ChromaTest, SeveralDatabasesOrNoneAreAnError) {
  auto with = options();
  with.tenant = with.database = std::nullopt;
  Client client = Client::make(with).value();
  server_.push(StubServer::answer(200, R"({"user_id":"u","tenant":"t","databases":["a","b"]})"));
  const auto name = client.get_database_name();
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().kind, ErrorKind::kUnresolved);
  server_.push(StubServer::answer(200, R"({"user_id":"u","tenant":"t","databases":[]})"));
  EXPECT_THAT(client.get_database_name().error().message, HasSubstr("no database"));
  // The refusal of the question is the refusal of the call.
  server_.push(StubServer::answer(401, R"({"error":"AuthError","message":"who are you"})"));
  EXPECT_EQ(client.count_collections().error().kind, ErrorKind::kUnauthenticated);
  client.set_database_name("b");
  EXPECT_EQ(client.get_database_name().value(), "b");
  EXPECT_EQ(client.get_tenant_id().value(), "t");
}

TEST_F(ChromaTest, CopiesHaveATenantAndADatabaseOfTheirOwn) {
  Client first = client();
  Client second = first;
  second.set_database_name("other");
  second.set_tenant_id("else");
  EXPECT_EQ(first.get_database_name().value(), "d/1");
  EXPECT_EQ(second.get_database_name().value(), "other");
  EXPECT_EQ(second.get_tenant_id().value(), "else");
  server_.set_handler([](const auto&) { return StubServer::answer(200, "1"); });
  ASSERT_TRUE(first.count_collections());
  ASSERT_TRUE(second.count_collections());
  EXPECT_EQ(server_.connections(), 1) << "copies share the connections";
}

TEST_F(ChromaTest, EveryWayToSayWhoOneIs) {
  const auto sent = [&](Auth auth, const std::string& header) {
    auto with = options();
    with.auth = std::move(auth);
    EXPECT_TRUE(Client::make(with).value().reset());
    return last().header(header);
  };
  EXPECT_EQ(sent(Auth::none(), "authorization"), "");
  EXPECT_EQ(sent(Auth::basic("u", "p"), "authorization"), "Basic dTpw");
  EXPECT_EQ(sent(Auth::bearer("tok"), "authorization"), "Bearer tok");
  EXPECT_EQ(sent(Auth::chroma_token("tok"), "x-chroma-token"), "tok");
  EXPECT_EQ(sent(Auth::header("X-Own", "v"), "x-own"), "v");
  const auto scoped = client().with_scope({.auth = Auth::bearer("two"), .tenant = "t2", .database = {}}).value();
  EXPECT_EQ(scoped.get_tenant_id().value(), "t2");
  ASSERT_TRUE(scoped.reset());
  EXPECT_EQ(last().header("authorization"), "Bearer two");
  auto with_user = options();
  with_user.endpoint.insert(with_user.endpoint.find("//") + 2, "u:pass@");
  ASSERT_TRUE(Client::make(with_user).value().with_scope({.auth = Auth::chroma_token("tok")}).value().reset());
  EXPECT_EQ(last().header("authorization"), "");
}

TEST_F(ChromaTest, ServiceCalls) {
  const Client client = this->client();
  server_.push(StubServer::answer(200, R"({"nanosecond heartbeat":1764547200000000000})"));
  EXPECT_EQ(client.heartbeat().value(), 1764547200000000000u);
  server_.push(StubServer::answer(200, "\"1.0.0\""));
  EXPECT_EQ(client.version().value(), "1.0.0");
  server_.push(StubServer::answer(200, R"({"is_executor_ready":true,"is_log_client_ready":true})"));
  EXPECT_TRUE(client.healthcheck().value().is_executor_ready);
  server_.push(StubServer::answer(403, R"({"error":"ChromaError","message":"Reset is disabled by config"})"));
  EXPECT_EQ(client.reset().error().kind, ErrorKind::kPermissionDenied);
  ASSERT_TRUE(client.create_tenant("abc"));
  EXPECT_EQ(last().body, R"({"name":"abc"})");
  server_.push(StubServer::answer(200, R"({"name":"abc","resource_name":null})"));
  EXPECT_EQ(client.get_tenant("abc").value().name, "abc");
  ASSERT_TRUE(client.update_tenant("abc", "r"));
  EXPECT_EQ(last().method, "PATCH");
  ASSERT_TRUE(client.create_database("db1"));
  EXPECT_EQ(last().target, "/api/v2/tenants/t%201/databases");
  server_.push(StubServer::answer(200, R"([{"id":"1","name":"db1","tenant":"t 1"}])"));
  EXPECT_EQ(client.list_databases(5, 0).value().at(0).name, "db1");
  EXPECT_THAT(last().target, ::testing::EndsWith("?limit=5&offset=0"));
  ASSERT_TRUE(client.delete_database("db1"));
  EXPECT_EQ(last().method, "DELETE");
  server_.push(StubServer::answer(200, "[" + std::string(kModel) + "," + std::string(kModel) + "]"));
  EXPECT_EQ(client.list_collections(2).value().size(), 2u);
  EXPECT_THAT(last().target, ::testing::EndsWith("/collections?limit=2"));
  ASSERT_TRUE(client.delete_collection("a b"));
  EXPECT_THAT(last().target, ::testing::EndsWith("/collections/a%20b"));
}

TEST_F(ChromaTest, WrongAnswersAreErrorsOfTheirOwn) {
  const Collection books = collection();
  for (const std::string body :
       {"", "nonsense", "[]", "{}", R"({"ids":1})", R"({"ids":["a"],"documents":[]})", R"({"ids":["a"],"embeddings":["x"]})",
        R"({"ids":["a"],"metadatas":[{"x":{"indices":"no"}}]})", R"({"ids":["a"],"metadatas":[{"x":[1,"a"]}]})"}) {
    server_.push(StubServer::answer(200, body));
    const auto found = books.get();
    ASSERT_FALSE(found) << body;
    EXPECT_EQ(found.error().kind, ErrorKind::kBadAnswer);
  }
  server_.push(StubServer::answer(200, "-1"));
  EXPECT_EQ(books.count().error().kind, ErrorKind::kBadAnswer);
  server_.push(StubServer::answer(200, R"({"ids":[["a"]],"distances":[[1,2]]})"));
  EXPECT_EQ(books.query({.embeddings = {{1}}}).error().kind, ErrorKind::kBadAnswer);
}

TEST_F(ChromaTest, RefusalsOfEveryForm) {
  const auto refused = [&](int status, std::string_view body) {
    server_.push(StubServer::answer(status, body));
    auto result = client().create_tenant("abc");
    EXPECT_FALSE(result);
    return result.error();
  };
  const Error error = refused(404, R"({"error":"NotFoundError","message":"Collection [a] does not exist"})");
  EXPECT_EQ(error.kind, ErrorKind::kNotFound);
  EXPECT_EQ(error.name, "NotFoundError");
  EXPECT_EQ(error.message, "Collection [a] does not exist");
  EXPECT_EQ(refused(413, "Payload too large").message, "an answer that is none of Chroma's: Payload too large");
  EXPECT_EQ(refused(422, R"({"detail":[{"msg":"x"}]})").message, R"([{"msg":"x"}])");
  EXPECT_EQ(refused(500, R"j({"error":"ValueError('x')"})j").name, "ValueError('x')");
  EXPECT_THAT(refused(500, R"({"error":"","message":""})").message, HasSubstr("none of Chroma's"));
  EXPECT_EQ(refused(405, "").message, "the server gave no reason");
  EXPECT_EQ(refused(500, std::string(3 << 20, 'x')).message.size(), 4096u + 36u);
}

TEST_F(ChromaTest, BackgroundCallsEndInFuturesAndCallbacks) {
  const Collection books = collection();
  server_.set_handler([](const auto&) { return StubServer::answer(200, "7"); });
  auto future = books.run_async([](const Collection& c) { return c.count(); });
  EXPECT_EQ(future.get().value(), 7u);
  std::promise<std::uint64_t> seen;
  books.run_async([](const Collection& c) { return c.count(); },
                  [&](Result<std::uint64_t> count) { seen.set_value(count.value_or(0u)); });
  EXPECT_EQ(seen.get_future().get(), 7u);
}

TEST_F(ChromaTest, TheThrowingClientThrows) {
  throwing::Client client(options());
  server_.push(StubServer::answer(200, kModel));
  const throwing::Collection books = client.get_collection("books");
  server_.push(StubServer::answer(200, "5"));
  EXPECT_EQ(books.count(), 5u);
  server_.push(StubServer::answer(404, R"({"error":"NotFoundError","message":"gone"})"));
  try {
    (void)books.count();
    FAIL();
  } catch (const client::Exception& error) {
    EXPECT_EQ(error.error().kind, ErrorKind::kNotFound);
    EXPECT_STREQ(error.what(), "not found (404 NotFoundError): gone");
  }
  ClientOptions wrong;
  wrong.endpoint = "ftp://x";
  EXPECT_THROW(throwing::Client{wrong}, client::Exception);
}

TEST_F(ChromaTest, BulkLoadsInBatches) {
  const Collection books = collection();
  int next = 0;
  BulkOptions bulk;
  bulk.batch_records = 10;
  bulk.connections = 3;
  std::uint64_t last_seen = 0;
  bulk.on_progress = [&](const BulkProgress& progress) { last_seen = progress.records_done; };
  const auto source = [&]() -> std::optional<Record> {
    if (next == 95) return std::nullopt;
    Record record{std::to_string(next), {static_cast<float>(next), 1}, {}, {}, {}};
    if (next % 2 == 1) record.document = "odd";
    ++next;
    return record;
  };
  const std::size_t before = server_.requests().size();
  const BulkReport report = bulk_load(books, source, bulk);
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.progress.records_done, 95u);
  EXPECT_EQ(report.progress.batches_done, 10u);
  EXPECT_EQ(last_seen, 95u);
  const auto requests = server_.requests();
  ASSERT_EQ(requests.size(), before + 10);
  EXPECT_LE(server_.connections(), 4);
  for (std::size_t i = before; i < requests.size(); ++i) {
    const auto body = Json::parse(requests[i].body).value();
    EXPECT_EQ(body.find("ids")->if_array()->size(), body.find("documents")->if_array()->size());
    EXPECT_THAT(requests[i].target, ::testing::EndsWith("/upsert"));
  }
}

TEST_F(ChromaTest, BulkSaysWhichRecordsFailed) {
  const Collection books = collection();
  server_.set_handler([](const StubServer::Request& request) {
    return request.body.find("\"13\"") == std::string::npos ? StubServer::answer(200)
                                                            : StubServer::answer(400, R"({"error":"E","message":"13"})");
  });
  int next = 0;
  const auto source = [&]() -> std::optional<Record> {
    if (next == 40) return std::nullopt;
    return Record{std::to_string(next++), {1}, {}, {}, {}};
  };
  BulkOptions bulk;
  bulk.batch_records = 5;
  bulk.connections = 1;
  bulk.stop_on_error = false;
  const BulkReport all = bulk_load(books, source, bulk);
  ASSERT_EQ(all.failures.size(), 1u);
  EXPECT_EQ(all.failures[0].first_record, 10u);
  EXPECT_EQ(all.failures[0].record_count, 5u);
  EXPECT_EQ(all.failures[0].error.message, "13");
  EXPECT_EQ(all.progress.records_done, 35u);
  next = 0;
  bulk.stop_on_error = true;
  const BulkReport some = bulk_load(books, source, bulk);
  EXPECT_FALSE(some.ok());
  EXPECT_EQ(some.progress.records_done, 10u);
  EXPECT_EQ(some.failures[0].error.message, "13");
}

// Changes the environment of this process for one test.
class EnvironmentTest : public ::testing::Test {
 protected:
  ~EnvironmentTest() override {
    for (const std::string& name : set_) ::unsetenv(name.c_str());
  }
  void set(const std::string& name, const std::string& value) {
    ::setenv(name.c_str(), value.c_str(), 1);
    set_.push_back(name);
  }
  std::vector<std::string> set_;
};

TEST_F(EnvironmentTest, OptionsFromTheEnvironment) {
  auto options = ClientOptions::from_env().value();
  EXPECT_EQ(options.endpoint, kLocalEndpoint);
  EXPECT_EQ(options.tenant, kDefaultTenant);
  EXPECT_EQ(options.database, kDefaultDatabase);
  set("CHROMA_HOST", "db.example");
  EXPECT_EQ(ClientOptions::from_env().value().endpoint, "http://db.example:8000");
  set("CHROMA_HOST", "db.example:9");
  EXPECT_EQ(ClientOptions::from_env().value().endpoint, "http://db.example:9");
  set("CHROMA_HOST", "https://db.example");
  EXPECT_EQ(ClientOptions::from_env().value().endpoint, "https://db.example");
  set("CHROMA_ENDPOINT", "http://other:1");
  set("CHROMA_TENANT", "t");
  set("CHROMA_DATABASE", "d");
  set("MAX_RETRIES", "5");
  set("RETRY_DELAY_MS", "9000");
  options = ClientOptions::from_env().value();
  EXPECT_EQ(options.endpoint, "http://other:1");
  EXPECT_EQ(options.tenant, "t");
  EXPECT_EQ(options.retry.max_retries, 5);
  EXPECT_EQ(options.retry.min_delay, milliseconds(9000));
  EXPECT_TRUE(Client::from_env());
  set("MAX_RETRIES", "many");
  EXPECT_EQ(ClientOptions::from_env().error().kind, ErrorKind::kInvalidArgument);
}

TEST_F(EnvironmentTest, OptionsOfTheCloud) {
  EXPECT_EQ(ClientOptions::from_cloud_env().error().kind, ErrorKind::kInvalidArgument);
  set("CHROMA_API_KEY", "key");
  auto options = ClientOptions::from_cloud_env().value();
  EXPECT_EQ(options.endpoint, kCloudEndpoint);
  EXPECT_FALSE(options.tenant);
  EXPECT_EQ(options.auth.header()->name, "x-chroma-token");
  EXPECT_TRUE(options.auth.header()->secret);
  EXPECT_TRUE(Client::cloud());
  EXPECT_EQ(ClientOptions::cloud("k", "d").database, "d");
  EXPECT_FALSE(ClientOptions::cloud_admin("k").database);
}

}  // namespace
}  // namespace alidade::chroma
