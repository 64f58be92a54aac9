"""Sparse and multi vectors are promised at creation and not served yet: who uses one as it was meant is told so
(501, UNIMPLEMENTED); a vector that does not fit the collection keeps the peer's 400."""

import grpc
import pytest
from google.protobuf import json_format
from qdrant_client.grpc import points_pb2, points_service_pb2_grpc
from support.http_json import qdrant
from support.server import WITHOUT_GRPC

SPARSE = "Not implemented: Sparse vectors are not available in this version (vector `s`)"
MULTI = "Not implemented: Multi vectors are not available in this version (vector `m`)"
TO_SPARSE = "Wrong input: Conversion between sparse and regular vectors failed"
TO_MULTI = "Wrong input: Conversion between multi and regular vectors failed"
S = {"indices": [1, 7], "values": [0.5, 2.0]}
M = [[1.5, 0.5], [0.5, 1.5]]


def unknown(name):
    return f"Wrong input: Not existing vector name error: {name}"


@pytest.fixture(scope="module")
def http(server):
    http = qdrant(server)
    http.call("PUT", "/collections/c", {
        "vectors": {"a": {"size": 3, "distance": "Dot"},
                    "m": {"size": 2, "distance": "Dot", "multivector_config": {"comparator": "max_sim"}}},
        "sparse_vectors": {"s": {}}})
    http.call("PUT", "/collections/c/points?wait=true", {"points": [{"id": 1, "vector": {"a": [1, 0, 0]}}]})
    http.call("PUT", "/collections/plain", {
        "vectors": {"size": 2, "distance": "Dot", "multivector_config": {"comparator": "max_sim"}}})
    yield http
    # Nothing of all this was written.
    points = http.call("POST", "/collections/c/points/scroll", {"with_vector": True})["result"]["points"]
    assert points == [{"id": 1, "payload": {}, "vector": {"a": [1.0, 0.0, 0.0]}}]
    assert http.call("POST", "/collections/plain/points/count", {})["result"]["count"] == 0


@pytest.fixture(scope="module")
def stub(server, http):
    if WITHOUT_GRPC:
        pytest.skip("built without gRPC")
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc}") as channel:
        yield points_service_pb2_grpc.PointsStub(channel)


def refused(http, method, path, body):
    status, answer = http.send(method, "/collections" + path, body)
    assert status != 200, answer
    return status, answer["status"]["error"]


WRITES = [
    ({"s": S}, 501, SPARSE),
    ({"a": [1, 0, 0], "s": S}, 501, SPARSE),
    ({"m": M}, 501, MULTI),
    ({"m": [1.5, 0.5]}, 501, MULTI),
    ({"s": [1, 0, 0]}, 400, TO_SPARSE),
    ({"a": S}, 400, TO_SPARSE),
    ({"a": [[1.5, 0.5, 0.5]]}, 400, TO_MULTI),
    ({"m": S}, 400, TO_SPARSE),
    ({"zz": S}, 400, unknown("zz")),
    ({"zz": M}, 400, unknown("zz")),
    ({"zz": [1, 0, 0]}, 400, unknown("zz")),
    ({"a": [1]}, 400, "Wrong input: Vector dimension error: expected dim: 3, got 1"),
    ({"m": [[1.5, 0.5, 0.5]]}, 400, "Wrong input: Vector dimension error: expected dim: 2, got 3"),
    ({"m": [1.5, 0.5, 0.5]}, 400, "Wrong input: Vector dimension error: expected dim: 2, got 3"),
]


@pytest.mark.parametrize("vector,status,text", WRITES)
def test_writes(http, vector, status, text):
    name = next(iter(vector))
    named = f"{text} for vector '{name}'" if "dimension" in text else text
    points = [{"id": 2, "vector": vector}]
    assert refused(http, "PUT", "/c/points?wait=true", {"points": points}) == (status, named)
    columns = {"ids": [2], "vectors": {name: [one] for name, one in vector.items()}}
    assert refused(http, "PUT", "/c/points?wait=true", {"batch": columns}) == (status, named)
    assert refused(http, "POST", "/c/points/batch?wait=true",
                   {"operations": [{"upsert": {"points": points}}]}) == (status, named)
    points = [{"id": 1, "vector": vector}]
    assert refused(http, "PUT", "/c/points/vectors?wait=true", {"points": points}) == (status, text)
    assert refused(http, "POST", "/c/points/batch?wait=true",
                   {"operations": [{"update_vectors": {"points": points}}]}) == (status, named)
    if status == 501:  # Also who does not wait is told.
        assert refused(http, "PUT", "/c/points", {"points": points}) == (status, text)
        assert refused(http, "PUT", "/c/points/vectors", {"points": points}) == (status, text)


def test_the_unnamed_vector(http):
    text = MULTI.replace("`m`", "``")
    for vector in (M, [1.5, 0.5]):
        assert refused(http, "PUT", "/plain/points?wait=true", {"points": [{"id": 1, "vector": vector}]}) == (501, text)
        assert refused(http, "POST", "/plain/points/query", {"query": vector}) == (501, text)


