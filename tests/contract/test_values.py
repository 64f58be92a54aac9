"""Single values at the doors of every face: numbers that are not finite or do not fit, integers beyond 2^53,
texts without an index, the empty key, names that a file system reads as a folder. What a peer refuses is refused
with its text; what is taken does no harm: answers stay JSON, and no read hangs or fails by it."""

import base64
import math
import struct

import grpc
import pytest
from qdrant_client import grpc as pb
from support.http_json import HttpJson, chroma, qdrant
from support.server import WITHOUT_GRPC, Server

NAN, INF = math.nan, math.inf
OUT_OF_RANGE = "number out of range"
TIMEOUT_S = 30

needs_grpc = pytest.mark.skipif(WITHOUT_GRPC, reason="built without gRPC")


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        yield running
        assert running.is_alive(), running.log()


@pytest.fixture(scope="module")
def rest(server):
    return qdrant(server, timeout=TIMEOUT_S)


@pytest.fixture(scope="module")
def channel(server):
    if server.grpc is None:
        yield None
        return
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc}") as opened:
        yield opened


@pytest.fixture(scope="module")
def points(channel):
    return channel and pb.PointsStub(channel)


def make(rest, name, distance="Dot", payloads=()):
    rest.call("PUT", f"/collections/{name}", {"vectors": {"size": 2, "distance": distance}})
    if payloads:
        put(rest, name, [{"id": i, "vector": [i, 1], "payload": p} for i, p in enumerate(payloads, 1)])


def put(rest, name, points):
    rest.call("PUT", f"/collections/{name}/points?wait=true", {"points": points})


def index(rest, name, field, schema):
    rest.call("PUT", f"/collections/{name}/index?wait=true", {"field_name": field, "field_schema": schema})


def found(rest, name, condition):
    answer = rest.call("POST", f"/collections/{name}/points/scroll",
                       {"filter": {"must": [condition]}, "limit": 100, "with_payload": False})
    return [point["id"] for point in answer["result"]["points"]]


def found_by_grpc(points, name, condition):
    answer = points.Scroll(pb.ScrollPoints(collection_name=name, filter=pb.Filter(must=[condition]), limit=100))
    return [point.id.num for point in answer.result]


def field(key, **test):
    return pb.Condition(field=pb.FieldCondition(key=key, **test))


def refused(call, *arguments):
    with pytest.raises(grpc.RpcError) as error:
        call(*arguments, timeout=TIMEOUT_S)
    return error.value.code().name, error.value.details()


def numbers_of(answer):
    """Python reads NaN and Infinity, which are no JSON, as floats."""
    if isinstance(answer, dict):
        answer = list(answer.values())
    if isinstance(answer, list):
        return [number for item in answer for number in numbers_of(item)]
    return [answer] if isinstance(answer, float) else []


def sent(face, method, path, body):
    """(status, answer); the answer is JSON to the letter."""
    status, answer = face.send(method, path, body.encode())
    assert isinstance(answer, dict), answer
    assert all(math.isfinite(number) for number in numbers_of(answer)), answer
    return status, answer


# ---------------------------------------------------------------- numbers over REST

# Every place of a number, N, in a request.
REST_PLACES = {
    "query vector": ("points/query", '{"query":[N,1],"with_vector":true}'),
    "query vector of a prefetch": ("points/query", '{"prefetch":{"query":[N,1]},"query":[1,1]}'),
    "query vector in a batch": ("points/query/batch", '{"searches":[{"query":[N,1]}]}'),
    "query vector of groups": ("points/query/groups", '{"query":[N,1],"group_by":"k"}'),
    "example of a recommendation": ("points/query", '{"query":{"recommend":{"positive":[[N,1]],"negative":[[1,N]]}}}'),
    "search": ("points/search", '{"vector":[N,1],"limit":3}'),
    "score threshold": ("points/query", '{"query":[1,1],"score_threshold":N}'),
    "negative score threshold": ("points/query", '{"query":[1,1],"score_threshold":-N}'),
    "fusion weight": ("points/query", '{"prefetch":[{"query":[1,1]},{"query":[1,2]}],"query":{"rrf":{"weights":[N,1]}}}'),
    "range": ("points/scroll", '{"filter":{"must":{"key":"n","range":{"gt":-N,"lte":N}}}}'),
    "range without an index": ("points/scroll", '{"filter":{"must":{"key":"plain","range":{"gt":-N,"lte":N}}}}'),
    "radius": ("points/scroll", '{"filter":{"must":{"key":"p","geo_radius":{"center":{"lon":1,"lat":1},"radius":N}}}}'),
    "start of an order": ("points/scroll", '{"order_by":{"key":"n","start_from":N}}'),
    "start of a descending order": ("points/scroll", '{"order_by":{"key":"n","direction":"desc","start_from":N}}'),
    "stored vector": ("points?wait=true", '{"points":[{"id":50,"vector":[N,-N],"payload":{"n":1}}]}'),
    "payload": ("points?wait=true", '{"points":[{"id":51,"vector":[1,1],"payload":{"n":N,"plain":[N,{"x":-N}]}}]}'),
    "payload that is set": ("points/payload?wait=true", '{"payload":{"n":N},"points":[1]}'),
}


