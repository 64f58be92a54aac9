"""Dense, sparse and multivectors of one collection: each is written, read and searched through both faces of Qdrant; a
vector that does not fit is refused in the peer's words, and nothing of its request is written."""

import grpc
import pytest
from google.protobuf import json_format
from qdrant_client.grpc import points_pb2, points_service_pb2_grpc
from support.http_json import qdrant
from support.server import WITHOUT_GRPC

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


QUERIES = [
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


def test_the_older_search(http):
    assert refused(http, "POST", "/c/points/search", {"vector": {"name": "a", "vector": S}, "limit": 1}) == (
        400, TO_SPARSE)


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
    assert status == 400
    return grpc.StatusCode.INVALID_ARGUMENT, text


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


@pytest.mark.parametrize("vector,name,status,text", [
    ([1, 0, 0], "s", 400, TO_SPARSE), (S, "a", 400, TO_SPARSE), (M, "a", 400, TO_MULTI), (S, "zz", 400, unknown("zz"))])
def test_grpc_queries(stub, vector, name, status, text):
    message = {"query": {"nearest": grpc_vector(vector)}, "using": name}
    assert grpc_refused(stub, "Query", "QueryPoints", message) == grpc_expected(status, text)
    assert grpc_refused(stub, "Query", "QueryPoints", {
        "prefetch": [message], "query": {"nearest": {"dense": {"data": [1, 0, 0]}}}, "using": "a"}) == grpc_expected(
            status, text)
    if isinstance(vector, dict):
        old = {"vector": vector["values"], "sparse_indices": {"data": vector["indices"]}, "vector_name": name, "limit": 1}
        assert grpc_refused(stub, "Search", "SearchPoints", old) == grpc_expected(status, text)


@pytest.fixture(scope="module")
def served(server):
    http = qdrant(server)
    http.call("PUT", "/collections/kinds", {
        "vectors": {"a": {"size": 3, "distance": "Dot"},
                    "m": {"size": 2, "distance": "Dot", "multivector_config": {"comparator": "max_sim"}}},
        "sparse_vectors": {"s": {}, "t": {"modifier": "idf"}}})
    yield http
    http.call("DELETE", "/collections/kinds")


def shown(http, point):
    return http.call("GET", f"/collections/kinds/points/{point}")["result"]["vector"]


def scores(http, body):
    found = http.call("POST", "/collections/kinds/points/query", body)["result"]["points"]
    return [(hit["id"], round(hit["score"], 4)) for hit in found]


def test_each_kind_is_kept_and_found(served):
    served.call("PUT", "/collections/kinds/points?wait=true", {"points": [
        {"id": 1, "vector": {"a": [1, 0, 0], "m": M, "s": {"indices": [7, 1], "values": [2.0, 0.5]}}},
        {"id": 2, "vector": {"m": [0.5, 2], "s": {"indices": [], "values": []}}},
        {"id": 3, "vector": {"a": [0, 1, 0], "s": {"indices": [4294967295], "values": [-1.5]}}}]})
    assert shown(served, 1) == {"a": [1.0, 0.0, 0.0], "m": M, "s": {"indices": [1, 7], "values": [0.5, 2.0]}}
    assert shown(served, 2) == {"m": [[0.5, 2.0]], "s": {"indices": [], "values": []}}
    assert scores(served, {"query": {"indices": [7], "values": [3]}, "using": "s"}) == [(1, 6.0)]
    assert scores(served, {"query": {"indices": [4294967295], "values": [2]}, "using": "s"}) == [(3, -3.0)]
    # Two rows of whole numbers are a sparse vector.
    assert refused(served, "POST", "/kinds/points/query", {"query": [[1, 0], [0, 1]], "using": "m"}) == (400, TO_SPARSE)


def test_rows_are_compared_with_the_closest_rows(served):
    assert scores(served, {"query": [[1.0, 0.5], [0.0, 1.0]], "using": "m"}) == [(1, 3.25), (2, 3.5)][::-1]
    assert scores(served, {"query": [1.0, 0.5], "using": "m"}) == [(1, 1.75), (2, 1.5)]


def test_vectors_of_a_kind_are_changed_and_dropped(served):
    served.call("PUT", "/collections/kinds/points/vectors?wait=true", {"points": [
        {"id": 3, "vector": {"m": [[9.5, 9]], "s": {"indices": [3], "values": [1]}}}]})
    assert shown(served, 3) == {"a": [0.0, 1.0, 0.0], "m": [[9.5, 9.0]], "s": {"indices": [3], "values": [1.0]}}
    served.call("POST", "/collections/kinds/points/vectors/delete?wait=true", {"points": [3], "vector": ["m", "s"]})
    assert shown(served, 3) == {"a": [0.0, 1.0, 0.0]}
    found = served.call("POST", "/collections/kinds/points/scroll", {"filter": {"must": [{"has_vector": "m"}]}})
    assert [point["id"] for point in found["result"]["points"]] == [1, 2]


def test_documents_become_sparse_vectors(served):
    text = {"text": "a quick fox and a fox", "model": "qdrant/bm25"}
    served.call("PUT", "/collections/kinds/points?wait=true", {"points": [{"id": 10, "vector": {"t": text}}]})
    assert len(shown(served, 10)["t"]["indices"]) == 2
    assert [hit[0] for hit in scores(served, {"query": {"text": "foxes", "model": "Qdrant/BM25"}, "using": "t"})] == [10]
    status, answer = served.send("PUT", "/collections/kinds/points?wait=true", {"points": [
        {"id": 11, "vector": {"t": {**text, "options": {"k": -1}}}}]})
    assert (status, answer["status"]["error"]) == (400, "Wrong input: BM25 k1 must be finite and >= 0, got -1")


def test_grpc_writes_and_reads_each_kind(served, server):
    if WITHOUT_GRPC:
        pytest.skip("built without gRPC")
    vectors = {"a": [3.0, 2.0, 1.0], "m": [[1.0, 2.0], [3.0, 4.0]], "s": {"indices": [9, 12], "values": [1.0, 0.25]}}
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc}") as channel:
        stub = points_service_pb2_grpc.PointsStub(channel)
        stub.Upsert(json_format.ParseDict({"collection_name": "kinds", "wait": True, "points": [
            {"id": {"num": 20}, "vectors": {"vectors": {"vectors": {k: grpc_vector(v) for k, v in vectors.items()}}}},
            # The older form: numbers beside their places, or in so many rows.
            {"id": {"num": 21}, "vectors": {"vectors": {"vectors": {
                "s": {"data": [0.25, 1.0], "indices": {"data": [12, 9]}},
                "m": {"data": [1, 2, 3, 4], "vectors_count": 2}}}}}]}, points_pb2.UpsertPoints()))
        found = stub.Get(json_format.ParseDict({
            "collection_name": "kinds", "ids": [{"num": 20}], "with_vectors": {"enable": True}}, points_pb2.GetPoints()))
        read = found.result[0].vectors.vectors.vectors
        assert list(read["s"].sparse.indices) == [9, 12] and list(read["s"].sparse.values) == [1.0, 0.25]
        assert [list(row.data) for row in read["m"].multi_dense.vectors] == [[1.0, 2.0], [3.0, 4.0]]
        hits = stub.Query(json_format.ParseDict({
            "collection_name": "kinds", "using": "s", "query": {"nearest": grpc_vector({"indices": [12], "values": [4.0]})}},
            points_pb2.QueryPoints()))
        assert sorted((hit.id.num, hit.score) for hit in hits.result) == [(20, 1.0), (21, 1.0)]
    assert shown(served, 20) == vectors
    assert shown(served, 21) == {"m": vectors["m"], "s": vectors["s"]}


def test_a_multivector_has_its_limit(served, server):
    large = [[0.5, 1.5]] * (1 << 19)
    text = "Total size of all vectors (1048576) must be less than 1048576"
    for method, path, body in (("PUT", "/kinds/points?wait=true", {"points": [{"id": 30, "vector": {"m": large}}]}),
                               ("POST", "/kinds/points/query", {"query": large, "using": "m"})):
        status, answer = refused(served, method, path, body)
        assert status == 422 and text in answer, answer
    if WITHOUT_GRPC:
        return
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc}") as channel:
        stub = points_service_pb2_grpc.PointsStub(channel)
        for numbers, count in (([], 4294967295), ([1.0], 4294967295), ([1.0] * 3, 2)):
            request = json_format.ParseDict({"collection_name": "kinds", "wait": True, "points": [
                {"id": {"num": 31}, "vectors": {"vectors": {"vectors": {"m": {"data": numbers, "vectors_count": count}}}}}]},
                points_pb2.UpsertPoints())
            with pytest.raises(grpc.RpcError) as error:
                stub.Upsert(request, timeout=10)
            assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT
