"""Numbers that no embedding has but that anybody may send: every call answers, the background work
ends, collections can be dropped and the server stops in order."""

import json
import random
import time
import urllib.request

import pytest

from support.http_json import CHROMA_PATH, chroma, qdrant
from support.server import WITHOUT_GRPC, Server

ROWS, SIZE = 1500, 8


def rows(kind):
    rng = random.Random(93)
    for number in range(ROWS):
        row = [round(rng.gauss(0, 1), 4) for _ in range(SIZE)]
        if kind == "one infinite value" and number % 20 == 5:
            row[number % SIZE] = 1e39
        elif kind == "products that overflow":
            row = [value * 1e25 for value in row]
        elif kind == "tiny and huge rows":
            row = [value * rng.choice([1e-44, 1e-30, 1, 1e30, 1e38]) for value in row]
        yield row


QUERIES = [[1.0, 0, 0, 0, 0, 0, 0, 1], [1e39, 1, 2, 3, 4, 5, 6, 7], [1e39, -1e39, 0, 0, 0, 0, 0, 0], [3e38] * SIZE,
           [1e-45] * SIZE, [0.0] * SIZE]


def no_constant(text):
    raise AssertionError(f"{text} is no JSON")


def strict_json(url, body):
    """The answer to a POST, which has to be JSON in the narrow sense: no NaN, no Infinity."""
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read(), parse_constant=no_constant)


def wait_until_indexed(http, name):
    deadline = time.monotonic() + 30
    while http.call("GET", f"/collections/{name}")["result"]["status"] != "green":
        assert time.monotonic() < deadline, "the graph was never finished"
        time.sleep(0.05)


@pytest.mark.parametrize("distance", ["Cosine", "Dot", "Euclid", "Manhattan"])
def test_vectors_beyond_all_bounds(distance):
    with Server() as server:
        http = qdrant(server)
        for kind in ("one infinite value", "products that overflow", "tiny and huge rows"):
            http.call("PUT", "/collections/hostile", {"vectors": {"size": SIZE, "distance": distance},
                                                      "optimizers_config": {"indexing_threshold": 1}})
            points = [{"id": number, "vector": row} for number, row in enumerate(rows(kind))]
            for first in range(0, ROWS, 500):
                http.call("PUT", "/collections/hostile/points?wait=true", {"points": points[first:first + 500]})
            wait_until_indexed(http, "hostile")
            for query in QUERIES:
                for more in ({}, {"params": {"exact": True}}, {"params": {"hnsw_ef": 600}}):
                    answer = strict_json(f"{server.rest_url}/collections/hostile/points/query",
                                         {"query": query, "limit": 5, **more})
                    assert len({hit["id"] for hit in answer["result"]["points"]}) == 5
            http.call("DELETE", "/collections/hostile")
        assert server.stop() == 0


@pytest.mark.skipif(WITHOUT_GRPC, reason="this server has no gRPC listener")
def test_grpc_queries_that_are_no_numbers():
    import grpc
    from qdrant_client import grpc as api
    with Server() as server:
        http = qdrant(server)
        http.call("PUT", "/collections/hostile", {"vectors": {"size": SIZE, "distance": "Cosine"},
                                                  "optimizers_config": {"indexing_threshold": 1}})
        points = [{"id": number, "vector": row} for number, row in enumerate(rows("plain"))]
        http.call("PUT", "/collections/hostile/points?wait=true", {"points": points})
        wait_until_indexed(http, "hostile")
        with grpc.insecure_channel(f"127.0.0.1:{server.grpc}") as channel:
            stub = api.PointsStub(channel)
            for value in (float("nan"), float("inf"), float("-inf"), 3e38):
                query = api.Query(nearest=api.VectorInput(dense=api.DenseVector(data=[value] * SIZE)))
                answer = stub.Query(api.QueryPoints(collection_name="hostile", query=query, limit=5), timeout=20)
                assert len(answer.result) == 5
                stored = api.PointStruct(id=api.PointId(num=ROWS), vectors=api.Vectors(
                    vector=api.Vector(dense=api.DenseVector(data=[value] * SIZE))))
                try:
                    stub.Upsert(api.UpsertPoints(collection_name="hostile", wait=True, points=[stored]), timeout=20)
                except grpc.RpcError as refused:
                    assert value != value and refused.code() == grpc.StatusCode.INVALID_ARGUMENT, refused
        http.call("DELETE", "/collections/hostile")
        assert server.stop() == 0


