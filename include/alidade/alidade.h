#ifndef ALIDADE_ALIDADE_H
#define ALIDADE_ALIDADE_H

/*
 * The embedded engine for C, and for every language that can call C: a data folder in this process, without a
 * server and without a socket. The files are the server's own. Link libalidade_embedded.
 *
 * Handles. ald_database, ald_collection, ald_result, ald_answer and ald_stop are opaque and never dereferenced: a
 * handle that is NULL, was closed, or is of another type gives ALD_INVALID_HANDLE. Whoever gets a handle closes it,
 * once: databases with ald_close, the others with their ald_…_free. Closing a database is the end of its collections
 * (their calls give ALD_CLOSED, their handles are still freed); results and answers live on.
 *
 * Texts are UTF-8 and end with a zero byte, unless a size stands beside them. What a function is given is borrowed for
 * the call. Pointers into a result or an answer are good until it is freed.
 *
 * Errors. Every function that can fail returns an ald_status and, where `error` is not NULL, fills it. Out parameters
 * are set on success, and to NULL or 0 on failure. No function throws, ends the process, or writes to a stream. The one
 * misuse that is not noticed is a pointer to memory that is not there, or an array shorter than its count.
 *
 * Threads. Every function may be called by all threads at once, with the same handles too. Freeing a handle waits for
 * nobody: calls that run with it end well. ald_close waits for the calls in flight. A child of fork() must not use what
 * its parent opened.
 *
 * Durability. A write that returned ALD_OK survives the end of the process and of the power. One that ended with
 * ALD_TIMEOUT or ALD_CANCELLED may have happened, or may still happen.
 *
 * ABI. Structs begin with their size, as the caller knows it, so that members can be added at the end; functions and
 * numbers are added, and never changed, while ALD_ABI_VERSION stays the same.
 */

#include <stddef.h>
#include <stdint.h>

#include "alidade/version.h"

#define ALD_ABI_VERSION 1

#if defined(__GNUC__)
#define ALD_API __attribute__((visibility("default")))
#else
#define ALD_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ALD_ABI_VERSION and ALIDADE_VERSION_TEXT of the library that is in use. Never fail. */
ALD_API uint32_t ald_abi_version(void);
ALD_API const char* ald_version(void);

typedef int32_t ald_status;
enum {
  ALD_OK = 0,
  ALD_INVALID_ARGUMENT = 1, /* The call itself is wrong: nothing was done. */
  ALD_INVALID_HANDLE = 2,   /* NULL, closed, or of another type. */
  ALD_CLOSED = 3,           /* The database of this collection was closed. */
  ALD_IN_USE = 4,           /* Somebody else has the data folder open: a server, a process, this one. */
  ALD_TIMEOUT = 5,
  ALD_CANCELLED = 6,
  ALD_TOO_LARGE = 7,        /* More than a call may bring. */
  ALD_OUT_OF_MEMORY = 8,
  ALD_NOT_FOUND = 9,
  ALD_ALREADY_EXISTS = 10,
  ALD_REJECTED = 11,        /* The engine does not take this request; the message says why. */
  ALD_BUSY = 12,            /* Too much at a time; try again later. */
  ALD_UNIMPLEMENTED = 13,
  ALD_DAMAGED = 14,         /* Files that cannot be read; the message names them. */
  ALD_IO = 15,              /* The disk: full, gone, not writable. */
  ALD_INTERNAL = 16
};
/* "not found"; "unknown status" for a number without a name. Static. */
ALD_API const char* ald_status_text(ald_status status);

/* Why a call failed. The caller's memory; longer texts are cut at a character. */
typedef struct ald_error {
  size_t struct_size;
  ald_status status;
  int32_t http_status; /* What a server would have answered; 0 when it got no further than the call. */
  char name[64];       /* "InvalidArgumentError", or "". */
  char message[1024];
} ald_error;
#define ALD_ERROR_INIT {sizeof(ald_error), 0, 0, {0}, {0}}

typedef struct ald_database ald_database;
typedef struct ald_collection ald_collection;
typedef struct ald_result ald_result;
typedef struct ald_answer ald_answer;
typedef struct ald_stop ald_stop;

/* A switch that ends calls early; one for any number of calls. Requesting twice is fine. */
ALD_API ald_status ald_stop_new(ald_stop** out, ald_error* error);
ALD_API ald_status ald_stop_request(ald_stop* stop, ald_error* error);
ALD_API ald_status ald_stop_free(ald_stop* stop, ald_error* error);

