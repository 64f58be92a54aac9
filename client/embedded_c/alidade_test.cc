// The C interface: what it promises of errors, handles and misuse.

#include "alidade/alidade.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <string>
#include <thread>
#include <vector>

namespace {

using ::testing::HasSubstr;
using ::testing::StrEq;

class AlidadeTest : public ::testing::Test {
 protected:
  AlidadeTest() {
    std::string pattern = ::testing::TempDir() + "alidadeXXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    EXPECT_EQ(ald_open(data().c_str(), nullptr, &database_, &error_), ALD_OK) << error_.message;
    EXPECT_EQ(ald_collection_create(database_, "books", nullptr, &books_, &error_), ALD_OK) << error_.message;
  }
  ~AlidadeTest() override {
    (void)ald_collection_free(books_, nullptr);
    (void)ald_close(database_, nullptr);
    std::filesystem::remove_all(folder_);
  }

  std::string data() const { return folder_ + "/data"; }
  ald_status add(std::vector<const char*> ids, std::vector<float> values, std::size_t dimension,
                 const char* const* documents = nullptr, const char* const* metadatas = nullptr) {
    ald_records records = ALD_RECORDS_INIT;
    records.count = ids.size();
    records.ids = ids.data();
    records.embeddings = values.data();
    records.dimension = dimension;
    records.documents = documents;
    records.metadatas = metadatas;
    return ald_collection_add(books_, &records, nullptr, &error_);
  }

