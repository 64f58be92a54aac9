/* The embedded engine from C: a data folder in this process, without a server.
 *
 *   embedded_c [FOLDER]      default: ./alidade-data
 */
#include <stdio.h>
#include <stdlib.h>

#include "alidade/alidade.h"

/* Ends the program with what went wrong. */
static void need(ald_status status, const char* what, const ald_error* error) {
  if (status == ALD_OK) return;
  fprintf(stderr, "%s: %s (%s): %s\n", what, ald_status_text(status), error->name, error->message);
  exit(1);
}

int main(int argc, char** argv) {
  const char* folder = argc > 1 ? argv[1] : "alidade-data";
  ald_error error = ALD_ERROR_INIT;
  ald_database* database = NULL;
  need(ald_open(folder, NULL, &database, &error), "open", &error);
  printf("alidade %s\n", ald_version());

  ald_new_collection what = ALD_NEW_COLLECTION_INIT;
  what.get_or_create = 1;
  what.configuration = "{\"hnsw\": {\"space\": \"cosine\"}}";
  ald_collection* books = NULL;
  need(ald_collection_create(database, "books", &what, &books, &error), "create", &error);

  const char* ids[] = {"moby", "dune", "emma"};
  const char* documents[] = {"A captain hunts a whale.", "A boy inherits a desert.", "A village in England."};
  const char* metadatas[] = {"{\"year\": 1851}", "{\"year\": 1965}", "{\"year\": 1815}"};
  const float embeddings[] = {0.9F, 0.1F, 0.1F, 0.9F, 0.5F, 0.5F};
  ald_records records = ALD_RECORDS_INIT;
  records.count = 3;
  records.ids = ids;
  records.embeddings = embeddings;
  records.dimension = 2;
  records.documents = documents;
  records.metadatas = metadatas;
  need(ald_collection_upsert(books, &records, NULL, &error), "upsert", &error);

  /* The nearest that are older than 1900, within a second. */
  const float vector[] = {1.0F, 0.0F};
  ald_selection old = ALD_SELECTION_INIT;
  old.where = "{\"year\": {\"$lt\": 1900}}";
  ald_limits limits = ALD_LIMITS_INIT;
  limits.timeout_ms = 1000;
  ald_result* result = NULL;
  need(ald_collection_query(books, vector, 1, 2, 5, &old, ALD_INCLUDE_DOCUMENTS | ALD_INCLUDE_DISTANCES, &limits,
                            &result, &error),
       "query", &error);
  size_t size = 0;
  need(ald_result_size(result, 0, &size, &error), "result", &error);
  for (size_t i = 0; i < size; ++i) {
    ald_row row = ALD_ROW_INIT;
    need(ald_result_row(result, 0, i, &row, &error), "row", &error);
    printf("%s  %.2f  %s\n", row.id, (double)row.distance, row.document);
  }
  need(ald_result_free(result, &error), "free", &error);

  /* What is refused comes back as an error. */
  old.where = "{\"year\": {\"$older\": 1900}}";
  if (ald_collection_query(books, vector, 1, 2, 5, &old, 0, NULL, &result, &error) != ALD_OK) {
    printf("refused: %s\n", error.message);
  }
  need(ald_collection_free(books, &error), "free", &error);
  need(ald_close(database, &error), "close", &error);
  return 0;
}
