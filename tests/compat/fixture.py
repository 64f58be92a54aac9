"""What a fixture's folder is filled with, and everything that is asked of it."""

from support.http_json import chroma, qdrant

POINTS = 1200


def vector(i, dim):
    return [((i * 37 + j * 101) % 211) / 100 - 1 for j in range(dim)]


def point(i):
    return {"id": i, "vector": {"": vector(i, 8), "small": vector(i + 3, 4)},
            "payload": {"n": i % 50, "color": ["red", "green", "blue"][i % 3], "text": f"point {i} " + "abc " * 60}}


def fill(server, restart):
    """@param restart stops the server in order (a checkpoint) and starts it again; returns it."""
    http = qdrant(server)
    http.call("PUT", "/collections/books", {
        "vectors": {"": {"size": 8, "distance": "Cosine"}, "small": {"size": 4, "distance": "Euclid"}},
        "optimizers_config": {"indexing_threshold": 1}})
    http.call("PUT", "/collections/books/index?wait=true", {"field_name": "n", "field_schema": "integer"})
    http.call("PUT", "/collections/books/index?wait=true", {"field_name": "color", "field_schema": "keyword"})
    for first in range(0, POINTS, 100):
        http.call("PUT", "/collections/books/points?wait=true", {"points": [point(i) for i in range(first, first + 100)]})
    http.call("POST", "/collections/aliases",
              {"actions": [{"create_alias": {"collection_name": "books", "alias_name": "library"}}]})
    notes = chroma(server)
    notes.call("POST", "/collections", {"name": "notes", "metadata": {"kind": "fixture"}})
    wait_for_graph(http)
    server = restart(server)
    http = qdrant(server)
    http.call("POST", "/collections/books/points/delete?wait=true", {"points": list(range(0, 100, 7))})
    http.call("POST", "/collections/books/points/payload?wait=true", {"payload": {"seen": True}, "points": [1, 2, 3]})
    server = restart(server)
    http, notes = qdrant(server), chroma(server)
    # Behind the last checkpoint: enough for several segments of the log.
    for first in range(POINTS, POINTS + 1200, 100):
        http.call("PUT", "/collections/books/points?wait=true", {"points": [point(i) for i in range(first, first + 100)]})
    http.call("PUT", "/collections/books/points/vectors?wait=true",
              {"points": [{"id": 5, "vector": {"small": [1, 2, 3, 4]}}]})
    uuid = notes.call("GET", "/collections/notes")["id"]
    notes.call("POST", f"/collections/{uuid}/add", {
        "ids": [f"note {i}" for i in range(20)], "embeddings": [vector(i, 5) for i in range(20)],
        "documents": [f"document {i}" for i in range(20)], "metadatas": [{"i": i, "odd": i % 2 == 1} for i in range(20)]})
    return server


def wait_for_graph(http):
    while http.call("GET", "/collections/books")["result"]["status"] != "green":
        pass


def answers(server):
    http, notes = qdrant(server), chroma(server)
    found = {}

    def ask(name, path, body):
        found[name] = http.call("POST", f"/collections/{path}", body)["result"]

    everything = {"with_payload": True, "with_vector": True}
    ask("scroll", "books/points/scroll", {"limit": 5000, **everything})
    ask("count by index", "books/points/count", {"filter": {"must": [{"key": "color", "match": {"value": "red"}}]}})
    ask("count by payload", "books/points/count", {"filter": {"must": [{"key": "seen", "match": {"value": True}}]}})
    ask("alias", "library/points", {"ids": [1, 5, 1300], **everything})
    for exact in (False, True):
        ask(f"search, exact {exact}", "books/points/query",
            {"query": vector(17, 8), "limit": 10, "params": {"exact": exact, "hnsw_ef": 2500}})
    ask("search small", "books/points/query", {"query": vector(8, 4), "using": "small", "limit": 10, "params": {"exact": True}})
    found["schema"] = http.call("GET", "/collections/books")["result"]["payload_schema"]
    uuid = notes.call("GET", "/collections/notes")["id"]
    include = ["documents", "metadatas", "embeddings"]
    found["notes"] = notes.call("POST", f"/collections/{uuid}/get", {"include": include})
    found["odd notes"] = notes.call("POST", f"/collections/{uuid}/query", {
        "query_embeddings": [vector(4, 5)], "n_results": 5, "where": {"odd": True}, "include": [*include, "distances"]})
    return found
