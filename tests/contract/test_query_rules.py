"""What Qdrant's query API refuses, in which order, and what it counts: over REST and over gRPC."""

import json

import grpc
import pytest
from google.protobuf import json_format
from qdrant_client.grpc import points_pb2, points_service_pb2_grpc
from support.http_json import qdrant
from support.server import WITHOUT_GRPC

FACES = ["rest"] if WITHOUT_GRPC else ["rest", "grpc"]
V = [1, 0, 0, 0]
NO_QUERY = ("Bad request: A query is needed to use the score_threshold. Can't have score_threshold without defining "
            "a query.")
NO_COLLECTION = "Not found: Collection nope not found"
NO_POINT = "Not found: No point with id 999 found"
NO_NAME = "Wrong input: Not existing vector name error: zz"
FUSION_USING = "Bad request: Fusion queries cannot be combined with the 'using' field."
LARGEST = 2**64 - 1


def grpc_input(value):
    return {"id": {"num": value}} if isinstance(value, int) else {"dense": {"data": value}}


def grpc_query(query):
    if isinstance(query, (int, list)):
        return {"nearest": grpc_input(query)}
    if "fusion" in query:
        return {"fusion": query["fusion"].upper()}
    if "sample" in query:
        return {"sample": "Random"}
    if "order_by" in query:
        return {"order_by": {"key": query["order_by"]}}
    return {"recommend": {sign: [grpc_input(one) for one in query["recommend"].get(sign, [])]
                          for sign in ("positive", "negative")}}


def grpc_message(body):
    """The same request as the protobuf JSON of the gRPC message."""
    message = {}
    for name, value in body.items():
        if name == "query":
            message[name] = grpc_query(value)
        elif name == "prefetch":
            message[name] = [grpc_message(one) for one in value]
        elif name == "lookup_from":
            message[name] = {"collection_name": value["collection"]}
            if "vector" in value:
                message[name]["vector_name"] = value["vector"]
        else:
            message[name] = value
    return message


class Rest:
    def __init__(self, server):
        self._http = qdrant(server)

    def _post(self, path, body):
        status, answer = self._http.send("POST", "/collections/c/points/query" + path, body)
        return answer["result"] if status == 200 else (status, answer["status"]["error"])

    def query(self, body):
        found = self._post("", body)
        return found if isinstance(found, tuple) else [point["id"] for point in found["points"]]

    def batch(self, bodies):
        return self._post("/batch", {"searches": bodies})

    def groups(self, body):
        found = self._post("/groups", body)
        if isinstance(found, tuple):
            return found
        return {group["id"]: [hit["id"] for hit in group["hits"]] for group in found["groups"]}


class Grpc:
    CODES = {grpc.StatusCode.INVALID_ARGUMENT: 400, grpc.StatusCode.NOT_FOUND: 404}

    def __init__(self, server):
        self._stub = points_service_pb2_grpc.PointsStub(grpc.insecure_channel(f"127.0.0.1:{server.grpc}"))

    def _call(self, method, type_name, message):
        request = json_format.ParseDict({"collection_name": "c", **message}, getattr(points_pb2, type_name)())
        try:
            return getattr(self._stub, method)(request, timeout=60).result
        except grpc.RpcError as refused:
            return self.CODES[refused.code()], refused.details()

    def query(self, body):
        found = self._call("Query", "QueryPoints", grpc_message(body))
        return found if isinstance(found, tuple) else [point.id.num for point in found]

    def batch(self, bodies):
        queries = [{"collection_name": "c", **grpc_message(body)} for body in bodies]
        return self._call("QueryBatch", "QueryBatchPoints", {"query_points": queries})

    def groups(self, body):
        found = self._call("QueryGroups", "QueryPointGroups", grpc_message(body))
        if isinstance(found, tuple):
            return found
        return {group.id.string_value: [hit.id.num for hit in group.hits] for group in found.groups}


@pytest.fixture(scope="module")
def filled(server):
    """`c`: 100 points; in the order of their distance to V their group goes a, b, a, b, … and every third
    point has none. `other`: vectors `a` (4 values) and `w` (2 values) of point 1."""
    http = qdrant(server)
    http.call("PUT", "/collections/c", {"vectors": {"size": 4, "distance": "Dot"}})
    points = [{"id": i, "vector": [200 - i, 1, 0, 0],
               "payload": {} if i % 3 == 0 else {"g": "ab"[i % 2], "number": i}} for i in range(1, 101)]
    http.call("PUT", "/collections/c/points?wait=true", {"points": points})
    http.call("PUT", "/collections/other", {"vectors": {"a": {"size": 4, "distance": "Dot"},
                                                        "w": {"size": 2, "distance": "Dot"}}})
    http.call("PUT", "/collections/other/points?wait=true",
              {"points": [{"id": 1, "vector": {"a": V, "w": [1, 2]}}]})
    return server


