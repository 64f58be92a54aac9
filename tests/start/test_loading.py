"""A start behind a long log: the listeners open at once, and everybody is told how far it is."""

import re
import time

import pytest
from support.http_json import chroma, qdrant
from support.server import WITHOUT_GRPC, Server

PROGRESS = re.compile(r"some shards are not ready: (\d+) of 3 collections open, (\d+) of (\d+) MiB of log replayed"
                      r"(; opening '[^']+'(, '[^']+')*)?$")
POINTS = 6000
# Each builds the index from all points again when it is replayed: that is what holds the start up.
INDEX_BUILDS = 200


def fill(server):
    http = qdrant(server)
    for name in ("big", "small"):
        http.call("PUT", f"/collections/{name}", {"vectors": {"size": 4, "distance": "Dot"}})
    http.call("PUT", "/collections/small/points?wait=true", {"points": [{"id": 1, "vector": [1, 2, 3, 4]}]})
    text = "x" * 1500
    for first in range(0, POINTS, 2000):
        points = [{"id": i, "vector": [i % 7, 1, 2, 3], "payload": {"word": f"w{i % 50}", "text": text}}
                  for i in range(first, first + 2000)]
        http.call("PUT", "/collections/big/points?wait=true", {"points": points})
    for _ in range(INDEX_BUILDS):
        http.call("PUT", "/collections/big/index?wait=true", {"field_name": "word", "field_schema": "keyword"})
        http.call("DELETE", "/collections/big/index/word?wait=true")
    records = chroma(server)
    made = records.call("POST", "/collections", {"name": "notes"})
    records.call("POST", f"/collections/{made['id']}/add", {"ids": ["a"], "embeddings": [[1, 2]], "documents": ["hello"]})
    return made["id"]


@pytest.fixture(scope="module")
def long_log(tmp_path_factory):
    """A folder whose start takes a while, and the UUID of a Chroma collection in it. No test shortens
    the log: checkpoints are held back."""
    server = Server(data=tmp_path_factory.mktemp("long_log"), environment={"ALIDADE__HOLD_CHECKPOINTS": "true"})
    with server:
        uuid = fill(server)
        server.kill()
    return server, uuid


def grpc_health(server):
    import grpc
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc}") as channel:
        check = channel.unary_unary("/grpc.health.v1.Health/Check",
                                    request_serializer=bytes, response_deserializer=bytes)
        return check(b"", timeout=10)


def test_progress_until_ready(long_log):
    server, uuid = long_log
    started = time.monotonic()
    server.start(wait_ready=False)
    try:
        http = qdrant(server)
        assert http.send("GET", "/livez")[0] == 200
        live = time.monotonic() - started
        seen = []
        served_while_loading = answered_while_loading = False
        while True:
            status, text = server.readiness()
            if status == 200:
                assert text == "all shards are ready"
                break
            assert status == 503
            matched = PROGRESS.match(text)
            assert matched, text
            seen.append((int(matched[1]), int(matched[2])))
            assert int(matched[2]) <= int(matched[3])
            # Whoever is open serves, whoever is not is told so.
            count = http.call("POST", "/collections/small/points/count", {})["result"]["count"]
            assert count == 1
            served_while_loading = served_while_loading or server.readiness()[0] == 503
            got = chroma(server).call("POST", f"/collections/{uuid}/get", {})
            assert got["documents"] == ["hello"]
            names = {c["name"] for c in http.call("GET", "/collections")["result"]["collections"]}
            assert names == {"big", "small"} or names == {"big", "small", "notes"}
            for page in ("/metrics", "/alidade/metrics", "/telemetry", "/healthz"):
                assert http.send("GET", page)[0] == 200
            status, answer = http.send("POST", "/collections/big/points/query?timeout=1", {"query": [1, 1, 1, 1]})
            if status == 503:
                answered_while_loading = True
                assert "the server is starting" in answer["status"]["error"], answer
                assert answer["status"]["error"].startswith("Service unavailable: ")
            else:
                assert status == 200
        assert seen, "the log was too short to see the start"
        assert seen == sorted(seen), "progress never goes back"
        assert served_while_loading
        print(f"live after {live:.3f} s, {len(seen)} looks before it was ready, "
              f"refused meanwhile: {answered_while_loading}")
        assert http.call("POST", "/collections/big/points/count", {})["result"]["count"] == POINTS
    finally:
        server.kill()


def test_requests_wait_for_their_collection(long_log):
    """Nobody has to poll: the first requests after a start are held until they can be answered."""
    server, _ = long_log
    server.start(wait_ready=False)
    try:
        deadline = time.monotonic() + 60
        while True:
            status, answer = qdrant(server).send("POST", "/collections/big/points/count", {})
            if status == 200:
                break
            assert status == 503 and time.monotonic() < deadline, answer
        assert answer["result"]["count"] == POINTS
        status, answer = qdrant(server).send("PUT", "/collections/big/points?wait=true",
                                             {"points": [{"id": 1, "vector": [9, 9, 9, 9]}]})
        assert status == 200, answer
    finally:
        server.kill()


@pytest.mark.skipif(WITHOUT_GRPC, reason="built without gRPC")
def test_grpc_health_and_refusal(long_log):
    pytest.importorskip("grpc")
    server, _ = long_log
    server.start(wait_ready=False)
    try:
        answers = set()
        while server.readiness()[0] == 503:
            answers.add(grpc_health(server))
        server.wait_ready()
        assert grpc_health(server) == b"\x08\x01"  # SERVING
        assert answers <= {b"\x08\x01", b"\x08\x02"} and b"\x08\x02" in answers  # NOT_SERVING
    finally:
        server.kill()


def test_stop_while_loading(long_log):
    """SIGTERM ends the replay in order, and the next start has everything."""
    server, _ = long_log
    server.start(wait_ready=False)
    assert server.readiness()[0] == 503
    assert server.stop() == 0
    server.start()
    try:
        assert qdrant(server).call("POST", "/collections/big/points/count", {})["result"]["count"] == POINTS
    finally:
        server.kill()
