#pragma once

// Every method of the Chroma client, against whatever it was made for. Prints what it did; the first promise that is not
// kept ends the program with 1.

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include "alidade/chroma.h"
#include "alidade/chroma/throwing.h"

namespace {

using alidade::chroma::BulkOptions;
using alidade::chroma::Client;
using alidade::chroma::ClientOptions;
using alidade::chroma::Collection;
using alidade::chroma::CollectionConfiguration;
using alidade::chroma::EmbeddingEncoding;
using alidade::chroma::Embeddings;
using alidade::chroma::ErrorKind;
using alidade::chroma::HnswOptions;
using alidade::chroma::Include;
using alidade::chroma::Key;
using alidade::chroma::Metadata;
using alidade::chroma::MetadataIndex;
using alidade::chroma::MetadataValue;
using alidade::chroma::NewCollection;
using alidade::chroma::ReadLevel;
using alidade::chroma::Record;
using alidade::chroma::Result;
using alidade::chroma::Schema;
using alidade::chroma::Search;
using alidade::chroma::Space;
using alidade::chroma::Where;
using alidade::chroma::WhereDocument;

void require(bool kept, const char* promise, int line) {
  if (kept) return;
  std::fprintf(stderr, "line %d: not so: %s\n", line, promise);
  std::exit(1);
}
#define REQUIRE(condition) require((condition), #condition, __LINE__)

// The value, or the end of the program with the error.
template <typename T>
T need(Result<T> result, int line) {
  if (!result) {
    std::fprintf(stderr, "line %d: %s\n", line, result.error().to_text().c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}
#define NEED(call) need((call), __LINE__)

using Ids = std::vector<std::string>;
using MakeClient = std::function<Result<Client>(ClientOptions)>;

void service(const Client& client) {
  REQUIRE(NEED(client.heartbeat()) > 1'600'000'000'000'000'000u);
  REQUIRE(!NEED(client.version()).empty());
  REQUIRE(NEED(client.healthcheck()).is_executor_ready);
  const auto limits = NEED(client.pre_flight_checks());
  REQUIRE(limits.max_batch_size > 0 && limits.supports_base64_encoding);
  REQUIRE(NEED(client.get_auth_identity()).tenant == "default_tenant");
  REQUIRE(NEED(client.get_tenant_id()) == "default_tenant");
  REQUIRE(NEED(client.get_database_name()) == "default_database");
  const auto refused = client.reset();
  REQUIRE(!refused && refused.error().kind == ErrorKind::kPermissionDenied);
}

void tenants_and_databases(const Client& client) {
  NEED(client.create_tenant("story_tenant"));
  REQUIRE(client.create_tenant("story_tenant").error().kind == ErrorKind::kAlreadyExists);
  REQUIRE(NEED(client.get_tenant("story_tenant")).name == "story_tenant");
  REQUIRE(client.get_tenant("nobody").error().kind == ErrorKind::kNotFound);
  NEED(client.update_tenant("story_tenant", "resource"));

  Client other = client;
  other.set_tenant_id("story_tenant");
  NEED(other.create_database("story_database"));
  REQUIRE(NEED(other.get_database("story_database")).name == "story_database");
  REQUIRE(NEED(other.list_databases()).size() == 1);
  REQUIRE(NEED(other.list_databases(10, 1)).empty());
  other.set_database_name("story_database");
  const Collection made = NEED(other.create_collection("only_here"));
  REQUIRE(made.tenant() == "story_tenant" && made.database() == "story_database");
  REQUIRE(client.get_collection("only_here").error().kind == ErrorKind::kNotFound);
  NEED(other.delete_database("story_database"));
  REQUIRE(other.get_database("story_database").error().kind == ErrorKind::kNotFound);
}

void collections(const Client& client) {
  NewCollection what;
  what.metadata = Metadata{{"kind", "story"}, {"count", 3}, {"ratio", 0.5}, {"whole", 2.0}, {"open", true}};
  what.configuration = CollectionConfiguration{
      .hnsw = HnswOptions{.space = Space::kCosine, .ef_search = 77}};
  const auto bad_name = client.create_collection("story books", what);
  REQUIRE(!bad_name && bad_name.error().kind == ErrorKind::kRejected);
  Collection made = NEED(client.create_collection("story-books", what));
  const auto again = client.create_collection("story-books");
  REQUIRE(!again && again.error().status == 409 && again.error().message.find("already exists") != std::string::npos);
  REQUIRE(NEED(client.get_or_create_collection("story-books")).id() == made.id());
  REQUIRE(NEED(client.get_collection_by_id(made.id())).name() == "story-books");
  REQUIRE(*made.metadata() == *what.metadata);
  REQUIRE(*made.configuration().find("hnsw")->find("space")->if_string() == "cosine");
  REQUIRE(made.schema().has_value() && !made.dimension());
  REQUIRE(NEED(client.count_collections()) == NEED(client.list_collections()).size());
  REQUIRE(NEED(client.list_collections(1)).size() == 1);

  NEED(made.modify({.name = "story-novels", .metadata = Metadata{{"kind", "novel"}},
                    .configuration = CollectionConfiguration{.hnsw = HnswOptions{.ef_search = 88}}}));
  const Collection renamed = NEED(client.get_collection("story-novels"));
  REQUIRE(renamed.id() == made.id() && renamed.metadata() == made.metadata());
  REQUIRE(renamed.configuration().find("hnsw")->find("ef_search")->number_or(0) == 88);
  NEED(client.delete_collection("story-novels"));
  REQUIRE(client.get_collection("story-novels").error().kind == ErrorKind::kNotFound);
  REQUIRE(renamed.count().error().kind == ErrorKind::kNotFound);

  NewCollection with_schema;
  with_schema.schema = Schema()
                           .create_vector_index({.space = Space::kInnerProduct})
                           .delete_index(MetadataIndex::kString, "url");
  const Collection schemed = NEED(client.create_collection("story-schema", with_schema));
  REQUIRE(*schemed.configuration().find("hnsw")->find("space")->if_string() == "ip");
  NEED(schemed.add({{"a"}, {{1.0F}}, {}, {}, {Metadata{{"url", "x"}}}}));
  const auto not_indexed = schemed.get({.where = Key("url") == "x"});
  REQUIRE(!not_indexed && not_indexed.error().kind == ErrorKind::kRejected);
  NEED(client.delete_collection("story-schema"));
}

void records(const Client& client) {
  const Collection books = NEED(client.create_collection("story-records"));
  const Metadata everything{{"text", "x\"y\\z é"}, {"int", std::int64_t{9007199254740993}}, {"float", 1.0}, {"bool", false},
                            {"texts", MetadataValue::Strings{"p", "q"}}, {"ints", MetadataValue::Ints{1, 2}},
                            {"floats", MetadataValue::Doubles{0.5, 1.5}}, {"bools", MetadataValue::Bools{true, false}}};
  NEED(books.add({{"a", "b", "c"},
                  {{1, 0, 0}, {0, 1, 0}, {0.1F, -1e-7F, 3e20F}},
                  {"a red house", "a blue boat", std::nullopt},
                  {std::nullopt, "file:b", std::nullopt},
                  {everything, Metadata{{"int", 2}, {"gone", "soon"}}, std::nullopt}}));
  REQUIRE(NEED(books.count()) == 3);
  REQUIRE(NEED(books.count_with_options(ReadLevel::kIndexOnly)) == 3);
  REQUIRE(NEED(client.get_collection("story-records")).dimension() == 3);

  const auto peeked = NEED(books.peek(2));
  REQUIRE(peeked.ids == (Ids{"a", "b"}) && *(*peeked.uris)[1] == "file:b");
  const auto all = NEED(books.get({.include = {{Include::kEmbeddings, Include::kMetadatas, Include::kDocuments}}}));
  REQUIRE((*all.embeddings)[2] == (std::vector<float>{0.1F, -1e-7F, 3e20F}));
  REQUIRE(*(*all.metadatas)[0] == everything);
  REQUIRE(*(*all.documents)[1] == "a blue boat" && !(*all.documents)[2] && !all.uris);

  const auto ids = [&](std::optional<Where> where, std::optional<WhereDocument> text = {}) {
    return NEED(books.get({.where = std::move(where), .where_document = std::move(text), .include = std::vector<Include>{}}))
        .ids;
  };
  REQUIRE(ids(Key("int") == 2) == Ids{"b"});
  REQUIRE(ids(Key("int") > 2) == Ids{"a"});
  REQUIRE(ids(Key("int").is_in({2, 3}) || Key("bool") == false) == (Ids{"a", "b"}));
  REQUIRE(ids(Key("text") == "x\"y\\z é" && Key("float") <= 1) == Ids{"a"});
  REQUIRE(ids(Key("int") != 2) == (Ids{"a", "c"}));
  REQUIRE(ids(Key("int").not_in({2})) == (Ids{"a", "c"}));
  REQUIRE(ids(Key("texts").contains("q")) == Ids{"a"});
  REQUIRE(ids(Key("texts").not_contains("q")) == (Ids{"b", "c"}));
  REQUIRE(ids({}, WhereDocument::contains("red")) == Ids{"a"});
  REQUIRE(ids({}, WhereDocument::contains("a ") && WhereDocument::not_contains("red")) == Ids{"b"});
  REQUIRE(ids({}, WhereDocument::regex("^a (red|blue) b")) == Ids{"b"});
  REQUIRE(ids({}, WhereDocument::contains("red") || WhereDocument::contains("boat")) == (Ids{"a", "b"}));
  REQUIRE(ids(Key::document().contains("boat")) == Ids{"b"});
  const auto bad = books.get({.where = Where::raw(alidade::chroma::Json::object())});
  REQUIRE(!bad && bad.error().name == "InvalidArgumentError" && bad.error().message == "Invalid where clause");
  REQUIRE(!bad.error().request_id.empty());

  const auto found = NEED(books.query({.embeddings = {{1, 0, 0}, {0, 1, 0}}, .n_results = 2}));
  REQUIRE(found.ids[0][0] == "a" && found.ids[1][0] == "b" && found.ids[0].size() == 2);
  REQUIRE((*found.distances)[0][0] == 0.0F && (*found.documents)[1][0] == "a blue boat");
  const auto narrowed = NEED(books.query({.embeddings = {{1, 0, 0}}, .n_results = 5, .ids = {{"b", "c"}},
                                          .where = Key("int") == 2, .include = std::vector<Include>{}}));
  REQUIRE(narrowed.ids[0] == Ids{"b"} && !narrowed.documents && !narrowed.distances);
  const auto wrong = books.query({.embeddings = {{1, 0}}});
  REQUIRE(!wrong && wrong.error().status == 400 && wrong.error().attempts == 1);

  NEED(books.update({{"b"}, Embeddings::OptionalRows{std::nullopt}, {"a green boat"}, {}, {Metadata{{"gone", nullptr}}}}));
  const auto changed = NEED(books.get({.ids = {{"b"}}}));
  REQUIRE(*(*changed.documents)[0] == "a green boat" && !(*changed.metadatas)[0]->contains("gone"));
  NEED(books.upsert({{"b", "d"}, {{0, 0, 1}, {1, 1, 1}}, {}, {}, {}}));
  REQUIRE(NEED(books.query({.embeddings = {{0, 0, 1}}, .n_results = 1})).ids[0] == Ids{"b"});
  REQUIRE(NEED(books.remove({.ids = {{"a"}}})) == 1);
  REQUIRE(NEED(books.remove({.where = Key("int") == 2})) == 1);
  REQUIRE(NEED(books.count()) == 2);
  NEED(client.delete_collection("story-records"));
}

// What servers for one machine refuse comes back as their refusal.
void cluster(const Client& client) {
  const Collection books = NEED(client.create_collection("story-cluster"));
  const std::vector<float> vector = {1, 0};
  const auto search = books.search({Search().rank(alidade::chroma::knn(vector)).limit(3)});
  REQUIRE(!search && search.error().kind == ErrorKind::kUnimplemented && search.error().attempts == 1);
  const auto fork = books.fork("copy");
  REQUIRE(!fork && fork.error().kind == ErrorKind::kUnimplemented && fork.error().status == 501);
  const auto forks = books.fork_count();
  REQUIRE(!forks && forks.error().kind == ErrorKind::kUnimplemented);
  const auto status = books.get_indexing_status();
  REQUIRE(!status && status.error().status == 500 && status.error().name == "InternalError");
  NEED(client.delete_collection("story-cluster"));
}

void encodings(const MakeClient& make) {
  for (const EmbeddingEncoding encoding : {EmbeddingEncoding::kJson, EmbeddingEncoding::kBase64, EmbeddingEncoding::kAuto}) {
    ClientOptions options;
    options.embedding_encoding = encoding;
    const Client client = NEED(make(std::move(options)));
    const Collection books = NEED(client.create_collection("story-encoding"));
    const std::vector<float> values = {0.1F, 1.0F / 3, -2.5e-20F, 16777217.0F};
    NEED(books.add({{"a"}, Embeddings::borrow(values, 4), {}, {}, {}}));
    NEED(books.update({{"a", "a"}, Embeddings::OptionalRows{values, std::nullopt}, {}, {}, {}}));
    REQUIRE((*NEED(books.peek()).embeddings)[0] == values);
    NEED(client.delete_collection("story-encoding"));
  }
}

void bulk(const Client& client) {
  const Collection books = NEED(client.create_collection("story-bulk"));
  int next = 0;
  const auto source = [&next]() -> std::optional<Record> {
    if (next == 2500) return std::nullopt;
    const int n = next++;
    return Record{"r" + std::to_string(n), {std::cos(static_cast<float>(n)), std::sin(static_cast<float>(n))}, "text",
                  {}, Metadata{{"n", n}}};
  };
  BulkOptions options;
  options.batch_records = 400;
  const auto report = alidade::chroma::bulk_load(books, source, options);
  REQUIRE(report.ok() && report.progress.records_done == 2500 && report.progress.batches_done == 7);
  auto count = books.run_async([](const Collection& c) { return c.count(); });
  REQUIRE(NEED(count.get()) == 2500);
  alidade::chroma::throwing::Collection throwing = books;
  REQUIRE(throwing.get({.ids = {{"r7"}}}).metadatas->at(0)->at("n") == MetadataValue(7));
  NEED(client.delete_collection("story-bulk"));
}

int tell_chroma_story(const MakeClient& make) {
  const Client client = NEED(make({}));
  service(client);
  std::puts("service");
  tenants_and_databases(client);
  std::puts("tenants and databases");
  collections(client);
  std::puts("collections");
  records(client);
  std::puts("records");
  cluster(client);
  std::puts("refusals");
  encodings(make);
  std::puts("encodings");
  bulk(client);
  std::puts("bulk");
  return 0;
}

}  // namespace
