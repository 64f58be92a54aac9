"""Clients that wait for `green`, or for an indexed count, do not wait for ever, whichever way they ask."""

import time
import urllib.request

import pytest
from support.http_json import qdrant
from support.server import WITHOUT_GRPC


def info(http, name):
    result = http.call("GET", f"/collections/{name}")["result"]
    return result["status"], result["indexed_vectors_count"]


def wait_for_green(http, name):
    deadline = time.monotonic() + 20
    while info(http, name)[0] != "green":
        assert time.monotonic() < deadline, "still yellow"
        time.sleep(0.02)
    return info(http, name)[1]


def upload(http, name, count, size, threshold=None, first=0):
    body = {"vectors": {"size": size, "distance": "Dot"}}
    if threshold is not None:
        body["optimizers_config"] = {"indexing_threshold": threshold}
    http.call("PUT", f"/collections/{name}", body)
    for start in range(0, count, 300):
        points = [{"id": first + i, "vector": [(i * 7 + k) % 13 for k in range(size)]}
                  for i in range(start, min(count, start + 300))]
        http.call("PUT", f"/collections/{name}/points?wait=true", {"points": points})


@pytest.mark.parametrize("count,size,threshold", [(100, 256, 10), (100, 64, 10), (200, 64, 10), (500, 64, 10),
                                                  (900, 3072, None)])
def test_a_small_collection_above_the_threshold_is_green_and_indexed(server, count, size, threshold):
    http, name = qdrant(server), f"small_{count}_{size}"
    upload(http, name, count, size, threshold)
    assert wait_for_green(http, name) == count
    # "Indexed" is said of rows that indexed_only finds.
    found = http.call("POST", f"/collections/{name}/points/query",
                      {"query": [1] * size, "limit": 10, "params": {"indexed_only": True}})["result"]["points"]
    assert len(found) == 10
    page = urllib.request.urlopen(f"{server.rest_url}/metrics", timeout=60).read().decode()
    assert f'collection_running_optimizations{{id="{name}"}} 0' in page
    if not WITHOUT_GRPC:
        from qdrant_client import QdrantClient
        client = QdrantClient(host="127.0.0.1", port=server.rest, grpc_port=server.grpc, prefer_grpc=True,
                              check_compatibility=False)
        told = client.get_collection(name)
        assert (told.status.value, told.indexed_vectors_count) == ("green", count)
        client.close()


def test_below_the_threshold_nothing_counts_as_indexed(server):
    http = qdrant(server)
    upload(http, "below", 3000, 4)
    assert wait_for_green(http, "below") == 0
    http.call("PATCH", "/collections/below", {"optimizers_config": {"indexing_threshold": 10}})
    # A rest below the threshold waits for nothing either, so green may come before the last row.
    deadline = time.monotonic() + 20
    while wait_for_green(http, "below") != 3000:
        assert time.monotonic() < deadline, "the last rows are never indexed"
    http.call("PATCH", "/collections/below", {"optimizers_config": {"indexing_threshold": 10000}})
    assert wait_for_green(http, "below") == 0