/* What one call may take; NULL stands for no limit. */
typedef struct ald_limits {
  size_t struct_size;
  int64_t timeout_ms; /* 0 is without end. */
  ald_stop* stop;     /* Or NULL. */
} ald_limits;
#define ALD_LIMITS_INIT {sizeof(ald_limits), 0, NULL}

/* One line of the engine's log: JSON with a line break at its end. Called by one thread at a time, with locks held:
 * it must not call back into the library, and must not end with an exception or longjmp. */
typedef void (*ald_log)(void* user, const char* line, size_t size);
enum { ALD_LOG_DEBUG = 1, ALD_LOG_INFO = 2, ALD_LOG_WARNING = 3, ALD_LOG_ERROR = 4 };

typedef struct ald_options {
  size_t struct_size;
  uint32_t threads;     /* For searches that run behind a call, and as many as cores when 0; at most 256. */
  uint32_t allow_reset; /* Not 0: the reset of Chroma's dialect works. */
  const char* tenant;   /* Where the ald_collection_… functions look; NULL for the defaults. */
  const char* database;
  ald_log log; /* NULL keeps no log. */
  void* log_user;
  int32_t log_level; /* The least that is logged; ALD_LOG_WARNING when 0. */
} ald_options;
#define ALD_OPTIONS_INIT {sizeof(ald_options), 0, 0, NULL, NULL, NULL, NULL, 0}

/* Opens a data folder, which is made when it is missing, and waits until all of its collections are open. Background
 * work (indexes, checkpoints) runs on threads of the library until ald_close. @param options may be NULL.
 * ALD_IN_USE when a server or another owner has it. */
ALD_API ald_status ald_open(const char* folder, const ald_options* options, ald_database** out, ald_error* error);
/* Waits for calls in flight, writes what makes the next start short, lets go of the folder. A process may end without it:
 * nothing that was answered is lost, the next start replays the log. */
ALD_API ald_status ald_close(ald_database* database, ald_error* error);

/* ---- Collections (Chroma's dialect) ---------------------------------------------------------------- */

typedef struct ald_new_collection {
  size_t struct_size;
  uint32_t get_or_create;    /* Not 0: an existing collection is opened as it is. */
  const char* metadata;      /* A JSON object, or NULL. */
  const char* configuration; /* {"hnsw": {"space": "cosine"}}, or NULL. */
} ald_new_collection;
#define ALD_NEW_COLLECTION_INIT {sizeof(ald_new_collection), 0, NULL, NULL}

/* @param what may be NULL. ALD_ALREADY_EXISTS unless get_or_create. */
ALD_API ald_status ald_collection_create(ald_database* database, const char* name, const ald_new_collection* what,
                                         ald_collection** out, ald_error* error);
ALD_API ald_status ald_collection_open(ald_database* database, const char* name, ald_collection** out,
                                       ald_error* error);
ALD_API ald_status ald_collection_delete(ald_database* database, const char* name, ald_error* error);
ALD_API ald_status ald_collection_free(ald_collection* collection, ald_error* error);
ALD_API ald_status ald_collection_count(ald_collection* collection, const ald_limits* limits, uint64_t* out,
                                        ald_error* error);

/* What one call may bring. */
#define ALD_MAX_RECORDS ((size_t)1000000)
#define ALD_MAX_DIMENSION ((size_t)65536)
#define ALD_MAX_BYTES ((size_t)1 << 30)

/* Records by columns; a column that is NULL is left out. */
typedef struct ald_records {
  size_t struct_size;
  size_t count;
  const char* const* ids;       /* count texts. */
  const float* embeddings;      /* count × dimension, row-major, all finite. */
  size_t dimension;
  const char* const* documents; /* count texts, each may be NULL. */
  const char* const* uris;      /* As documents. */
  const char* const* metadatas; /* count JSON objects, each may be NULL. */
} ald_records;
#define ALD_RECORDS_INIT {sizeof(ald_records), 0, NULL, NULL, 0, NULL, NULL, NULL}

/* Each is done whole or not at all. */
/* Adds records; those whose id is known stay as they are. */
ALD_API ald_status ald_collection_add(ald_collection* collection, const ald_records* records, const ald_limits* limits,
                                      ald_error* error);
/* Adds the unknown and changes the known; metadata is merged key by key. */
ALD_API ald_status ald_collection_upsert(ald_collection* collection, const ald_records* records,
                                         const ald_limits* limits, ald_error* error);
/* Changes the known, passes over the others. */
ALD_API ald_status ald_collection_update(ald_collection* collection, const ald_records* records,
                                         const ald_limits* limits, ald_error* error);