@pytest.fixture(params=FACES)
def face(request, filled):
    return Rest(filled) if request.param == "rest" else Grpc(filled)


REFUSED = {
    "lookup beside a vector": ({"query": V, "lookup_from": {"collection": "nope"}}, 404, NO_COLLECTION),
    "lookup beside vectors of a mean":
        ({"query": {"recommend": {"positive": [V]}}, "lookup_from": {"collection": "nope"}}, 404, NO_COLLECTION),
    "lookup in a prefetch":
        ({"prefetch": [{"query": V, "lookup_from": {"collection": "nope"}}], "query": V}, 404, NO_COLLECTION),
    "lookup two levels down":
        ({"prefetch": [{"prefetch": [{"query": V, "lookup_from": {"collection": "nope"}}], "query": V}], "query": V},
         404, NO_COLLECTION),
    "threshold alone": ({"score_threshold": 0.5}, 400, NO_QUERY),
    "threshold alone in a prefetch": ({"prefetch": [{"score_threshold": 0.5}], "query": V}, 400, NO_QUERY),
    "prefetch alone comes before the threshold":
        ({"prefetch": [{"query": V}], "score_threshold": 0.5}, 400,
         "Bad request: A query is needed to merge the prefetches. Can't have prefetches without defining a query."),
    "a missing id before an unknown name":
        ({"query": {"recommend": {"positive": [999]}}, "lookup_from": {"collection": "other", "vector": "zz"}},
         404, NO_POINT),
    "a missing id before an unknown name, one id":
        ({"query": 999, "lookup_from": {"collection": "other", "vector": "zz"}}, 404, NO_POINT),
    "a missing id before an unknown name, own collection": ({"query": 999, "using": "zz"}, 404, NO_POINT),
    "an unknown name of an id that is there":
        ({"query": {"recommend": {"positive": [1]}}, "lookup_from": {"collection": "other", "vector": "zz"}},
         400, NO_NAME),
    "an unknown name as soon as one id is there":
        ({"query": {"recommend": {"positive": [999, 1]}}, "lookup_from": {"collection": "other", "vector": "zz"}},
         400, NO_NAME),
    "fusion with using":
        ({"prefetch": [{"query": V}], "query": {"fusion": "rrf"}, "using": "x"}, 400, FUSION_USING),
    "a missing id before fusion with using":
        ({"prefetch": [{"prefetch": [{"query": 999}], "query": V}], "query": {"fusion": "rrf"}, "using": "x"},
         404, NO_POINT),
    "a missing id before a threshold alone":
        ({"prefetch": [{"query": 999}, {"score_threshold": 0.5}], "query": {"fusion": "rrf"}}, 404, NO_POINT),
    "a missing lookup collection before fusion with using":
        ({"prefetch": [{"query": 1, "lookup_from": {"collection": "nope"}}], "query": {"fusion": "rrf"}, "using": "x"},
         404, NO_COLLECTION),
    "a missing lookup vector before fusion with using":
        ({"prefetch": [{"query": 1, "lookup_from": {"collection": "other", "vector": "zz"}}],
          "query": {"fusion": "rrf"}, "using": "x"}, 400, NO_NAME),
    "fusion of nothing": ({"query": {"fusion": "dbsf"}}, 400,
                          "Wrong input: Validation failed: cannot apply Fusion without prefetches"),
    "a missing id before a fusion of nothing":
        ({"prefetch": [{"query": {"fusion": "rrf"}}], "query": 999}, 404, NO_POINT),
    "threshold of an order":
        ({"query": {"order_by": "number"}, "score_threshold": 0.5}, 400,
         "Bad request: Can't use score_threshold with an order_by query."),
    "a shorter vector in a mean":
        ({"query": {"recommend": {"positive": [V, [1, 0]]}}}, 400,
         "Wrong input: Vector dimension error: expected dim: 4, got 2"),
    "a longer vector in a mean":
        ({"query": {"recommend": {"positive": [[1, 0, 0, 0, 5], 1]}}}, 400,
         "Wrong input: Vector dimension error: expected dim: 4, got 5"),
    "a negative of another length":
        ({"query": {"recommend": {"positive": [1], "negative": [[1, 2, 3]]}}}, 400,
         "Wrong input: Vector dimension error: expected dim: 4, got 3"),
    "looked up vectors of another length":
        ({"query": {"recommend": {"positive": [V, 1]}}, "lookup_from": {"collection": "other", "vector": "w"}}, 400,
         "Wrong input: Vector dimension error: expected dim: 4, got 2"),
    "no positive":
        ({"query": {"recommend": {"negative": [1]}}}, 400,
         "Wrong input: Positive vectors should not be empty with `average` strategy"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_and_their_order(face, name):
    body, status, text = REFUSED[name]
    assert face.query(body) == (status, text)
    assert face.groups({**body, "group_by": "g"}) == (status, text)
    assert face.batch([{"query": V}, body]) == (status, text)


def test_all_of_a_batch_is_looked_up_first(face):
    wrong = {"score_threshold": 0.5}
    assert face.batch([wrong, {"query": V, "lookup_from": {"collection": "nope"}}]) == (404, NO_COLLECTION)
    assert face.batch([wrong, {"query": 999}]) == (404, NO_POINT)
    assert face.batch([{"query": {"fusion": "rrf"}}, wrong]) == (400, NO_QUERY)


def test_a_lookup_that_nothing_needs_is_not_made(face):
    nope = {"lookup_from": {"collection": "nope"}}
    assert len(face.query({**nope, "limit": 3})) == 3
    assert len(face.query({**nope, "query": {"sample": "random"}, "limit": 3})) == 3
    assert len(face.query({**nope, "prefetch": [{"query": V}], "query": {"fusion": "rrf"}, "limit": 3})) == 3


def test_points_looked_up_in_the_own_collection_are_no_hits(face):
    assert 1 not in face.query({"query": 1, "lookup_from": {"collection": "c"}, "limit": 5})


def test_a_sample_has_no_pages(face):
    sample = {"query": {"sample": "random"}, "limit": 100, "offset": 10}
    assert sorted(face.query(sample)) == list(range(1, 101))
    assert len(face.query({**sample, "limit": 7, "offset": LARGEST})) == 7
    # Of candidates there are pages.
    assert len(face.query({**sample, "prefetch": [{"query": V, "limit": 30}]})) == 20


def test_the_candidates_of_groups_grow_with_the_groups(face):
    body = {"query": V, "group_by": "g", "group_size": 4, "limit": 2}
    expected = {"b": [1, 5, 7, 11], "a": [2, 4, 8, 10]}
    assert face.groups(body) == expected
    # 4 × 4 candidates that have the field, at both depths.
    assert face.groups({**body, "prefetch": [{"query": V, "limit": 4}]}) == expected
    assert face.groups({**body, "prefetch": [{"prefetch": [{"query": V, "limit": 4}], "query": V, "limit": 4}]}) == expected
    # 4 × 1 are 1, 2, 4 and 5.
    assert face.groups({**body, "prefetch": [{"query": V, "limit": 1}]}) == {"b": [1, 5], "a": [2, 4]}


def test_groups_of_a_field_that_few_or_none_have(face):
    for path in ("nobody", "g.deeper", "g[0]"):
        assert face.groups({"query": V, "group_by": path, "limit": 3}) == {}
    assert face.groups({"query": V, "group_by": "g", "limit": 1000, "group_size": 1000}) == {
        letter: [i for i in range(1, 101) if i % 3 and "ab"[i % 2] == letter] for letter in "ab"}


def test_counts_near_the_largest_number(face):
    everything = list(range(1, 101))
    assert face.query({"query": V, "limit": LARGEST}) == everything
    assert face.query({"query": V, "limit": LARGEST, "offset": 98}) == [99, 100]
    assert face.query({"query": V, "limit": LARGEST, "offset": LARGEST}) == []
    assert face.query({"query": V, "prefetch": [{"query": V, "limit": LARGEST}], "limit": LARGEST}) == everything
    assert sorted(face.query({"query": {"sample": "random"}, "limit": LARGEST})) == everything
    assert len(face.query({"prefetch": [{"query": V, "limit": LARGEST}], "query": {"fusion": "dbsf"},
                           "limit": LARGEST})) == 100
    largest = LARGEST if isinstance(face, Rest) else 2**32 - 1
    found = face.groups({"query": V, "group_by": "g", "limit": largest, "group_size": largest,
                         "prefetch": [{"query": V, "limit": LARGEST}]})
    assert {letter: len(ids) for letter, ids in found.items()} == {"a": 34, "b": 33}


def test_the_older_groups_count_in_32_bits(filled):
    http = qdrant(filled)
    for name in ("limit", "group_size"):
        body = {"vector": V, "group_by": "g", "limit": 1, "group_size": 1, name: 2**32}
        status, answer = http.send("POST", "/collections/c/points/search/groups", body)
        assert status == 400, json.dumps(answer)
        assert "invalid value: integer `4294967296`, expected u32" in answer["status"]["error"]


def test_prefetches_have_a_largest_depth(filled):
    http = qdrant(filled)
    for depth in (64, 65, 80):
        body = {"query": V, "limit": 1}
        for _ in range(depth):
            body = {"query": V, "limit": 1, "prefetch": body}
        status, answer = http.send("POST", "/collections/c/points/query", body)
        if depth <= 64:
            assert status == 200, answer
        else:
            assert (status, answer["status"]["error"]) == (
                400, f"Bad request: prefetches depth {depth} exceeds max depth 64")