  std::string folder_;
  ald_error error_ = ALD_ERROR_INIT;
  ald_database* database_ = nullptr;
  ald_collection* books_ = nullptr;
};

// What programs were compiled with. A struct may grow at its end, when its check_size() takes the old size too; nothing else
// here may change without a new ALD_ABI_VERSION.
#if defined(__LP64__)
static_assert(ALD_ABI_VERSION == 1);
static_assert(sizeof(ald_error) == 1104 && offsetof(ald_error, name) == 16 && offsetof(ald_error, message) == 80);
static_assert(sizeof(ald_limits) == 24 && offsetof(ald_limits, stop) == 16);
static_assert(sizeof(ald_options) == 56 && offsetof(ald_options, log_level) == 48);
static_assert(sizeof(ald_new_collection) == 32 && offsetof(ald_new_collection, configuration) == 24);
static_assert(sizeof(ald_records) == 64 && offsetof(ald_records, metadatas) == 56);
static_assert(sizeof(ald_selection) == 40 && offsetof(ald_selection, where_document) == 32);
static_assert(sizeof(ald_row) == 72 && offsetof(ald_row, distance) == 68);
static_assert(sizeof(ald_matrix) == 32 && offsetof(ald_matrix, dimension) == 24);
static_assert(sizeof(ald_answer_view) == 40 && offsetof(ald_answer_view, request_id) == 32);
#endif
static_assert(ALD_CLOSED == 3 && ALD_CANCELLED == 6 && ALD_NOT_FOUND == 9 && ALD_INTERNAL == 16);
static_assert(ALD_INCLUDE_URIS == 16 && ALD_DIALECT_QDRANT == 2 && ALD_LOG_ERROR == 4);

TEST_F(AlidadeTest, WritesSearchesAndDeletes) {
  const std::array<const char*, 3> documents = {"A captain hunts a whale.", nullptr, "A village in England."};
  const std::array<const char*, 3> metadatas = {R"({"year": 1851, "ratio": 2.0})", nullptr, R"({"year":1815})"};
  ASSERT_EQ(add({"moby", "dune", "emma"}, {1, 0, 0, 1, 1, 1}, 2, documents.data(), metadatas.data()), ALD_OK)
      << error_.message;
  std::uint64_t count = 0;
  ASSERT_EQ(ald_collection_count(books_, nullptr, &count, &error_), ALD_OK);
  EXPECT_EQ(count, 3u);

  const std::array<float, 4> vectors = {1, 0, 0, 1};
  ald_result* result = nullptr;
  ASSERT_EQ(ald_collection_query(books_, vectors.data(), 2, 2, 2, nullptr,
                                 ALD_INCLUDE_DOCUMENTS | ALD_INCLUDE_METADATAS | ALD_INCLUDE_DISTANCES |
                                     ALD_INCLUDE_EMBEDDINGS,
                                 nullptr, &result, &error_),
            ALD_OK)
      << error_.message;
  std::size_t lists = 0, size = 0;
  ASSERT_EQ(ald_result_lists(result, &lists, &error_), ALD_OK);
  EXPECT_EQ(lists, 2u);
  ASSERT_EQ(ald_result_size(result, 1, &size, &error_), ALD_OK);
  EXPECT_EQ(size, 2u);
  ald_row row = ALD_ROW_INIT;
  ASSERT_EQ(ald_result_row(result, 0, 0, &row, &error_), ALD_OK);
  EXPECT_STREQ(row.id, "moby");
  EXPECT_STREQ(row.document, "A captain hunts a whale.");
  EXPECT_EQ(row.document_size, 24u);
  EXPECT_STREQ(row.metadata, R"({"year":1851,"ratio":2.0})");
  EXPECT_EQ(row.uri, nullptr);
  EXPECT_EQ(row.has_distance, 1u);
  EXPECT_EQ(row.distance, 0);
  ASSERT_EQ(row.dimension, 2u);
  EXPECT_EQ(row.embedding[0], 1);
  ASSERT_EQ(ald_result_row(result, 1, 0, &row, &error_), ALD_OK);
  EXPECT_STREQ(row.id, "dune");
  EXPECT_EQ(row.document, nullptr);
  EXPECT_EQ(row.metadata, nullptr);
  EXPECT_EQ(ald_result_row(result, 2, 0, &row, &error_), ALD_INVALID_ARGUMENT);
  EXPECT_EQ(ald_result_row(result, 0, 2, &row, &error_), ALD_INVALID_ARGUMENT);
  EXPECT_EQ(row.id, nullptr);
  EXPECT_EQ(ald_result_free(result, &error_), ALD_OK);
  EXPECT_EQ(ald_result_free(result, &error_), ALD_INVALID_HANDLE);

  ald_selection old = ALD_SELECTION_INIT;
  old.where = R"({"year": {"$lt": 1900}})";
  std::uint64_t deleted = 0;
  EXPECT_EQ(ald_collection_remove(books_, &old, nullptr, &deleted, &error_), ALD_OK) << error_.message;
  EXPECT_EQ(deleted, 2u);
  const std::array<const char*, 2> ids = {"dune", "nobody"};
  ald_selection some = ALD_SELECTION_INIT;
  some.ids = ids.data();
  some.id_count = 2;
  ASSERT_EQ(ald_collection_get(books_, &some, UINT32_MAX, 0, 0, nullptr, &result, &error_), ALD_OK) << error_.message;
  ASSERT_EQ(ald_result_size(result, 0, &size, &error_), ALD_OK);
  EXPECT_EQ(size, 1u);
  EXPECT_EQ(ald_result_free(result, &error_), ALD_OK);
}

TEST_F(AlidadeTest, UpdatesAndUpserts) {
  ASSERT_EQ(add({"moby"}, {1, 0}, 2), ALD_OK);
  const std::array<const char*, 1> ids = {"moby"}, documents = {"A whale."};
  ald_records change = ALD_RECORDS_INIT;
  change.count = 1;
  change.ids = ids.data();
  change.documents = documents.data();
  EXPECT_EQ(ald_collection_update(books_, &change, nullptr, &error_), ALD_OK) << error_.message;
  EXPECT_EQ(ald_collection_upsert(books_, &change, nullptr, &error_), ALD_INVALID_ARGUMENT);
  const std::array<float, 2> values = {0, 1};
  change.embeddings = values.data();
  change.dimension = 2;
  EXPECT_EQ(ald_collection_upsert(books_, &change, nullptr, &error_), ALD_OK) << error_.message;
  ald_result* result = nullptr;
  ASSERT_EQ(ald_collection_get(books_, nullptr, 10, 0, ALD_INCLUDE_DOCUMENTS | ALD_INCLUDE_EMBEDDINGS, nullptr, &result,
                               &error_), ALD_OK);
  ald_row row = ALD_ROW_INIT;
  ASSERT_EQ(ald_result_row(result, 0, 0, &row, &error_), ALD_OK);
  EXPECT_STREQ(row.document, "A whale.");
  EXPECT_EQ(row.embedding[1], 1);
  EXPECT_EQ(ald_result_free(result, nullptr), ALD_OK);
}

TEST_F(AlidadeTest, RefusalsCarryNameStatusAndText) {
  ald_collection* other = nullptr;
  EXPECT_EQ(ald_collection_open(database_, "nobody", &other, &error_), ALD_NOT_FOUND);
  EXPECT_EQ(other, nullptr);
  EXPECT_EQ(error_.status, ALD_NOT_FOUND);
  EXPECT_EQ(error_.http_status, 404);
  EXPECT_STREQ(error_.name, "NotFoundError");
  EXPECT_THAT(error_.message, HasSubstr("nobody"));
  EXPECT_EQ(ald_collection_create(database_, "books", nullptr, &other, &error_), ALD_ALREADY_EXISTS);
  EXPECT_EQ(ald_collection_create(database_, "a b", nullptr, &other, &error_), ALD_REJECTED);
  ASSERT_EQ(add({"a"}, {1, 0}, 2), ALD_OK);
  EXPECT_STREQ(error_.message, "");
  EXPECT_EQ(add({"b"}, {1, 0, 0}, 3), ALD_REJECTED);
  EXPECT_THAT(error_.message, HasSubstr("dimension"));
  ald_database* second = nullptr;
  EXPECT_EQ(ald_open(data().c_str(), nullptr, &second, &error_), ALD_IN_USE);
  EXPECT_THAT(error_.message, HasSubstr(data()));
  EXPECT_STREQ(ald_status_text(ALD_IN_USE), "in use");
  EXPECT_STREQ(ald_status_text(-7), "unknown status");
  EXPECT_STREQ(ald_status_text(ALD_INTERNAL + 1), "unknown status");
}

TEST_F(AlidadeTest, LongTextsAreCutAtACharacter) {
  std::string name(700, 'x');
  for (int i = 0; i < 400; ++i) name += "\u00e9";
  ald_collection* none = nullptr;
  EXPECT_EQ(ald_collection_open(database_, name.c_str(), &none, &error_), ALD_NOT_FOUND);
  const std::string message = error_.message;
  EXPECT_GE(message.size(), sizeof error_.message - 3);
  // Whole characters of two bytes, whatever stands before them.
  EXPECT_EQ(static_cast<unsigned char>(message.back()), 0xa9u) << message;
}

TEST_F(AlidadeTest, WrongHandlesAreErrors) {
  auto* const number = reinterpret_cast<ald_database*>(std::uintptr_t{0xdeadbeef});
  std::uint64_t count = 7;
  ald_collection* out = nullptr;
  EXPECT_EQ(ald_collection_count(nullptr, nullptr, &count, &error_), ALD_INVALID_HANDLE);
  EXPECT_THAT(error_.message, HasSubstr("NULL"));
  EXPECT_EQ(count, 0u);
  // A handle of another type, a number that is none, one that was freed.
  EXPECT_EQ(ald_collection_count(reinterpret_cast<ald_collection*>(database_), nullptr, &count, &error_),
            ALD_INVALID_HANDLE);
  EXPECT_EQ(ald_collection_open(number, "books", &out, &error_), ALD_INVALID_HANDLE);
  EXPECT_EQ(ald_close(number, &error_), ALD_INVALID_HANDLE);
  ASSERT_EQ(ald_collection_open(database_, "books", &out, &error_), ALD_OK);
  ASSERT_EQ(ald_collection_free(out, &error_), ALD_OK);
  EXPECT_EQ(ald_collection_free(out, &error_), ALD_INVALID_HANDLE);
  EXPECT_EQ(ald_collection_count(out, nullptr, &count, &error_), ALD_INVALID_HANDLE);
  EXPECT_EQ(ald_stop_free(nullptr, nullptr), ALD_INVALID_HANDLE);
  EXPECT_EQ(ald_stop_request(nullptr, nullptr), ALD_INVALID_HANDLE);
  EXPECT_EQ(ald_answer_free(nullptr, nullptr), ALD_INVALID_HANDLE);
  EXPECT_EQ(ald_result_free(nullptr, nullptr), ALD_INVALID_HANDLE);

  // A collection of a database that was closed.
  ASSERT_EQ(ald_close(database_, &error_), ALD_OK);
  EXPECT_EQ(ald_close(database_, &error_), ALD_INVALID_HANDLE);
  EXPECT_EQ(ald_collection_count(books_, nullptr, &count, &error_), ALD_CLOSED);
  EXPECT_EQ(add({"a"}, {1, 0}, 2), ALD_CLOSED);
}

TEST_F(AlidadeTest, WrongArgumentsAreErrors) {
  const float infinite = std::numeric_limits<float>::infinity();
  EXPECT_EQ(add({"a"}, {1, std::nanf("")}, 2), ALD_INVALID_ARGUMENT);
  EXPECT_THAT(error_.message, HasSubstr("value 1 of row 0"));
  EXPECT_EQ(add({"a", "b"}, {1, 0, infinite, 0}, 2), ALD_INVALID_ARGUMENT);
  EXPECT_EQ(add({"a\xff"}, {1, 0}, 2), ALD_INVALID_ARGUMENT);
  EXPECT_THAT(error_.message, HasSubstr("ids[0] is not valid UTF-8"));
  EXPECT_EQ(add({nullptr}, {1, 0}, 2), ALD_INVALID_ARGUMENT);
  EXPECT_EQ(add({"a"}, {1, 0}, 0), ALD_INVALID_ARGUMENT);
  for (const char* metadata : {"[1]", "{", "{\"a\": 1} {}", "{\"a\xff\": 1}", ""}) {
    EXPECT_EQ(add({"a"}, {1, 0}, 2, nullptr, &metadata), ALD_INVALID_ARGUMENT) << metadata;
  }
  const char* document = "\xc3(";
  EXPECT_EQ(add({"a"}, {1, 0}, 2, &document), ALD_INVALID_ARGUMENT);

  const std::array<float, 2> vector = {1, 0};
  ald_result* result = nullptr;
  const auto query = [&](const float* values, std::size_t count, std::size_t dimension, std::uint32_t include) {
    return ald_collection_query(books_, values, count, dimension, 1, nullptr, include, nullptr, &result, &error_);
  };
  EXPECT_EQ(query(nullptr, 1, 2, 0), ALD_INVALID_ARGUMENT);
  EXPECT_EQ(query(vector.data(), 0, 2, 0), ALD_INVALID_ARGUMENT);
  EXPECT_EQ(query(vector.data(), 1, 2, 1U << 30), ALD_INVALID_ARGUMENT);
  EXPECT_EQ(ald_collection_query(books_, vector.data(), 1, 2, 1, nullptr, 0, nullptr, nullptr, &error_),
            ALD_INVALID_ARGUMENT);
  EXPECT_EQ(ald_collection_get(books_, nullptr, 1, 0, ALD_INCLUDE_DISTANCES, nullptr, &result, &error_),
            ALD_INVALID_ARGUMENT);
  ald_selection all = ALD_SELECTION_INIT;
  EXPECT_EQ(ald_collection_remove(books_, &all, nullptr, nullptr, &error_), ALD_INVALID_ARGUMENT);
  all.where = "{\"a\"";
  EXPECT_EQ(ald_collection_remove(books_, &all, nullptr, nullptr, &error_), ALD_INVALID_ARGUMENT);
  EXPECT_EQ(ald_collection_add(books_, nullptr, nullptr, &error_), ALD_INVALID_ARGUMENT);
  ald_records unset{};
  EXPECT_EQ(ald_collection_add(books_, &unset, nullptr, &error_), ALD_INVALID_ARGUMENT);
  EXPECT_THAT(error_.message, HasSubstr("struct_size"));
  ald_limits limits = ALD_LIMITS_INIT;
  limits.timeout_ms = -1;
  std::uint64_t count = 0;
  EXPECT_EQ(ald_collection_count(books_, &limits, &count, &error_), ALD_INVALID_ARGUMENT);
  ald_database* database = nullptr;
  EXPECT_EQ(ald_open(nullptr, nullptr, &database, &error_), ALD_INVALID_ARGUMENT);
  EXPECT_EQ(ald_open("\xff", nullptr, &database, &error_), ALD_INVALID_ARGUMENT);
  EXPECT_EQ(ald_open(folder_.c_str(), nullptr, nullptr, &error_), ALD_INVALID_ARGUMENT);
  EXPECT_EQ(ald_open("/proc/nowhere/data", nullptr, &database, &error_), ALD_IO);
  // An error that is not wanted, or of no size, is not written.
  ald_error small{};
  EXPECT_EQ(ald_open("", nullptr, &database, nullptr), ALD_INVALID_ARGUMENT);
  EXPECT_EQ(ald_open("", nullptr, &database, &small), ALD_INVALID_ARGUMENT);
  EXPECT_EQ(small.status, 0);
}

TEST_F(AlidadeTest, HugeSizesAreErrors) {
  const std::array<const char*, 1> ids = {"a"};
  const std::array<float, 2> values = {1, 0};
  ald_records records = ALD_RECORDS_INIT;
  records.ids = ids.data();
  records.embeddings = values.data();
  records.dimension = 2;
  for (const std::size_t count : {SIZE_MAX, SIZE_MAX / 2 + 2, ALD_MAX_RECORDS + 1}) {
    records.count = count;
    EXPECT_EQ(ald_collection_add(books_, &records, nullptr, &error_), ALD_TOO_LARGE);
  }
  records.count = 1;
  for (const std::size_t dimension : {SIZE_MAX, SIZE_MAX / 4 + 1, ALD_MAX_DIMENSION + 1}) {
    records.dimension = dimension;
    EXPECT_EQ(ald_collection_add(books_, &records, nullptr, &error_), ALD_TOO_LARGE);
  }
  ald_result* result = nullptr;
  EXPECT_EQ(ald_collection_query(books_, values.data(), SIZE_MAX, 2, 1, nullptr, 0, nullptr, &result, &error_),
            ALD_TOO_LARGE);
  EXPECT_EQ(ald_collection_query(books_, values.data(), ALD_MAX_RECORDS, ALD_MAX_DIMENSION, 1, nullptr, 0, nullptr,
                                 &result, &error_),
            ALD_TOO_LARGE);
  ald_selection selection = ALD_SELECTION_INIT;
  selection.ids = ids.data();
  selection.id_count = SIZE_MAX;
  EXPECT_EQ(ald_collection_get(books_, &selection, 1, 0, 0, nullptr, &result, &error_), ALD_TOO_LARGE);
  ald_answer* answer = nullptr;
  EXPECT_EQ(ald_call(database_, ALD_DIALECT_CHROMA, "POST", "/x", "{}", SIZE_MAX, nullptr, nullptr, &answer, &error_),
            ALD_TOO_LARGE);
}

TEST_F(AlidadeTest, CallsAnyRouteOfBothDialects) {
  ald_answer* answer = nullptr;
  ald_answer_view view = ALD_ANSWER_VIEW_INIT;
  ASSERT_EQ(ald_call(database_, ALD_DIALECT_QDRANT, "GET", "/collections", nullptr, 0, nullptr, nullptr, &answer, &error_), ALD_OK);
  ASSERT_EQ(ald_answer_read(answer, &view, &error_), ALD_OK);
  EXPECT_EQ(view.http_status, 200);
  EXPECT_THAT(view.body, HasSubstr("\"books\""));
  EXPECT_EQ(std::string(view.body).size(), view.body_size);
  EXPECT_EQ(ald_answer_free(answer, &error_), ALD_OK);
  EXPECT_EQ(ald_answer_read(answer, &view, &error_), ALD_INVALID_HANDLE);
  EXPECT_EQ(view.body, nullptr);

  // A refusal is an answer.
  ASSERT_EQ(ald_call(database_, ALD_DIALECT_CHROMA, "GET", "/api/v2/nothing?a=b", nullptr, 0, nullptr, nullptr, &answer, &error_),
            ALD_OK);
  ASSERT_EQ(ald_answer_read(answer, &view, &error_), ALD_OK);
  EXPECT_EQ(view.http_status, 404);
  EXPECT_EQ(ald_answer_free(answer, &error_), ALD_OK);

  // Vectors beside the body of a query.
  const std::array<float, 2> values = {1, 0};
  ald_matrix vectors = ALD_MATRIX_INIT;
  vectors.values = values.data();
  vectors.rows = 1;
  vectors.dimension = 2;
  EXPECT_EQ(ald_call(database_, ALD_DIALECT_CHROMA, "POST", "/api/v2/x/get", "{}", 2, &vectors, nullptr, &answer, &error_),
            ALD_INVALID_ARGUMENT);
  EXPECT_EQ(ald_call(database_, ALD_DIALECT_QDRANT, "POST", "/collections/books/points/query", "{}", 2, &vectors, nullptr,
                     &answer, &error_), ALD_INVALID_ARGUMENT);
  vectors.rows = SIZE_MAX;
  EXPECT_EQ(ald_call(database_, ALD_DIALECT_CHROMA, "POST", "/x/query", "{}", 2, &vectors, nullptr, &answer, &error_),
            ALD_TOO_LARGE);

  for (const char* target : {"", "collections", "/a b", "/a\n", "/\xc3\xa9"}) {
    EXPECT_EQ(ald_call(database_, ALD_DIALECT_QDRANT, "GET", target, nullptr, 0, nullptr, nullptr, &answer, &error_),
              ALD_INVALID_ARGUMENT) << target;
  }
  for (const char* method : {"", "get", "G T"}) {
    EXPECT_EQ(ald_call(database_, ALD_DIALECT_QDRANT, method, "/", nullptr, 0, nullptr, nullptr, &answer, &error_),
              ALD_INVALID_ARGUMENT) << method;
  }
  EXPECT_EQ(ald_call(database_, 3, "GET", "/", nullptr, 0, nullptr, nullptr, &answer, &error_), ALD_INVALID_ARGUMENT);
  EXPECT_EQ(ald_call(database_, ALD_DIALECT_QDRANT, "POST", "/", nullptr, 3, nullptr, nullptr, &answer, &error_),
            ALD_INVALID_ARGUMENT);
}

TEST_F(AlidadeTest, StopsAndTimeoutsEndCalls) {
  ald_stop* stop = nullptr;
  ASSERT_EQ(ald_stop_new(&stop, &error_), ALD_OK);
  ald_limits limits = ALD_LIMITS_INIT;
  limits.stop = stop;
  limits.timeout_ms = INT64_MAX;
  std::uint64_t count = 0;
  EXPECT_EQ(ald_collection_count(books_, &limits, &count, &error_), ALD_OK) << error_.message;
  ASSERT_EQ(ald_stop_request(stop, &error_), ALD_OK);
  ASSERT_EQ(ald_stop_request(stop, &error_), ALD_OK);
  EXPECT_EQ(ald_collection_count(books_, &limits, &count, &error_), ALD_CANCELLED);
  ASSERT_EQ(ald_stop_free(stop, &error_), ALD_OK);
  EXPECT_EQ(ald_collection_count(books_, &limits, &count, &error_), ALD_INVALID_HANDLE);
}

TEST_F(AlidadeTest, OtherTenantsAndLogs) {
  ASSERT_EQ(ald_close(database_, &error_), ALD_OK);
  ald_options options = ALD_OPTIONS_INIT;
  options.tenant = "nobody";
  int lines = 0;
  options.log = [](void* user, const char* line, std::size_t size) {
    if (size > 0 && line[size - 1] == '\n') ++*static_cast<int*>(user);
  };
  options.log_user = &lines;
  options.log_level = ALD_LOG_DEBUG;
  ASSERT_EQ(ald_open(data().c_str(), &options, &database_, &error_), ALD_OK) << error_.message;
  ald_collection* other = nullptr;
  EXPECT_NE(ald_collection_open(database_, "books", &other, &error_), ALD_OK);
  ASSERT_EQ(ald_close(database_, &error_), ALD_OK);
  EXPECT_GT(lines, 0);
}

TEST_F(AlidadeTest, ThreadsMayCloseWhileOthersCall) {
  ASSERT_EQ(add({"a"}, {1, 0}, 2), ALD_OK);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      ald_status status = ALD_OK;
      while (status == ALD_OK) {
        const std::array<float, 2> vector = {1, 0};
        ald_result* result = nullptr;
        status = ald_collection_query(books_, vector.data(), 1, 2, 1, nullptr, 0, nullptr, &result, nullptr);
        if (status == ALD_OK) status = ald_result_free(result, nullptr);
      }
      EXPECT_EQ(status, ALD_CLOSED);
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(ald_close(database_, &error_), ALD_OK);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