@pytest.mark.parametrize("distance", ["Dot", "Cosine", "Euclid", "Manhattan"])
def test_rest_takes_what_f64_holds_and_refuses_the_rest(rest, distance):
    name = "rest-" + distance.lower()
    make(rest, name, distance, [{"n": i, "plain": i, "k": "a", "p": {"lon": 1, "lat": i}} for i in range(1, 8)])
    index(rest, name, "n", "float")
    index(rest, name, "p", "geo")
    for place, (path, body) in REST_PLACES.items():
        method = "PUT" if path.startswith("points?") else "POST"
        for number in ("1e400", "1" + 400 * "0"):
            status, answer = sent(rest, method, f"/collections/{name}/{path}", body.replace("N", number, 1).replace("N", "1"))
            assert status == 400 and OUT_OF_RANGE in answer["status"]["error"], (place, number, answer)
        for number in ("1e39", "1e308", "4.9e-324", "1e-400"):
            status, answer = sent(rest, method, f"/collections/{name}/{path}", body.replace("N", number))
            assert status == 200, (place, number, answer)
        for word in ("NaN", "Infinity", "nan", "inf"):
            status, answer = sent(rest, method, f"/collections/{name}/{path}", body.replace("N", word, 1).replace("N", "1"))
            assert status == 400 and "at line 1 column" in answer["status"]["error"], (place, word, answer)
    everything = '{"limit":100,"with_vector":true,"with_payload":true}'
    status, answer = sent(rest, "POST", f"/collections/{name}/points/scroll", everything)
    assert status == 200 and len(answer["result"]["points"]) == 9
    for key in ("n",):
        for direction in ("asc", "desc"):
            order = '{"limit":100,"order_by":{"key":"%s","direction":"%s"}}' % (key, direction)
            status, answer = sent(rest, "POST", f"/collections/{name}/points/scroll", order)
            values = [point["order_value"] for point in answer["result"]["points"]]
            assert values == sorted(values, reverse=direction == "desc")


# ---------------------------------------------------------------- numbers over gRPC

@needs_grpc
def test_grpc_payload_numbers_are_finite(rest, points):
    make(rest, "grpc-payload", payloads=[{"n": 1}])
    for number in (NAN, INF, -INF):
        leaf = pb.Value(double_value=number)
        for value in (leaf, pb.Value(list_value=pb.ListValue(values=[leaf])),
                      pb.Value(struct_value=pb.Struct(fields={"x": leaf}))):
            point = pb.PointStruct(id=pb.PointId(num=1), payload={"n": value},
                                   vectors=pb.Vectors(vector=pb.Vector(data=[1, 1])))
            chosen = pb.PointsSelector(points=pb.PointsIdsList(ids=[pb.PointId(num=1)]))
            change = pb.SetPayloadPoints(collection_name="grpc-payload", payload={"n": value}, points_selector=chosen)
            for call, request in ((points.Upsert, pb.UpsertPoints(collection_name="grpc-payload", points=[point])),
                                  (points.SetPayload, change), (points.OverwritePayload, change)):
                assert refused(call, request) == ("INVALID_ARGUMENT", "cannot convert to json number")
    assert rest.call("GET", "/collections/grpc-payload/points/1")["result"]["payload"] == {"n": 1}


