/* The C interface from a program in C: the whole way of a record, and misuse. `embedded_c_test FOLDER` prints "ok", or
 * the line of the first promise that is not kept. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alidade/alidade.h"

#if ALIDADE_VERSION < ALIDADE_VERSION_OF(0, 1, 0)
#error "an older library than this program was written for"
#endif

#define REQUIRE(condition)                                                          \
  do {                                                                              \
    if (!(condition)) {                                                             \
      fprintf(stderr, "line %d: not so: %s: %s\n", __LINE__, #condition, error.message); \
      exit(1);                                                                      \
    }                                                                               \
  } while (0)

static ald_error error = ALD_ERROR_INIT;

static void write_records(ald_collection* books) {
  const char* ids[] = {"moby", "dune"};
  const char* documents[] = {"A captain hunts a whale.", NULL};
  const char* metadatas[] = {NULL, "{\"year\": 1965}"};
  const char* uris[] = {"file:moby", NULL};
  float embeddings[] = {1, 0, 0, 1};
  ald_records records = ALD_RECORDS_INIT;
  records.count = 2;
  records.ids = ids;
  records.embeddings = embeddings;
  records.dimension = 2;
  records.documents = documents;
  records.uris = uris;
  records.metadatas = metadatas;
  REQUIRE(ald_collection_add(books, &records, NULL, &error) == ALD_OK);
  REQUIRE(ald_collection_upsert(books, &records, NULL, &error) == ALD_OK);
  REQUIRE(ald_collection_update(books, &records, NULL, &error) == ALD_OK);
}

static void read_records(ald_collection* books) {
  const float vector[] = {0, 1};
  ald_result* result = NULL;
  ald_row row = ALD_ROW_INIT;
  size_t lists = 0;
  size_t size = 0;
  uint64_t count = 0;
  REQUIRE(ald_collection_count(books, NULL, &count, &error) == ALD_OK && count == 2);
  REQUIRE(ald_collection_query(books, vector, 1, 2, 10, NULL,
                               ALD_INCLUDE_DISTANCES | ALD_INCLUDE_METADATAS | ALD_INCLUDE_URIS, NULL, &result,
                               &error) == ALD_OK);
  REQUIRE(ald_result_lists(result, &lists, &error) == ALD_OK && lists == 1);
  REQUIRE(ald_result_size(result, 0, &size, &error) == ALD_OK && size == 2);
  REQUIRE(ald_result_row(result, 0, 0, &row, &error) == ALD_OK);
  REQUIRE(strcmp(row.id, "dune") == 0 && row.document == NULL && row.has_distance && row.distance == 0);
  REQUIRE(strstr(row.metadata, "1965") != NULL && row.uri == NULL);
  REQUIRE(ald_result_row(result, 0, 1, &row, &error) == ALD_OK && strcmp(row.uri, "file:moby") == 0);
  REQUIRE(ald_result_free(result, &error) == ALD_OK);
  REQUIRE(ald_collection_get(books, NULL, UINT32_MAX, 1, ALD_INCLUDE_DOCUMENTS, NULL, &result, &error) == ALD_OK);
  REQUIRE(ald_result_size(result, 0, &size, &error) == ALD_OK && size == 1);
  REQUIRE(ald_result_free(result, &error) == ALD_OK);
}

static void misuse(ald_database* database, ald_collection* books) {
  ald_result* result = NULL;
  uint64_t count = 0;
  ald_collection* freed = NULL;
  REQUIRE(ald_collection_count(NULL, NULL, &count, &error) == ALD_INVALID_HANDLE);
  REQUIRE(ald_collection_count((ald_collection*)database, NULL, &count, &error) == ALD_INVALID_HANDLE);
  REQUIRE(ald_collection_open(database, "books", &freed, &error) == ALD_OK);
  REQUIRE(ald_collection_free(freed, &error) == ALD_OK);
  REQUIRE(ald_collection_count(freed, NULL, &count, &error) == ALD_INVALID_HANDLE);
  REQUIRE(ald_collection_query(books, NULL, 1, 2, 1, NULL, 0, NULL, &result, &error) == ALD_INVALID_ARGUMENT);
  REQUIRE(ald_collection_open(database, "\xff", &freed, NULL) == ALD_INVALID_ARGUMENT);
  REQUIRE(error.status == ALD_INVALID_ARGUMENT);
}

int main(int argc, char** argv) {
  ald_database* database = NULL;
  ald_database* second = NULL;
  ald_collection* books = NULL;
  uint64_t count = 0;
  if (argc != 2) return 2;
  REQUIRE(ald_abi_version() == ALD_ABI_VERSION && strcmp(ald_version(), ALIDADE_VERSION_TEXT) == 0);
  REQUIRE(ald_open(argv[1], NULL, &database, &error) == ALD_OK);
  REQUIRE(ald_open(argv[1], NULL, &second, &error) == ALD_IN_USE && second == NULL && error.message[0] != '\0');
  REQUIRE(ald_collection_create(database, "books", NULL, &books, &error) == ALD_OK);
  write_records(books);
  read_records(books);
  misuse(database, books);
  REQUIRE(ald_close(database, &error) == ALD_OK);
  REQUIRE(ald_close(database, &error) == ALD_INVALID_HANDLE);
  REQUIRE(ald_collection_count(books, NULL, &count, &error) == ALD_CLOSED);
  REQUIRE(ald_collection_free(books, &error) == ALD_OK);

  /* It is on the disk. */
  REQUIRE(ald_open(argv[1], NULL, &database, &error) == ALD_OK);
  REQUIRE(ald_collection_open(database, "books", &books, &error) == ALD_OK);
  REQUIRE(ald_collection_count(books, NULL, &count, &error) == ALD_OK && count == 2);
  REQUIRE(ald_collection_free(books, &error) == ALD_OK);
  REQUIRE(ald_collection_delete(database, "books", &error) == ALD_OK);
  REQUIRE(ald_close(database, &error) == ALD_OK);
  printf("ok\n");
  return 0;
}
