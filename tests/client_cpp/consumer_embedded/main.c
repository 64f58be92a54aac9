#include <alidade/alidade.h>
#include <stdio.h>

int main(int argc, char** argv) {
  ald_error error = ALD_ERROR_INIT;
  ald_database* database = NULL;
  ald_collection* books = NULL;
  uint64_t count = 0;
  if (argc != 2) return 2;
  if (ald_open(argv[1], NULL, &database, &error) != ALD_OK) return 1;
  if (ald_collection_open(database, "books", &books, &error) != ALD_OK) return 1;
  if (ald_collection_count(books, NULL, &count, &error) != ALD_OK) return 1;
  printf("%llu\n", (unsigned long long)count);
  return ald_close(database, &error) == ALD_OK ? 0 : 1;
}
