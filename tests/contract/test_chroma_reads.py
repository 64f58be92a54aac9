"""Chroma reads with ids, filters and pages together, and which of several mistakes is told. The
expected answers are what a Chroma 1.5.9 server gives."""

import pytest
from support.http_json import chroma

RECORDS = {"ids": ["a", "b", "c", "d"], "embeddings": [[1, 0], [2, 0], [3, 0], [4, 0]],
           "documents": ["red one", "red two", "blue", None], "metadatas": [{"n": 1, "k": "x"}, {"n": 2}, {"n": 3}, None]}
OFF = {"enabled": False, "config": {}}
CLOSED = {"schema": {"defaults": {}, "keys": {"k": {"string": {"string_inverted_index": OFF}},
                                              "#document": {"string": {"fts_index": OFF}}}}}
NO_ID = (500, "Error executing plan: Internal error: Error finding id")
UNCLOSED = (400, "Regex syntax errror: regex parse error:\n    (\n    ^\nerror: unclosed group")
NO_KEY = (400, "Cannot filter using metadata key 'k' with type 'Str' because indexing is disabled")
NO_TEXT = (400, "Cannot filter using full-text search because FTS indexing is disabled")
NOT_SERVED = (501, "Error executing plan: Not implemented: Search operation is not implemented for local executor")
WRONG_LENGTH = (400, "Collection expecting embedding with dimension of 2, got 3")
UNEQUAL = (400, "Inconsistent dimensions in provided embeddings")
NO_FILTER = (400, "Invalid where clause")
BAD_PATTERNS = [{"where_document": {"$regex": "("}}, {"where": {"#document": {"$not_regex": "("}}},
                {"where": {"$or": [{"n": 1}, {"$and": [{"k": "x"}, {"#document": {"$regex": "("}}]}]}}]


class Shelves:
    """Collections of one server, made when they are first asked for."""

    def __init__(self, server):
        self._http, self._paths = chroma(server), {}

    def path(self, kind):
        if kind not in self._paths:
            made = self._http.call("POST", "/collections", {"name": kind, **(CLOSED if "closed" in kind else {})})
            self._paths[kind] = f"/collections/{made['id']}"
            if "empty" not in kind:
                self._http.call("POST", self._paths[kind] + "/add", RECORDS)
            if kind in ("full", "emptied"):
                gone = ["c"] if kind == "full" else RECORDS["ids"]
                self._http.call("POST", self._paths[kind] + "/delete", {"ids": gone})
        return self._paths[kind]

    def ask(self, kind, operation, body):
        """The ids, or status and text of the refusal."""
        status, answer = self._http.send("POST", f"{self.path(kind)}/{operation}", body)
        return answer["ids"] if status == 200 else (status, answer["message"])

    def get(self, kind, **body):
        return self.ask(kind, "get", {"include": [], **body})

    def query(self, kind, **body):
        return self.ask(kind, "query", {"query_embeddings": [[1, 0]], "include": [], **body})

    def search(self, kind, *searches):
        return self.ask(kind, "search", {"searches": list(searches)})


@pytest.fixture(scope="module")
def shelves(server):
    return Shelves(server)


@pytest.mark.parametrize("ids, found", [
    (["b", "a"], ["a", "b"]), (["a", "zzz"], ["a"]), (["a", "c"], ["a"]), (["zzz"], []), (["a", "a"], ["a"]),
    (["", "b"], ["b"]), ([], [])])
def test_ids_beside_a_filter_meet_in_what_both_name(shelves, ids, found):
    assert shelves.query("full", ids=ids, where={"n": {"$gt": 0}}) == [found]
    assert shelves.query("full", ids=ids, where_document={"$contains": "red"}) == [found]
    assert shelves.query("full", ids=ids, where={"$and": []}) == [found]
    assert shelves.query("full", ids=ids, where={"$or": []}) == [[]]
    assert shelves.get("full", ids=ids, where={"n": {"$gt": 0}}) == found
    assert shelves.get("full", ids=ids) == found


@pytest.mark.parametrize("ids", [["a", "zzz"], ["c"], [""], ["a", ""]])
def test_an_unknown_id_alone_fails_as_at_the_peer(shelves, ids):
    assert shelves.query("full", ids=ids) == NO_ID
    assert shelves.query("full", ids=ids, where=None, where_document=None) == NO_ID
    assert shelves.query("full", ids=ids, n_results=0) == NO_ID
    assert shelves.query("emptied", ids=ids) == NO_ID
    # Before the first record nothing is looked up.
    assert shelves.query("empty", ids=ids) == [[]]