QUERIES = [
    ({"query": S, "using": "s"}, 501, SPARSE),
    ({"query": {"nearest": S}, "using": "s"}, 501, SPARSE),
    ({"query": 1, "using": "s"}, 501, SPARSE),
    ({"query": {"recommend": {"positive": [1, S]}}, "using": "s"}, 501, SPARSE),
    ({"prefetch": {"query": S, "using": "s"}, "query": [1, 0, 0], "using": "a"}, 501, SPARSE),
    ({"query": M, "using": "m"}, 501, MULTI),
    ({"query": [1.5, 0.5], "using": "m"}, 501, MULTI),
    ({"query": [1, 0, 0], "using": "a", "with_vector": ["s"]}, 501, SPARSE),
    ({"query": [1, 0, 0], "using": "s"}, 400, TO_SPARSE),
    ({"query": S, "using": "a"}, 400, TO_SPARSE),
    ({"query": M, "using": "a"}, 400, TO_MULTI),
    ({"query": [[1.5, 2.5, 3.5]], "using": "m"}, 400,
     "Wrong input: Vector dimension error: expected dim: 2, got 3"),
    ({"query": S, "using": "zz"}, 400, unknown("zz")),
    ({"query": 1, "using": "zz"}, 400, unknown("zz")),
]


@pytest.mark.parametrize("body,status,text", QUERIES)
def test_queries(http, body, status, text):
    assert refused(http, "POST", "/c/points/query", body) == (status, text)
    assert refused(http, "POST", "/c/points/query/batch", {"searches": [body]}) == (status, text)


def test_the_older_search_groups_and_other_routes(http):
    named = {"name": "s", "vector": S}
    assert refused(http, "POST", "/c/points/search", {"vector": named, "limit": 1}) == (501, SPARSE)
    assert refused(http, "POST", "/c/points/search", {"vector": {"name": "a", "vector": S}, "limit": 1}) == (
        400, TO_SPARSE)
    assert refused(http, "POST", "/c/points/query/groups", {"query": S, "using": "s", "group_by": "g"}) == (501, SPARSE)
    assert refused(http, "POST", "/c/points/query/groups", {"query": [1.5, 2], "using": "m", "group_by": "g"}) == (
        501, MULTI)
    assert refused(http, "POST", "/c/points/vectors/delete?wait=true", {"points": [1], "vector": ["s"]}) == (501, SPARSE)
    assert refused(http, "POST", "/c/points", {"ids": [1], "with_vector": ["m"]}) == (501, MULTI)


def test_a_collection_that_is_not_there_comes_first(http):
    text = "Not found: Collection `nope` doesn't exist!"
    assert refused(http, "PUT", "/nope/points?wait=true", {"points": [{"id": 1, "vector": {"s": S}}]}) == (404, text)
    assert refused(http, "POST", "/nope/points/query", {"query": S, "using": "s"}) == (404, text)


def grpc_vector(value):
    if isinstance(value, dict):
        return {"sparse": value}
    if isinstance(value[0], list):
        return {"multi_dense": {"vectors": [{"data": row} for row in value]}}
    return {"dense": {"data": value}}


def grpc_refused(stub, method, type_name, message):
    request = json_format.ParseDict({"collection_name": "c", **message}, getattr(points_pb2, type_name)())
    with pytest.raises(grpc.RpcError) as error:
        getattr(stub, method)(request, timeout=60)
    return error.value.code(), error.value.details()


def grpc_expected(status, text):
    code = {501: grpc.StatusCode.UNIMPLEMENTED, 400: grpc.StatusCode.INVALID_ARGUMENT}[status]
    return code, text.removeprefix("Not implemented: ")


@pytest.mark.parametrize("vector,status,text", WRITES)
def test_grpc_writes(stub, vector, status, text):
    named = f"{text} for vector '{next(iter(vector))}'" if "dimension" in text else text
    points = [{"id": {"num": 1},
               "vectors": {"vectors": {"vectors": {name: grpc_vector(one) for name, one in vector.items()}}}}]
    message = {"points": points, "wait": True}
    assert grpc_refused(stub, "Upsert", "UpsertPoints", message) == grpc_expected(status, named)
    assert grpc_refused(stub, "UpdateVectors", "UpdatePointVectors", message)[0] == grpc_expected(status, text)[0]
    batch = {"operations": [{"upsert": {"points": points}}], "wait": True}
    assert grpc_refused(stub, "UpdateBatch", "UpdateBatchPoints", batch)[0] == grpc_expected(status, text)[0]
    if status == 501:
        assert grpc_refused(stub, "Upsert", "UpsertPoints", {"points": points}) == grpc_expected(status, text)


@pytest.mark.parametrize("vector,name,status,text", [
    (S, "s", 501, SPARSE), (M, "m", 501, MULTI), ([1.5, 0.5], "m", 501, MULTI), ([1, 0, 0], "s", 400, TO_SPARSE),
    (S, "a", 400, TO_SPARSE), (M, "a", 400, TO_MULTI), (S, "zz", 400, unknown("zz"))])
def test_grpc_queries(stub, vector, name, status, text):
    message = {"query": {"nearest": grpc_vector(vector)}, "using": name}
    assert grpc_refused(stub, "Query", "QueryPoints", message) == grpc_expected(status, text)
    assert grpc_refused(stub, "Query", "QueryPoints", {
        "prefetch": [message], "query": {"nearest": {"dense": {"data": [1, 0, 0]}}}, "using": "a"}) == grpc_expected(
            status, text)
    if isinstance(vector, dict):
        old = {"vector": vector["values"], "sparse_indices": {"data": vector["indices"]}, "vector_name": name, "limit": 1}
        assert grpc_refused(stub, "Search", "SearchPoints", old) == grpc_expected(status, text)