@needs_grpc
@pytest.mark.parametrize("distance", ["Dot", "Cosine", "Euclid", "Manhattan"])
def test_grpc_vectors_of_any_floats_do_no_harm(rest, points, distance):
    name = "grpc-" + distance.lower()
    make(rest, name, distance, [{"n": i} for i in range(1, 5)])
    for i, vector in enumerate(([NAN, 1], [INF, 1], [-INF, INF], [NAN, NAN], [3e38, 3e38], [1e-45, 0]), 10):
        points.Upsert(pb.UpsertPoints(collection_name=name, wait=True, points=[pb.PointStruct(
            id=pb.PointId(num=i), vectors=pb.Vectors(vector=pb.Vector(data=vector)))]), timeout=TIMEOUT_S)
        query = pb.Query(nearest=pb.VectorInput(dense=pb.DenseVector(data=vector)))
        answer = points.Query(pb.QueryPoints(collection_name=name, query=query, limit=20), timeout=TIMEOUT_S)
        assert len(answer.result) == 4 + i - 9
        status, _ = sent(rest, "POST", f"/collections/{name}/points/query", '{"query":%d,"with_vector":true,"limit":20}' % i)
        assert status == 200
    status, answer = sent(rest, "POST", f"/collections/{name}/points/scroll", '{"with_vector":true,"limit":20}')
    assert status == 200 and len(answer["result"]["points"]) == 10


@needs_grpc
def test_grpc_bounds_that_are_no_numbers(rest, points):
    """NaN stands above all numbers, with and without an index."""
    make(rest, "bounds", payloads=[{"f": i, "i": i, "plain": i, "p": {"lon": 1, "lat": 1}} for i in range(1, 4)])
    index(rest, "bounds", "f", "float")
    index(rest, "bounds", "i", "integer")
    everything = [1, 2, 3]
    for key in ("f", "i", "plain"):
        for number in (NAN, INF):
            for bound, expected in (("gt", []), ("gte", []), ("lt", everything), ("lte", everything)):
                got = found_by_grpc(points, "bounds", field(key, range=pb.Range(**{bound: number})))
                assert got == expected, (key, bound, number)
        for bound, expected in (("gt", everything), ("gte", everything), ("lt", []), ("lte", [])):
            assert found_by_grpc(points, "bounds", field(key, range=pb.Range(**{bound: -INF}))) == expected
    for turn in range(2):
        for radius, expected in ((NAN, []), (INF, everything), (-INF, []), (3e38, everything)):
            circle = pb.GeoRadius(center=pb.GeoPoint(lon=1, lat=1), radius=radius)
            assert found_by_grpc(points, "bounds", field("p", geo_radius=circle)) == expected, radius
        for number in (NAN, INF):
            circle = pb.GeoRadius(center=pb.GeoPoint(lon=number, lat=1), radius=1)
            code, text = refused(points.Scroll, pb.ScrollPoints(
                collection_name="bounds", filter=pb.Filter(must=[field("p", geo_radius=circle)])))
            assert code == "INVALID_ARGUMENT" and "Wrong format of GeoPoint payload" in text
        index(rest, "bounds", "p", "geo")
    for key in ("f", "i"):
        for number, expected in ((NAN, [[], [3, 2, 1]]), (INF, [[], [3, 2, 1]]), (-INF, [[1, 2, 3], []])):
            for direction in (0, 1):
                order = pb.OrderBy(key=key, direction=direction, start_from=pb.StartFrom(float=number))
                answer = points.Scroll(pb.ScrollPoints(collection_name="bounds", order_by=order, limit=10))
                assert [p.id.num for p in answer.result] == expected[direction], (key, number, direction)


@needs_grpc
def test_grpc_thresholds_and_weights_that_are_no_numbers(rest, points):
    make(rest, "weights", payloads=[{}] * 4)
    nearest = pb.Query(nearest=pb.VectorInput(dense=pb.DenseVector(data=[1, 1])))

    def ask(query, prefetch=(), **more):
        answer = points.Query(pb.QueryPoints(collection_name="weights", query=query, prefetch=prefetch, **more),
                              timeout=TIMEOUT_S)
        assert not any(math.isnan(hit.score) for hit in answer.result)
        return [hit.id.num for hit in answer.result]

    assert ask(nearest, score_threshold=NAN) == [] and ask(nearest, score_threshold=INF) == []
    assert ask(nearest, score_threshold=-INF) == [4, 3, 2, 1]
    both = [pb.PrefetchQuery(query=nearest), pb.PrefetchQuery(query=nearest)]
    assert ask(pb.Query(fusion=pb.RRF), both, score_threshold=NAN) == []
    assert ask(pb.Query(fusion=pb.DBSF), both, score_threshold=NAN) == []
    for weight in (NAN, INF, -INF, 1e-45):
        assert ask(pb.Query(rrf=pb.Rrf(weights=[weight, 1])), both) == [4, 3, 2, 1]


