"""libalidade_embedded through ctypes: the few calls that the tests make."""

import ctypes
from ctypes import POINTER, byref, c_char, c_char_p, c_float, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p

OK, INVALID_ARGUMENT, INVALID_HANDLE, CLOSED, IN_USE, TIMEOUT = range(6)
NOT_FOUND, REJECTED = 9, 11
DOCUMENTS, EMBEDDINGS, METADATAS, DISTANCES = 1, 2, 4, 8


class Sized(ctypes.Structure):
    """A struct of the interface: it begins with its size."""

    def __init__(self, **members):
        super().__init__(struct_size=ctypes.sizeof(self), **members)


class Error(Sized):
    _fields_ = [("struct_size", c_size_t), ("status", c_int32), ("http_status", c_int32), ("name", c_char * 64),
                ("message", c_char * 1024)]


class Records(Sized):
    _fields_ = [("struct_size", c_size_t), ("count", c_size_t), ("ids", POINTER(c_char_p)),
                ("embeddings", POINTER(c_float)), ("dimension", c_size_t), ("documents", POINTER(c_char_p)),
                ("uris", POINTER(c_char_p)), ("metadatas", POINTER(c_char_p))]


class Limits(Sized):
    _fields_ = [("struct_size", c_size_t), ("timeout_ms", c_int64), ("stop", c_void_p)]


class Row(Sized):
    _fields_ = [("struct_size", c_size_t), ("id", c_char_p), ("document", c_char_p), ("uri", c_char_p),
                ("metadata", c_char_p), ("embedding", POINTER(c_float)), ("dimension", c_size_t),
                ("document_size", c_size_t), ("has_distance", c_uint32), ("distance", c_float)]


class Failure(Exception):
    def __init__(self, error):
        super().__init__(error.message.decode())
        self.status, self.http_status, self.name = error.status, error.http_status, error.name.decode()


def texts(values):
    return (c_char_p * len(values))(*[None if value is None else value.encode() for value in values])


class Library:
    def __init__(self, path):
        self.c = ctypes.CDLL(str(path))
        self.c.ald_version.restype = c_char_p

    def call(self, name, *arguments):
        """Calls a function that takes an error last; its failure is raised."""
        error = Error()
        if getattr(self.c, name)(*arguments, byref(error)) != OK:
            raise Failure(error)

    def open(self, folder):
        handle = c_void_p()
        self.call("ald_open", str(folder).encode(), None, byref(handle))
        return handle

    def close(self, database):
        self.call("ald_close", database)

    def collection(self, database, name, create=False):
        handle = c_void_p()
        if create:
            self.call("ald_collection_create", database, name.encode(), None, byref(handle))
        else:
            self.call("ald_collection_open", database, name.encode(), byref(handle))
        return handle

    def write(self, how, collection, ids, rows, documents=None, metadatas=None):
        flat = [value for row in rows for value in row]
        records = Records(count=len(ids), ids=texts(ids), embeddings=(c_float * len(flat))(*flat), dimension=len(rows[0]))
        if documents:
            records.documents = texts(documents)
        if metadatas:
            records.metadatas = texts(metadatas)
        self.call(f"ald_collection_{how}", collection, byref(records), None)

    def count(self, collection):
        count = c_uint64()
        self.call("ald_collection_count", collection, None, byref(count))
        return count.value

    def query(self, collection, vector, n, include=DOCUMENTS | DISTANCES):
        result = c_void_p()
        self.call("ald_collection_query", collection, (c_float * len(vector))(*vector), c_size_t(1),
                  c_size_t(len(vector)), c_uint32(n), None, c_uint32(include), None, byref(result))
        size, rows = c_size_t(), []
        self.call("ald_result_size", result, c_size_t(0), byref(size))
        for index in range(size.value):
            row = Row()
            self.call("ald_result_row", result, c_size_t(0), c_size_t(index), byref(row))
            rows.append((row.id.decode(), row.distance if row.has_distance else None,
                         row.document.decode() if row.document else None))
        self.call("ald_result_free", result)
        return rows
