"""What one request makes the server hold at a time does not grow with the product of its parts: with
lists times prefetches, named points times prefetches, or vectors times the places that name them."""

import random

import pytest

from support.http_json import qdrant
from support.server import Server

ROWS, WIDE = 20000, 4096
MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def own_server():
    """Of its own: the peak of its memory is looked at."""
    with Server() as server:
        http = qdrant(server)
        rng = random.Random(11)
        http.call("PUT", "/collections/many", {"vectors": {"size": 2, "distance": "Dot"},
                                               "optimizers_config": {"indexing_threshold": 0}})
        points = [{"id": number, "vector": [rng.random(), rng.random()]} for number in range(ROWS)]
        for first in range(0, ROWS, 5000):
            http.call("PUT", "/collections/many/points?wait=true", {"points": points[first:first + 5000]})
        http.call("PUT", "/collections/wide", {"vectors": {"size": WIDE, "distance": "Dot"}})
        http.call("PUT", "/collections/wide/points?wait=true",
                  {"points": [{"id": number, "vector": [float(number)] * WIDE} for number in (1, 2)]})
        server.resting = status(server, "VmRSS:")
        yield server


def status(server, name):
    for line in open(f"/proc/{server.pid}/status"):
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    raise AssertionError(name)


def peak_of(server, ask):
    """What `ask()` answers, and by how much the server was larger meanwhile than before all of them."""
    with open(f"/proc/{server.pid}/clear_refs", "w") as refs:
        refs.write("5")  # The peak begins anew.
    answer = ask()
    return answer, status(server, "VmHWM:") - server.resting


def found(server, collection, body, path="query"):
    return qdrant(server).call("POST", f"/collections/{collection}/points/{path}", body)["result"]


@pytest.mark.parametrize("query", [{"fusion": "rrf"}, {"fusion": "dbsf"}, [1, 0], {"sample": "random"}])
def test_lists_are_not_all_held(own_server, query):
    count = 300
    body = {"prefetch": [{"query": [1, 1], "limit": ROWS}] * count, "query": query, "limit": 3}
    one = found(own_server, "many", {**body, "prefetch": body["prefetch"][:1]})
    answer, grown = peak_of(own_server, lambda: found(own_server, "many", body))
    assert len(answer["points"]) == 3
    if "sample" not in query:
        assert [hit["id"] for hit in answer["points"]] == [hit["id"] for hit in one["points"]]
    assert grown < 64 * MEGABYTE, f"{count} lists of {ROWS} hits"


def test_named_points_are_not_repeated_for_each_prefetch(own_server):
    ids = list(range(1000, 11000))
    body = {"prefetch": [{"query": [1, 1], "limit": 2, "params": {"exact": True}}] * 1000,
            "query": {"recommend": {"positive": ids}}, "limit": 5}
    answer, grown = peak_of(own_server, lambda: found(own_server, "many", body))
    assert len(answer["points"]) == 2 and not {hit["id"] for hit in answer["points"]} & set(ids)
    assert grown < 64 * MEGABYTE, "10000 ids above 1000 prefetches"


def test_a_point_that_is_named_often_is_read_once(own_server):
    body = {"query": {"recommend": {"positive": [1] * 20000, "negative": [1] * 10000}}, "limit": 1}
    answer, grown = peak_of(own_server, lambda: found(own_server, "wide", body))
    assert [hit["id"] for hit in answer["points"]] == [2]
    assert grown < 128 * MEGABYTE, "30000 times the same 16 KiB"


def test_a_batch_resolves_its_queries_one_after_the_other(own_server):
    body = {"searches": [{"query": 1, "limit": 1}] * 20000}
    answer, grown = peak_of(own_server, lambda: found(own_server, "wide", body, "query/batch"))
    assert len(answer) == 20000 and all(one["points"][0]["id"] == 2 for one in answer)
    assert grown < 128 * MEGABYTE, "20000 queries by a point of 16 KiB"
