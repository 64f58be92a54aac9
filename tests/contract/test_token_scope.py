"""A token for one collection, through every face: what a request names besides its own collection, at
whatever place, is refused, and lists show nothing else."""

import base64
import hashlib
import hmac
import json

import pytest

from support.http_json import CHROMA_PATH, HttpJson
from support.server import WITHOUT_GRPC, Server

KEY = "the-full-key"
FORBIDDEN = "Access to collection secret is required"


def token(*grants):
    def part(content):
        return base64.urlsafe_b64encode(content).rstrip(b"=")
    claims = {"access": [{"collection": name, "access": access} for name, access in grants]}
    text = part(b'{"alg":"HS256","typ":"JWT"}') + b"." + part(json.dumps(claims).encode())
    return (text + b"." + part(hmac.new(KEY.encode(), text, hashlib.sha256).digest())).decode()


MINE = token(("mine", "rw"))


@pytest.fixture(scope="module")
def guarded():
    environment = {"QDRANT__SERVICE__API_KEY": KEY, "QDRANT__SERVICE__JWT_RBAC": "true"}
    with Server(environment=environment) as server:
        admin = HttpJson(server.rest_url, {"api-key": KEY})
        for name in ("mine", "secret"):
            admin.call("PUT", f"/collections/{name}", {"vectors": {"size": 2, "distance": "Dot"}})
            admin.call("PUT", f"/collections/{name}/points?wait=true",
                       {"points": [{"id": 1, "vector": [1, 2], "payload": {"group": 1, "word": f"of {name}"}}]})
        admin.call("POST", "/collections/aliases", {"actions": [
            {"create_alias": {"collection_name": "secret", "alias_name": "alias-of-secret"}}]})
        yield server
        assert server.is_alive(), server.log()


def at_depth(depth, inner):
    return inner if depth == 0 else {"prefetch": [{"query": [1, 2]}, at_depth(depth - 1, inner)], "query": [1, 2]}


def rest_requests(name):
    """(path, body) with `name` at every place where a second collection can stand."""
    lookup = {"query": 1, "lookup_from": {"collection": name}}
    for depth in range(4):
        yield "query", at_depth(depth, lookup)
        yield "query/batch", {"searches": [{"query": [1, 2]}, at_depth(depth, lookup)]}
        yield "query/groups", {**at_depth(depth, lookup), "group_by": "group"}
    yield "query", {"query": {"recommend": {"positive": [1]}}, "lookup_from": {"collection": name}}
    yield "query", {"query": [1, 2], "lookup_from": {"collection": name}}
    for with_lookup in (name, {"collection": name, "with_payload": True, "with_vectors": True}):
        yield "query/groups", {"query": [1, 2], "group_by": "group", "with_lookup": with_lookup}
        yield "search/groups", {"vector": [1, 2], "group_by": "group", "group_size": 1, "limit": 1,
                                "with_lookup": with_lookup}
        yield "recommend/groups", {"positive": [1], "group_by": "group", "group_size": 1, "limit": 1,
                                   "with_lookup": with_lookup}
    yield "recommend", {"positive": [1], "limit": 1, "lookup_from": {"collection": name}}
    yield "recommend/batch", {"searches": [{"positive": [1], "limit": 1, "lookup_from": {"collection": name}}]}
    yield "recommend/groups", {"positive": [1], "group_by": "group", "group_size": 1, "limit": 1,
                               "lookup_from": {"collection": name}}


def test_rest_names_no_second_collection(guarded):
    mine = HttpJson(guarded.rest_url, {"Authorization": f"Bearer {MINE}"})
    admin = HttpJson(guarded.rest_url, {"api-key": KEY})
    for name in ("secret", "alias-of-secret", "not there"):
        for path, body in rest_requests(name):
            status, answer = mine.send("POST", f"/collections/mine/points/{path}", body)
            assert status == 403, (path, body, answer)
            assert f"Access to collection {name} is required" in json.dumps(answer), (path, body, answer)
    for path, body in rest_requests("secret"):
        status, answer = admin.send("POST", f"/collections/mine/points/{path}", body)
        assert status == 200, (path, body, answer)


def test_rest_lists_only_what_the_token_names(guarded):
    mine = HttpJson(guarded.rest_url, {"Authorization": f"Bearer {MINE}"})
    assert mine.call("GET", "/collections")["result"]["collections"] == [{"name": "mine"}]
    assert mine.call("GET", "/aliases")["result"]["aliases"] == []
    assert mine.send("GET", "/collections/alias-of-secret")[0] == 403
    assert mine.send("POST", "/collections/alias-of-secret/points/scroll", {})[0] == 403