def test_pages_of_named_records(shelves):
    assert shelves.get("full", ids=["d", "a", "b"], limit=1, offset=1) == ["b"]
    assert shelves.get("full", ids=["a", "b", "zzz"], where={"n": {"$gt": 1}}, limit=5) == ["b"]
    assert shelves.get("full", limit=2**32 - 1, offset=2**32 - 1) == []
    assert shelves.get("full", limit=2**32 - 1, offset=2) == ["d"]
    assert shelves.query("full", n_results=2**32 - 1) == [["a", "b", "d"]]
    for field in "limit", "offset":
        status, text = shelves.get("full", **{field: 2**32})
        assert status == 422 and f"{field}: invalid value: integer `4294967296`, expected u32" in text


@pytest.mark.parametrize("clause", BAD_PATTERNS)
@pytest.mark.parametrize("kind", ["empty", "emptied", "full", "closed", "closed_empty"])
def test_a_bad_pattern_is_refused_before_all_else(shelves, kind, clause):
    assert shelves.get(kind, **clause) == UNCLOSED
    assert shelves.ask(kind, "delete", clause) == UNCLOSED
    assert shelves.query(kind, **clause) == UNCLOSED
    assert shelves.query(kind, ids=["zzz"], **clause) == UNCLOSED
    assert shelves.query(kind, query_embeddings=[[1, 0, 0]], **clause) == UNCLOSED
    assert shelves.query(kind, query_embeddings=[[1, 0], [1]], **clause) == UNCLOSED
    assert shelves.query(kind, query_embeddings=[], **clause) == UNCLOSED


def test_the_order_of_refusals_of_a_query(shelves):
    wrong = {"n": {"$foo": 1}}
    assert shelves.query("full", query_embeddings=[[1, 0], [1]], where=wrong) == NO_FILTER
    assert shelves.query("full", query_embeddings=[[1, 0, 0]], where=wrong) == NO_FILTER
    assert shelves.query("full", where_document={"$regex": "("}, where=wrong) == NO_FILTER
    assert shelves.query("full", query_embeddings=[[1, 0], [1]], ids=["zzz"]) == UNEQUAL
    assert shelves.query("full", query_embeddings=[[1, 0, 0]], ids=["zzz"]) == WRONG_LENGTH
    assert shelves.query("empty", query_embeddings=[[1, 0, 0]], ids=["zzz"]) == [[]]
    assert shelves.query("closed", query_embeddings=[[1, 0, 0]], where={"k": "x"}) == WRONG_LENGTH
    assert shelves.query("closed", query_embeddings=[[1, 0]], ids=["zzz"], where={"k": "x"}) == NO_KEY
    assert shelves.query("closed_empty", query_embeddings=[[1, 0, 0]], where={"k": "x"}) == NO_KEY


@pytest.mark.parametrize("kind", ["closed", "closed_empty"])
def test_a_search_checks_its_filter(shelves, kind):
    near = {"rank": {"$knn": {"query": [1, 0]}}}
    for test in {"k": "x"}, {"k": {"$in": ["x"]}}, {"k": {"$contains": "x"}}, {"$and": [{"n": 1}, {"k": {"$ne": "x"}}]}:
        assert shelves.search(kind, {"filter": test}) == NO_KEY
        assert shelves.search(kind, near, {"filter": test, **near}) == NO_KEY
    assert shelves.search(kind, {"filter": {"#document": {"$contains": "a"}}}) == NO_TEXT
    assert shelves.search(kind, {"filter": {"#document": {"$regex": "a"}}}) == NO_TEXT
    assert shelves.search(kind, {"filter": {"k": 1}}) == NOT_SERVED
    assert shelves.search(kind, near) == NOT_SERVED
    assert shelves.search("full", {"filter": {"k": "x"}}) == NOT_SERVED


def test_a_search_by_a_sparse_vector_needs_its_index(shelves):
    def by(**knn):
        return {"rank": {"$sum": [{"$val": 1}, {"$knn": {"query": {"indices": [1], "values": [1.0]}, **knn}}]}}
    text = "Cannot filter using metadata key '{}' with type 'SparseVector' because indexing is disabled"
    assert shelves.search("full", by(key="s")) == (400, text.format("s"))
    assert shelves.search("full", by()) == (400, text.format("#embedding"))
    # Filters of one search first, then its ranks, then the next search.
    assert shelves.search("closed", {"filter": {"k": "x"}, **by(key="s")}) == NO_KEY
    assert shelves.search("closed", by(key="s"), {"filter": {"k": "x"}}) == (400, text.format("s"))