/* Which columns come back. */
enum {
  ALD_INCLUDE_DOCUMENTS = 1,
  ALD_INCLUDE_EMBEDDINGS = 2,
  ALD_INCLUDE_METADATAS = 4,
  ALD_INCLUDE_DISTANCES = 8, /* Queries only. */
  ALD_INCLUDE_URIS = 16
};

/* Which records are meant. Without ids and filters: all of them. */
typedef struct ald_selection {
  size_t struct_size;
  size_t id_count;
  const char* const* ids;     /* NULL: any; not NULL with id_count 0: none. */
  const char* where;          /* {"year": {"$gte": 2020}}, or NULL. */
  const char* where_document; /* {"$contains": "red"}, or NULL. */
} ald_selection;
#define ALD_SELECTION_INIT {sizeof(ald_selection), 0, NULL, NULL, NULL}

/* Records in the order in which they came. @param selection may be NULL; @param limit UINT32_MAX for no limit. */
ALD_API ald_status ald_collection_get(ald_collection* collection, const ald_selection* selection, uint32_t limit,
                                      uint32_t offset, uint32_t include, const ald_limits* limits, ald_result** out,
                                      ald_error* error);
/* The nearest records of each vector. @param vectors vector_count × dimension, row-major, all finite. */
ALD_API ald_status ald_collection_query(ald_collection* collection, const float* vectors, size_t vector_count,
                                        size_t dimension, uint32_t n_results, const ald_selection* selection,
                                        uint32_t include, const ald_limits* limits, ald_result** out,
                                        ald_error* error);
/* Deletes what is selected; a selection of everything is refused. @param deleted may be NULL. */
ALD_API ald_status ald_collection_remove(ald_collection* collection, const ald_selection* selection,
                                         const ald_limits* limits, uint64_t* deleted, ald_error* error);

/* One list for a get, one for each vector of a query, nearest first. */
ALD_API ald_status ald_result_lists(ald_result* result, size_t* out, ald_error* error);
ALD_API ald_status ald_result_size(ald_result* result, size_t list, size_t* out, ald_error* error);
/* One record. Pointers are NULL where the record has none, or the column was not included. */
typedef struct ald_row {
  size_t struct_size;
  const char* id;
  const char* document;
  const char* uri;
  const char* metadata; /* A JSON object. */
  const float* embedding;
  size_t dimension;
  size_t document_size; /* Without the zero byte: documents may hold some. */
  uint32_t has_distance;
  float distance;
} ald_row;
#define ALD_ROW_INIT {sizeof(ald_row), NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0}
ALD_API ald_status ald_result_row(ald_result* result, size_t list, size_t index, ald_row* out, ald_error* error);
ALD_API ald_status ald_result_free(ald_result* result, ald_error* error);

/* ---- Everything else: a request of either dialect, as a server would get it ------------------------ */

enum { ALD_DIALECT_CHROMA = 1, ALD_DIALECT_QDRANT = 2 };

/* Vectors beside a body. */
typedef struct ald_matrix {
  size_t struct_size;
  const float* values; /* rows × dimension, row-major, all finite. */
  size_t rows;
  size_t dimension;
} ald_matrix;
#define ALD_MATRIX_INIT {sizeof(ald_matrix), NULL, 0, 0}

/* @param target path and query, percent-encoded: "/collections/books/points/scroll". @param body JSON, or NULL.
 * @param vectors NULL, or for the query of Chroma's dialect: they count instead of its "query_embeddings", which is [],
 * and nobody prints and reads them. ALD_OK as soon as there is an answer, whatever its status. */
ALD_API ald_status ald_call(ald_database* database, int32_t dialect, const char* method, const char* target,
                            const char* body, size_t body_size, const ald_matrix* vectors, const ald_limits* limits,
                            ald_answer** out, ald_error* error);
typedef struct ald_answer_view {
  size_t struct_size;
  int32_t http_status;
  const char* body; /* With a zero byte behind it. */
  size_t body_size;
  const char* request_id; /* What the engine calls this request, or "". */
} ald_answer_view;
#define ALD_ANSWER_VIEW_INIT {sizeof(ald_answer_view), 0, NULL, 0, NULL}
ALD_API ald_status ald_answer_read(ald_answer* answer, ald_answer_view* out, ald_error* error);
ALD_API ald_status ald_answer_free(ald_answer* answer, ald_error* error);

#ifdef __cplusplus
}
#endif

#endif
