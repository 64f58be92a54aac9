"""A limit or an offset as large as the type allows asks for all there is, and for nothing else."""

import random

import pytest

from support.http_json import chroma, qdrant
from support.server import WITHOUT_GRPC

ROWS, SIZE = 6000, 4
HUGE = [2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1]


@pytest.fixture(scope="module")
def filled(server):
    """A collection whose rows are in a graph, so that a plan is chosen by the limit."""
    http = qdrant(server)
    rng = random.Random(64)
    http.call("PUT", "/collections/huge", {"vectors": {"size": SIZE, "distance": "Dot"},
                                           "optimizers_config": {"indexing_threshold": 1}})
    points = [{"id": number, "vector": [rng.gauss(0, 1) for _ in range(SIZE)]} for number in range(ROWS)]
    for first in range(0, ROWS, 2000):
        http.call("PUT", "/collections/huge/points?wait=true", {"points": points[first:first + 2000]})
    yield http
    http.call("DELETE", "/collections/huge")


def found(http, **body):
    return http.call("POST", "/collections/huge/points/query", {"query": [1, 0, 0, 0], **body})["result"]["points"]


@pytest.mark.parametrize("limit", HUGE)
def test_a_huge_limit_answers_with_every_row(filled, limit):
    ids = [hit["id"] for hit in found(filled, limit=limit)]
    assert sorted(ids) == list(range(ROWS))
    assert [hit["id"] for hit in found(filled, limit=limit, offset=10)] == ids[10:]
    nested = found(filled, prefetch={"query": [1, 0, 0, 0], "limit": limit}, limit=7)
    assert [hit["id"] for hit in nested] == ids[:7]


@pytest.mark.parametrize("offset", HUGE)
def test_a_huge_offset_answers_with_nothing(filled, offset):
    assert found(filled, limit=5, offset=offset) == []
    assert found(filled, limit=2**64 - 1, offset=offset) == []


def test_a_huge_scroll_has_one_page(filled):
    page = filled.call("POST", "/collections/huge/points/scroll", {"limit": 2**64 - 1, "with_payload": False})["result"]
    assert len(page["points"]) == ROWS and page["next_page_offset"] is None


def test_a_huge_width_of_the_walk_is_no_more_than_all_rows(filled):
    exact = [hit["id"] for hit in found(filled, limit=10, params={"exact": True})]
    assert [hit["id"] for hit in found(filled, limit=10, params={"hnsw_ef": 2**32 - 1})] == exact


def test_chroma_gets_every_record(filled, server):
    http = chroma(server)
    path = f"/collections/{http.call('GET', '/collections/huge')['id']}"
    for limit in (2**31 - 1, 2**32 - 1):
        answer = http.call("POST", path + "/query", {"query_embeddings": [[1, 0, 0, 0]], "n_results": limit, "include": []})
        assert len(answer["ids"][0]) == ROWS
        assert len(http.call("POST", path + "/get", {"limit": limit, "include": []})["ids"]) == ROWS
        assert http.call("POST", path + "/get", {"offset": limit, "limit": limit, "include": []})["ids"] == []


@pytest.mark.skipif(WITHOUT_GRPC, reason="this server has no gRPC listener")
def test_grpc_takes_huge_numbers(filled, server):
    import grpc
    from qdrant_client import grpc as api
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc}", options=[("grpc.max_receive_message_length", -1)]) as channel:
        stub = api.PointsStub(channel)
        query = api.Query(nearest=api.VectorInput(dense=api.DenseVector(data=[1, 0, 0, 0])))
        for limit in HUGE:
            asked = api.QueryPoints(collection_name="huge", query=query, limit=limit)
            assert len(stub.Query(asked, timeout=20).result) == ROWS
            asked.offset = limit
            assert len(stub.Query(asked, timeout=20).result) == 0