# ---------------------------------------------------------------- numbers through Chroma

def in_base64(*floats):
    return base64.b64encode(struct.pack(f"<{len(floats)}f", *floats)).decode()


def test_chroma_stores_finite_numbers_only(server):
    face = chroma(server, timeout=TIMEOUT_S)
    created = face.call("POST", "/collections", {"name": "numbers"})
    path = f"/collections/{created['id']}/"
    face.call("POST", path + "add", {"ids": ["a", "b"], "embeddings": [[1, 1], [2, 1]], "metadatas": [{"n": 1}, {"n": 2.5}]})
    not_finite = "Embeddings must not contain NaN or Infinity values"
    # (operation, body, text of the refusal, or None where the number is taken)
    table = [
        ("add", '{"ids":["x"],"embeddings":[[1e400,1]]}', OUT_OF_RANGE),
        ("add", '{"ids":["x"],"embeddings":[[NaN,1]]}', "expected value"),
        ("add", '{"ids":["x"],"embeddings":[[1,1]],"metadatas":[{"n":1e400}]}', OUT_OF_RANGE),
        ("add", '{"ids":["c"],"embeddings":[[3e38,1]],"metadatas":[{"n":1e308,"l":[1e308,-1e308]}]}', None),
        ("query", '{"query_embeddings":[[1e400,1]]}', OUT_OF_RANGE),
        # Chroma takes it too: every distance is null then (tests/contract/test_chroma_record_rules.py).
        ("query", '{"query_embeddings":[[1e39,1]]}', None),
        ("query", '{"query_embeddings":[[3e38,3e38],[-3e38,1]]}', None),
        ("query", '{"query_embeddings":[[1,1]],"where":{"n":{"$gt":1e400}}}', OUT_OF_RANGE),
        ("get", '{"where":{"n":{"$gt":1e400}}}', OUT_OF_RANGE),
        ("get", '{"where":{"n":{"$lt":1e308}}}', None),
        ("delete", '{"where":{"n":{"$gt":-1e400}}}', OUT_OF_RANGE),
    ]
    for operation in ("add", "upsert", "update"):
        ids = '{"ids":["a"],"embeddings":'
        table.append((operation, ids + "[[1e39,1]]}", not_finite))
        table.append((operation, ids + "[[1,-1e39]]}", not_finite))
        for number, word in ((NAN, "NaN"), (INF, "inf"), (-INF, "-inf")):
            table.append((operation, ids + '["%s"]}' % in_base64(1, number),
                          f"Non-finite float value at embedding index 0: {word}"))
    for operation, body, expected in table:
        status, answer = sent(face, "POST", path + operation, body)
        if expected is None:
            assert status in (200, 201), (operation, body, answer)
        else:
            assert status == 400 and expected in answer["message"], (operation, body, answer)
    kept = face.call("POST", path + "get", {"ids": ["a"], "include": ["embeddings"]})
    assert kept["embeddings"] == [[1, 1]]


# ---------------------------------------------------------------- large integers

BIG = 2**53
LARGE = [BIG - 1, BIG, BIG + 1, BIG + 2, 2**63 - 1, float(BIG), float(BIG + 2), 2.5]
OPERATORS = {"gt": lambda a, b: a > b, "gte": lambda a, b: a >= b, "lt": lambda a, b: a < b, "lte": lambda a, b: a <= b}


