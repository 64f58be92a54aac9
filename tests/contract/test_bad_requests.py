"""Wrong requests: refused as the peers refuse them, nothing written, the connection usable."""

import random
import socket

import pytest
from support.http_json import chroma, qdrant

SEED = 20261121
MALFORMED = [b"", b"{", b"[1,", b'{"points": [}', b'{"a": 01}', b'{"a": "\\q"}', b"\xff\xfe\x00", b'{"a": 1} x', b"nul",
             b'"text"', b'{"points": [{"id": 1, "vector": [1, 2, NaN, 4]}]}', b'{"points": [{"id": 1, "vector": [1e999, 0, 0, 0]}]}']


def nested(depth):
    return b'{"points": [{"id": 2, "vector": [0,0,0,1], "payload": {"a": ' + b"[" * depth + b"]" * depth + b"}}]}"


@pytest.fixture
def books(server):
    """A Qdrant collection with one point; still exactly that at the end."""
    http = qdrant(server)
    http.call("PUT", "/collections/books", {"vectors": {"size": 4, "distance": "Dot"}})
    http.call("PUT", "/collections/books/points?wait=true", {"points": [{"id": 1, "vector": [1, 0, 0, 0]}]})
    yield http
    # The very connection that sent the bad requests.
    points = http.call("POST", "/collections/books/points/scroll", {"with_vector": True})["result"]["points"]
    assert points == [{"id": 1, "payload": {}, "vector": [1.0, 0.0, 0.0, 0.0]}]
    http.call("DELETE", "/collections/books")


@pytest.fixture
def shelf(server):
    """(connection, path of the records) of a Chroma collection with one record."""
    http = chroma(server)
    made = http.call("POST", "/collections", {"name": "shelf"})
    path = f"/collections/{made['id']}"
    http.call("POST", path + "/add", {"ids": ["a"], "embeddings": [[1, 0, 0, 0]]})
    yield http, path
    assert http.call("POST", path + "/get", {})["ids"] == ["a"]
    http.call("DELETE", "/collections/shelf")


def qdrant_error(answer, *statuses):
    status, body = answer
    assert status in statuses, answer
    assert set(body) == {"status", "time"} and isinstance(body["status"]["error"], str), body
    return body["status"]["error"]


@pytest.mark.parametrize("body", MALFORMED)
def test_malformed_json_for_qdrant(books, body):
    text = qdrant_error(books.send("PUT", "/collections/books/points?wait=true", body), 400)
    assert text.startswith("Format error in JSON body: ")


@pytest.mark.parametrize("body", MALFORMED)
def test_malformed_json_for_chroma(shelf, body):
    http, path = shelf
    status, answer = http.send("POST", path + "/upsert", body)
    assert status in (400, 422), (status, answer)


@pytest.mark.parametrize("depth", [200, 100_000])
def test_deep_nesting(books, shelf, depth):
    text = qdrant_error(books.send("PUT", "/collections/books/points?wait=true", nested(depth)), 400)
    assert "recursion limit exceeded" in text
    http, path = shelf
    body = b'{"ids": ["b"], "embeddings": [[1,2,3,4]], "metadatas": [{"a": ' + b"[" * depth + b"]" * depth + b"}]}"
    assert http.send("POST", path + "/upsert", body)[0] in (400, 422)
    condition = b'{"$and": [' * depth + b'{"a": 1}' + b"]}" * depth
    status, _ = http.send("POST", path + "/get", b'{"where": ' + condition + b"}")
    assert status in (400, 422)


@pytest.mark.parametrize("point, words", [
    ({"id": 2, "vector": [1, 2, 3]}, "Wrong input: Vector dimension error: expected dim: 4, got 3"),
    ({"id": -2, "vector": [1, 2, 3, 4]}, "is not a valid point ID"),
    ({"id": 1.5, "vector": [1, 2, 3, 4]}, "is not a valid point ID"),
    ({"id": "book", "vector": [1, 2, 3, 4]}, "is not a valid point ID"),
    ({"id": 2, "vector": "1 2 3 4"}, "data did not match any variant"),
    ({"id": 2, "vector": {"title": [1, 2, 3, 4]}}, "Not existing vector name error: title"),
    ({"id": 2, "vector": [1, 2, 3, 4], "payload": [1]}, "Format error in JSON body"),
    ({"vector": [1, 2, 3, 4]}, "missing field `id`"),
])
def test_wrong_points(books, point, words):
    # With a good point before it: nothing of the request may be written.
    body = {"points": [{"id": 7, "vector": [0, 0, 0, 1]}, point]}
    assert words in qdrant_error(books.send("PUT", "/collections/books/points?wait=true", body), 400, 422)


