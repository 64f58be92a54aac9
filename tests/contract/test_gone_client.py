"""A client that hangs up: what it asked for ends soon, and a thread is free again."""

import json
import random
import re
import socket
import struct
import time
import urllib.request

from support.http_json import chroma, qdrant

SIZE, POINTS, QUERIES = 64, 20_000, 20_000
SMALL_BYTES = 128 << 10  # Below it a read runs on the thread that read it.


def vector(rng):
    return [round(rng.uniform(-1, 1), 3) for _ in range(SIZE)]


def cancelled(server, operation):
    text = urllib.request.urlopen(f"{server.rest_url}/alidade/metrics", timeout=60).read().decode()
    found = re.search(rf'alidade_operations_total{{[^}}]*operation="{operation}",code="kCancelled"}} (\d+)', text)
    return int(found.group(1)) if found else 0


def ask_and_hang_up(port, path, body):
    content = json.dumps(body).encode()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        connection.sendall(head.encode() + content)
        time.sleep(0.3)  # It is being worked on.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def wait_for_the_end(server, operation, before=0):
    deadline = time.monotonic() + 20
    while cancelled(server, operation) == before:
        assert time.monotonic() < deadline, "nobody stopped"
        time.sleep(0.1)


def test_searches_end_when_their_client_is_gone(server):
    rng = random.Random(5)
    http = qdrant(server)
    http.call("PUT", "/collections/gone", {"vectors": {"size": SIZE, "distance": "Dot"},
                                           "optimizers_config": {"indexing_threshold": 0}})
    for first in range(0, POINTS, 1000):
        points = [{"id": first + i, "vector": vector(rng)} for i in range(1000)]
        http.call("PUT", "/collections/gone/points?wait=true", {"points": points})
    one = {"query": vector(rng), "limit": 1, "params": {"exact": True}}
    # By itself it would take far longer than the test waits.
    ask_and_hang_up(server.rest, "/collections/gone/points/query/batch", {"searches": [one] * QUERIES})
    wait_for_the_end(server, "query_batch")
    found = chroma(server).call("GET", "/collections/gone")
    path = f"/api/v2/tenants/default_tenant/databases/default_database/collections/{found['id']}/query"
    ask_and_hang_up(server.chroma, path, {"query_embeddings": [one["query"]] * QUERIES, "n_results": 1})
    wait_for_the_end(server, "query_records")
    http.call("DELETE", "/collections/gone")


def test_a_read_that_runs_where_it_arrived_ends_too(server):
    """A small request is worked on by the thread that read it, which then cannot look after its client: another one must."""
    rng = random.Random(6)
    http = qdrant(server)
    http.call("PUT", "/collections/gone_small", {"vectors": {"size": SIZE, "distance": "Dot"},
                                                 "optimizers_config": {"indexing_threshold": 0}})
    for first in range(0, POINTS, 1000):
        points = [{"id": first + i, "vector": vector(rng), "payload": {"n": i}} for i in range(1000)]
        http.call("PUT", "/collections/gone_small/points?wait=true", {"points": points})
    # Each looks at every row, exactly and by a filter without an index: together some minutes.
    one = {"query": 1, "limit": 1, "filter": {"must": [{"key": "n", "range": {"lt": 5}}]}, "params": {"exact": True}}
    searches = [one] * 1000
    assert len(json.dumps({"searches": searches})) < SMALL_BYTES
    before = cancelled(server, "query_batch")
    ask_and_hang_up(server.rest, "/collections/gone_small/points/query/batch", {"searches": searches})
    wait_for_the_end(server, "query_batch", before)
    http.call("DELETE", "/collections/gone_small")