def test_ranges_of_large_integers_compare_exactly(rest, points):
    make(rest, "large", payloads=[{"n": n, "f": n, "l": ["x", n]} for n in LARGE])
    bounds = [BIG - 1, BIG, BIG + 1, BIG + 2, float(BIG), 2**63 - 2, 2**63 - 1, 2**64 - 1, 1768907725507217522]
    for state in ("plain", "indexed"):
        for key in ("n", "f", "l"):
            for bound in bounds:
                for operator, compare in OPERATORS.items():
                    # Python compares integers with floats exactly, too.
                    expected = [i for i, n in enumerate(LARGE, 1) if compare(n, bound)]
                    got = found(rest, "large", {"key": key, "range": {operator: bound}})
                    assert got == expected, (state, key, operator, bound)
                    if points and isinstance(bound, float):  # The wire knows doubles only.
                        assert found_by_grpc(points, "large", field(key, range=pb.Range(**{operator: bound}))) == expected
        index(rest, "large", "f", "float")
        index(rest, "large", "l", "float")
    index(rest, "large", "n", "integer")
    integers = [i for i, n in enumerate(LARGE, 1) if n == int(n)]
    for bound in bounds[:5]:
        for operator, compare in OPERATORS.items():
            expected = [i for i in integers if compare(LARGE[i - 1], bound)]
            assert found(rest, "large", {"key": "n", "range": {operator: bound}}) == expected, (operator, bound)


def test_an_order_starts_at_a_large_integer_exactly(rest):
    make(rest, "order", payloads=[{"n": BIG + i} for i in range(4)])
    index(rest, "order", "n", "integer")
    for start in range(BIG, BIG + 4):
        for direction, expected in (("asc", list(range(start, BIG + 4))), ("desc", list(range(start, BIG - 1, -1)))):
            answer = rest.call("POST", "/collections/order/points/scroll",
                               {"order_by": {"key": "n", "direction": direction, "start_from": start}})
            assert [p["order_value"] for p in answer["result"]["points"]] == expected


def test_chroma_compares_numbers_across_kinds_exactly(server):
    face = chroma(server)
    path = f"/collections/{face.call('POST', '/collections', {'name': 'exact'})['id']}/"
    numbers = [0, 1, 1.5, 2, BIG, BIG + 1, float(BIG)]
    face.call("POST", path + "add", {"ids": [str(i) for i in range(len(numbers))], "embeddings": [[1]] * len(numbers),
                                     "metadatas": [{"n": n} for n in numbers]})
    comparisons = {"$" + name: compare for name, compare in OPERATORS.items()}
    comparisons |= {"$eq": lambda a, b: a == b, "$ne": lambda a, b: a != b}
    for operand in (0, 0.5, 1, 1.0, 1.5, BIG, float(BIG), BIG + 1, BIG + 2):
        for operator, compare in comparisons.items():
            got = face.call("POST", path + "get", {"where": {"n": {operator: operand}}})["ids"]
            assert got == [str(i) for i, n in enumerate(numbers) if compare(n, operand)], (operator, operand)


# ---------------------------------------------------------------- texts and nulls without an index

def test_texts_without_an_index_compare_words(rest, points):
    make(rest, "texts", payloads=[{"t": "Hello, world!"}, {"t": "goodness only"}, {"t": ["item1", "good item"]}])
    # (words, ids by text, by text_any, by phrase)
    table = [("hello", [1], [1], [1]), ("good", [3], [3], [3]), ("world hello", [1], [1], []),
             ("HELLO WORLD", [1], [1], [1]), ("goo", [], [], []), ("good only", [], [2, 3], []), ("", [], [], [])]
    for state in ("plain", "indexed"):
        for words, *expected in table:
            for kind, ids in zip(("text", "text_any", "phrase"), expected):
                assert found(rest, "texts", {"key": "t", "match": {kind: words}}) == ids, (state, kind, words)
                if points:
                    assert found_by_grpc(points, "texts", field("t", match=pb.Match(**{kind: words}))) == ids
        index(rest, "texts", "t", {"type": "text", "phrase_matching": True})


def test_a_null_inside_a_list_is_found(rest, points):
    make(rest, "nulls", payloads=[{"n": [1, None]}, {"n": None}, {"n": [1]}, {"n": []}, {}])
    for state in ("plain", "indexed"):
        assert found(rest, "nulls", {"is_null": {"key": "n"}}) == [1, 2], state
        assert found(rest, "nulls", {"key": "n", "is_null": True}) == [1, 2], state
        if points:
            condition = pb.Condition(is_null=pb.IsNullCondition(key="n"))
            assert found_by_grpc(points, "nulls", condition) == [1, 2], state
        index(rest, "nulls", "n", "integer")


# ---------------------------------------------------------------- the empty key