@pytest.mark.skipif(WITHOUT_GRPC, reason="this server has no gRPC listener")
def test_grpc_names_no_second_collection(guarded):
    import grpc
    from qdrant_client import grpc as api
    near = api.Query(nearest=api.VectorInput(id=api.PointId(num=1)))
    lookup = api.LookupLocation(collection_name="secret")
    deep = api.PrefetchQuery(query=near, lookup_from=lookup)
    for _ in range(2):
        deep = api.PrefetchQuery(prefetch=[api.PrefetchQuery(query=near), deep], query=near)
    with_lookup = api.WithLookup(collection="secret")
    one = api.PointId(num=1)
    asked = {
        "Query": [api.QueryPoints(collection_name="mine", query=near, lookup_from=lookup),
                  api.QueryPoints(collection_name="mine", query=near, prefetch=[deep])],
        "QueryBatch": [api.QueryBatchPoints(collection_name="mine", query_points=[
            api.QueryPoints(collection_name="mine", query=near),
            api.QueryPoints(collection_name="mine", query=near, prefetch=[deep])])],
        "QueryGroups": [api.QueryPointGroups(collection_name="mine", query=near, group_by="group", lookup_from=lookup),
                        api.QueryPointGroups(collection_name="mine", query=near, group_by="group", prefetch=[deep]),
                        api.QueryPointGroups(collection_name="mine", group_by="group", with_lookup=with_lookup)],
        "SearchGroups": [api.SearchPointGroups(collection_name="mine", vector=[1, 2], limit=1, group_by="group",
                                               group_size=1, with_lookup=with_lookup)],
        "Recommend": [api.RecommendPoints(collection_name="mine", positive=[one], limit=1, lookup_from=lookup)],
        "RecommendBatch": [api.RecommendBatchPoints(collection_name="mine", recommend_points=[
            api.RecommendPoints(collection_name="mine", positive=[one], limit=1, lookup_from=lookup)])],
        "RecommendGroups": [api.RecommendPointGroups(collection_name="mine", positive=[one], limit=1, group_by="group",
                                                     group_size=1, lookup_from=lookup),
                            api.RecommendPointGroups(collection_name="mine", positive=[one], limit=1, group_by="group",
                                                     group_size=1, with_lookup=with_lookup)],
    }
    with grpc.insecure_channel(f"127.0.0.1:{guarded.grpc}") as channel:
        points, collections = api.PointsStub(channel), api.CollectionsStub(channel)
        metadata = [("authorization", f"Bearer {MINE}")]
        for method, requests in asked.items():
            for request in requests:
                with pytest.raises(grpc.RpcError) as refused:
                    getattr(points, method)(request, timeout=20, metadata=metadata)
                assert refused.value.code() == grpc.StatusCode.PERMISSION_DENIED, (method, refused.value)
                assert FORBIDDEN in refused.value.details(), (method, refused.value)
                getattr(points, method)(request, timeout=20, metadata=[("api-key", KEY)])
        listed = collections.List(api.ListCollectionsRequest(), timeout=20, metadata=metadata)
        assert [one.name for one in listed.collections] == ["mine"]
        assert not collections.ListAliases(api.ListAliasesRequest(), timeout=20, metadata=metadata).aliases


def test_chroma_shows_only_what_the_token_names(guarded):
    admin = HttpJson(guarded.chroma_url + CHROMA_PATH, {"x-chroma-token": KEY})
    uuids = {one["name"]: one["id"] for one in admin.call("GET", "/collections")}
    assert set(uuids) == {"mine", "secret"}
    database = "/api/v2/tenants/default_tenant/databases"
    root = HttpJson(guarded.chroma_url, {"x-chroma-token": KEY})
    root.call("POST", database, {"name": "elsewhere"})
    root.call("POST", f"{database}/elsewhere/collections", {"name": "mine", "metadata": {"word": "of elsewhere"}})
    mine = HttpJson(guarded.chroma_url + CHROMA_PATH, {"Authorization": f"Bearer {MINE}"})
    assert [one["name"] for one in mine.call("GET", "/collections")] == ["mine"]
    assert mine.call("GET", "/collections_count") == 1
    # By name and by UUID, the token's own collection and no other.
    assert mine.call("GET", "/collections/mine")["id"] == uuids["mine"]
    assert mine.call("POST", f"/collections/{uuids['mine']}/get", {})["ids"] == ["1"]
    calls = [("GET", "/collections/secret", None)]
    for operation, body in {"get": {}, "query": {"query_embeddings": [[1, 2]]}, "delete": {"ids": ["1"]},
                            "add": {"ids": ["2"], "embeddings": [[1, 2]]},
                            "update": {"ids": ["1"], "embeddings": [[1, 2]]},
                            "upsert": {"ids": ["1"], "embeddings": [[1, 2]]},
                            # A body that the collection's schema would refuse says nothing about it either.
                            "add ": {"ids": ["2"], "embeddings": [[1, 2, 3]]}}.items():
        calls.append(("POST", f"/collections/{uuids['secret']}/{operation.strip()}", body))
    calls.append(("GET", f"/collections/{uuids['secret']}/count", None))
    calls.append(("GET", "/collections/not there".replace(" ", "%20"), None))
    for method, path, body in calls:
        status, answer = mine.send(method, path, body)
        assert status == 403, (method, path, answer)
        assert "of secret" not in json.dumps(answer)
    other = HttpJson(guarded.chroma_url, {"Authorization": f"Bearer {MINE}"})
    assert other.send("GET", f"{database}/elsewhere/collections/mine")[0] == 403
    assert other.call("GET", f"{database}/elsewhere/collections") == []