@pytest.mark.parametrize("filter_, words", [
    ({"must": [{"key": "a", "match": {"value": [1]}}]}, "Format error in JSON body"),
    ({"perhaps": []}, "unknown field `perhaps`"),
    ({"must": [{"key": "a", "range": {"gt": "x"}}]}, "Format error in JSON body"),
])
def test_bad_filters(books, filter_, words):
    body = {"filter": filter_}
    assert words in qdrant_error(books.send("POST", "/collections/books/points/scroll", body), 400)


def test_unknown_and_existing_collections(server, books, shelf):
    assert qdrant_error(books.send("POST", "/collections/nowhere/points/scroll", {}), 404) \
        == "Not found: Collection `nowhere` doesn't exist!"
    create = {"vectors": {"size": 4, "distance": "Dot"}}
    assert qdrant_error(books.send("PUT", "/collections/books", create), 409) \
        == "Wrong input: Collection `books` already exists!"
    http, _ = shelf
    status, answer = http.send("GET", "/collections/nowhere")
    assert (status, answer["error"]) == (404, "NotFoundError")
    status, answer = http.send("POST", "/collections", {"name": "shelf"})
    assert (status, answer["error"]) == (409, "ChromaError")
    assert answer["message"] == "Collection [shelf] already exists"
    status, answer = http.send("POST", "/collections/8e5dbd4e-0000-4000-8000-000000000000/get", {})
    assert (status, answer["error"]) == (404, "NotFoundError")


@pytest.mark.parametrize("body, status", [
    ({"ids": ["b"], "embeddings": [[1, 2]]}, 400),
    ({"ids": ["b", "c"], "embeddings": [[1, 2, 3, 4]]}, 400),
    ({"ids": "b", "embeddings": [[1, 2, 3, 4]]}, 422),
    ({"ids": ["b"], "embeddings": [["x", 2, 3, 4]]}, 422),
    ({"ids": ["b"], "embeddings": [[1, 2, 3, 4]], "metadatas": [{"a": {"b": 1}}]}, 422),
    ({"ids": [""], "embeddings": [[1, 2, 3, 4]], "documents": [5]}, 422),
])
def test_wrong_records(shelf, body, status):
    http, path = shelf
    got, answer = http.send("POST", path + "/add", body)
    # The body of a wrong type is an object too; which one is held by the recorded answers.
    assert got == status or got in (400, 422), (got, answer)


def test_oversize_bodies(server, books, shelf):
    # The length alone is refused, before a byte of the body is read.
    for port, path in ((server.rest, "/collections/books/points"), (server.chroma, "/api/v2/tenants/t/databases/d/collections")):
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                               f"Content-Length: {1 << 40}\r\n\r\n".encode())
            status = int(connection.recv(64).split()[1])
            assert status in (400, 413)


def test_broken_http_leaves_the_server_serving(server, books):
    rng = random.Random(SEED)
    for _ in range(50):
        with socket.create_connection(("127.0.0.1", rng.choice([server.rest, server.chroma])), timeout=30) as connection:
            connection.sendall(bytes(rng.randrange(256) for _ in range(rng.randrange(1, 400))))
    for start in (b"POST /collections/books/points HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{", b"GET / HT"):
        with socket.create_connection(("127.0.0.1", server.rest), timeout=30) as connection:
            connection.sendall(start)
    assert books.send("GET", "/healthz")[0] == 200


def test_cut_and_changed_bodies_never_break_the_server(server, books, shelf):
    """Good bodies, cut and with bytes changed: any answer is right that is an answer."""
    rng = random.Random(SEED)
    good = b'{"query": [1, 0, 0, 0], "limit": 3, "filter": {"must": [{"key": "a.b[]", "range": {"gte": 1.5, "lt": null}}]}, "with_payload": ["a"]}'
    http, path = shelf
    records = b'{"query_embeddings": [[1, 0, 0, 0]], "n_results": 3, "where": {"$or": [{"a": {"$in": [1, 2]}}, {"b": {"$ne": "x"}}]}, "include": ["documents"]}'
    for _ in range(300):
        for connection, target, body in ((books, "/collections/books/points/query", good), (http, path + "/query", records)):
            changed = bytearray(body[: rng.randrange(1, len(body) + 1)] if rng.random() < 0.3 else body)
            for _ in range(rng.randrange(1, 4)):
                changed[rng.randrange(len(changed))] = rng.choice(b'{}[]",:0123456789.-eE\\ nul\x00\xff')
            status, _ = connection.send("POST", target, bytes(changed))
            assert status in (200, 400, 404, 422), (status, bytes(changed))
    assert server.is_alive()