def test_the_empty_key_is_a_key(rest, points):
    make(rest, "empty-key", payloads=[{"": "x", "a": {"": 1}}, {"": "y", "a": {"": 2}}, {"b": 1}])
    key, inner = '""', 'a.""'
    for state in ("plain", "indexed"):
        assert found(rest, "empty-key", {"key": key, "match": {"value": "x"}}) == [1], state
        assert found(rest, "empty-key", {"key": inner, "range": {"gt": 1}}) == [2], state
        assert found(rest, "empty-key", {"is_empty": {"key": key}}) == [3], state
        if points:
            assert found_by_grpc(points, "empty-key", field(key, match=pb.Match(keyword="x"))) == [1], state
        index(rest, "empty-key", key, "keyword")
        index(rest, "empty-key", inner, "integer")
    schema = rest.call("GET", "/collections/empty-key")["result"]["payload_schema"]
    assert {name: field["points"] for name, field in schema.items()} == {key: 2, inner: 2}
    path = "/collections/empty-key/"
    facet = rest.call("POST", path + "facet", {"key": key})["result"]["hits"]
    assert facet == [{"value": "x", "count": 1}, {"value": "y", "count": 1}]
    order = rest.call("POST", path + "points/scroll", {"order_by": {"key": inner, "direction": "desc"}})
    assert [point["order_value"] for point in order["result"]["points"]] == [2, 1]
    groups = rest.call("POST", path + "points/query/groups", {"query": [1, 1], "group_by": key})
    assert [group["id"] for group in groups["result"]["groups"]] == ["y", "x"]

    def payload(selector):
        return rest.call("POST", path + "points", {"ids": [1], "with_payload": selector})["result"][0]["payload"]

    assert payload([key]) == {"": "x"}
    assert payload({"include": [inner]}) == {"a": {"": 1}}
    assert payload({"exclude": [key]}) == {"a": {"": 1}}
    rest.call("POST", path + "points/payload?wait=true", {"payload": {"z": 5}, "key": 'c.""', "points": [1]})
    assert payload(["c"]) == {"c": {"": {"z": 5}}}
    rest.call("POST", path + "points/payload/delete?wait=true", {"keys": [key, inner], "points": [1]})
    assert payload(True) == {"a": {}, "c": {"": {"z": 5}}}
    if points:
        points.DeletePayload(pb.DeletePayloadPoints(
            collection_name="empty-key", wait=True, keys=[key],
            points_selector=pb.PointsSelector(points=pb.PointsIdsList(ids=[pb.PointId(num=2)]))))
        left = points.Get(pb.GetPoints(collection_name="empty-key", ids=[pb.PointId(num=2)],
                                       with_payload=pb.WithPayloadSelector(enable=True)))
        assert list(left.result[0].payload) == ["a"]
    for wrong in ("", '"', '"""', '""a', 'a""', '"".', '."a"'):
        status, answer = rest.send("POST", path + "points/scroll", {"filter": {"must": [{"key": wrong, "match": {"value": 1}}]}})
        assert status == 400, (wrong, answer)


# ---------------------------------------------------------------- names

def test_a_collection_is_not_named_like_a_folder(server, rest, channel):
    body = {"vectors": {"size": 2, "distance": "Dot"}}
    for name, encoded in ((".", "%2E"), ("..", "%2E%2E")):
        expected = f'collection name cannot be "{name}"'
        for method, path, content in (("PUT", "", body), ("GET", "", None), ("PATCH", "", {}), ("DELETE", "", None),
                                      ("GET", "/exists", None), ("POST", "/points/scroll", {})):
            status, answer = rest.send(method, f"/collections/{encoded}{path}", content)
            assert status == 422 and expected in answer["status"]["error"], (method, path, answer)
        if channel:
            stub = pb.CollectionsStub(channel)
            for call, request in ((stub.Create, pb.CreateCollection(collection_name=name)),
                                  (stub.Delete, pb.DeleteCollection(collection_name=name)),
                                  (stub.CollectionExists, pb.CollectionExistsRequest(collection_name=name)),
                                  (pb.PointsStub(channel).Scroll, pb.ScrollPoints(collection_name=name))):
                code, text = refused(call, request)
                assert code == "INVALID_ARGUMENT" and expected in text
        status, answer = chroma(server).send("POST", "/collections", {"name": name})
        assert status == 400, answer
    for name in ("...", ".a", "a..b", "a."):
        rest.call("PUT", f"/collections/{name}", body)
        assert name in [c["name"] for c in rest.call("GET", "/collections")["result"]["collections"]]
    assert HttpJson(server.rest_url).call("GET", "/collections/.a/exists")["result"]["exists"]