def test_chroma_products_that_overflow():
    with Server() as server:
        http = chroma(server)
        made = http.call("POST", "/collections", {"name": "hostile", "configuration": {"hnsw": {"space": "ip"}}})
        path = f"/collections/{made['id']}"
        embeddings = list(rows("products that overflow"))
        http.call("POST", path + "/add", {"ids": [str(number) for number in range(ROWS)], "embeddings": embeddings})
        wait_until_indexed(qdrant(server), "hostile")
        for query in ([1, 0, 0, 0, 0, 0, 0, 1], [3e38] * SIZE):
            answer = strict_json(server.chroma_url + CHROMA_PATH + path + "/query",
                                 {"query_embeddings": [query], "n_results": 5})
            assert len(answer["ids"][0]) == 5, answer
        http.call("DELETE", "/collections/hostile")
        assert server.stop() == 0


def test_a_cosine_does_not_depend_on_lengths(server):
    """Stored and asked for, by both dialects; what comes back is what was given, or its direction."""
    http, other = qdrant(server), chroma(server)
    lengths = [1e-44, 1e-38, 1e-30, 1e-6, 1e-3, 1, 1e10, 1e25, 1e38]
    rows = [[3 * length, 0, length] for length in lengths]
    http.call("PUT", "/collections/cosine", {"vectors": {"size": 3, "distance": "Cosine"}})
    http.call("PUT", "/collections/cosine/points?wait=true",
              {"points": [{"id": number, "vector": row} for number, row in enumerate(rows)]})
    for query in rows:
        hits = http.call("POST", "/collections/cosine/points/query",
                         {"query": query, "limit": 20, "with_vector": True})["result"]["points"]
        assert len(hits) == len(rows)
        for hit in hits:
            assert hit["score"] == pytest.approx(1, abs=1e-5), (query, hit)
            assert sum(value * value for value in hit["vector"]) == pytest.approx(1, abs=1e-5), hit
    path = f"/collections/{other.call('GET', '/collections/cosine')['id']}/get"
    given = other.call("POST", path, {"include": ["embeddings"]})
    for name, embedding in zip(given["ids"], given["embeddings"]):
        assert embedding == pytest.approx(rows[int(name)], rel=1e-5, abs=1e-44), name
    http.call("DELETE", "/collections/cosine")


def test_a_row_longer_than_the_largest_number_comes_back(server):
    http = chroma(server)
    made = http.call("POST", "/collections", {"name": "long", "configuration": {"hnsw": {"space": "cosine"}}})
    path = f"/collections/{made['id']}"
    embeddings = [[3e38] * 16, [-3.4e38, 3.4e38] * 8, [1.0] * 16]
    http.call("POST", path + "/add", {"ids": ["a", "b", "c"], "embeddings": embeddings})
    given = http.call("POST", path + "/get", {"include": ["embeddings"]})
    assert dict(zip(given["ids"], given["embeddings"])) == {
        name: pytest.approx(row, rel=1e-5) for name, row in zip("abc", embeddings)}
    answer = strict_json(server.chroma_url + CHROMA_PATH + path + "/query",
                         {"query_embeddings": [[3e38] * 16], "n_results": 3})
    assert answer["distances"][0] == pytest.approx([0, 0, 1], abs=1e-5)
    http.call("DELETE", "/collections/long")
