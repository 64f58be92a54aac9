"""A disk that stands still: writes that wait for it hold up no others, and none is acknowledged before it goes on.

The server runs with a library that stops fdatasync while a file is there (tests/support/sync_shim.py)."""

import concurrent.futures
import time

import pytest
from support.http_json import chroma, qdrant
from support.server import Server
from support.sync_shim import SyncShim

# More than the server has threads for writes.
WAITING = 40


@pytest.fixture
def shim(tmp_path):
    made = SyncShim(tmp_path)
    yield made
    made.go_on()


@pytest.fixture
def server(shim):
    with Server(environment=shim.environment()) as running:
        qdrant(running).call("PUT", "/collections/items", {"vectors": {"size": 2, "distance": "Dot"}})
        # The file of the log is there from now on.
        qdrant(running).call("PUT", "/collections/items/points?wait=true", points(0))
        yield running


def points(number):
    return {"points": [{"id": number, "vector": [1, 2], "payload": {"n": number}}]}


def wait_until(true):
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def count(server):
    return qdrant(server).call("POST", "/collections/items/points/count", {})["result"]["count"]


def rest_writer(server, timeout=60):
    path = f"/collections/items/points?wait=true&timeout={timeout}"
    return lambda number: qdrant(server).call("PUT", path, points(number))["result"]["status"]


def batch_writer(server, timeout=60):
    def write(number):
        body = {"operations": [{"upsert": points(number)}, {"set_payload": {"payload": {"m": 1}, "points": [number]}}]}
        answer = qdrant(server).call("POST", f"/collections/items/points/batch?wait=true&timeout={timeout}", body)
        statuses = {result["status"] for result in answer["result"]}
        assert len(answer["result"]) == 2 and len(statuses) == 1
        return statuses.pop()
    return write


def grpc_writer(server, timeout=60):
    if server.grpc is None:
        pytest.skip("built without gRPC")
    grpc = pytest.importorskip("qdrant_client.grpc")
    channel = pytest.importorskip("grpc").insecure_channel(f"127.0.0.1:{server.grpc}")
    stub = grpc.PointsStub(channel)

    def write(number):
        vector = grpc.Vectors(vector=grpc.Vector(data=[1, 2]))
        point = grpc.PointStruct(id=grpc.PointId(num=number), vectors=vector)
        answer = stub.Upsert(grpc.UpsertPoints(collection_name="items", wait=True, points=[point], timeout=timeout),
                             timeout=60)
        assert answer.time > 0
        return grpc.UpdateStatus.Name(answer.result.status).lower()
    return write


@pytest.mark.parametrize("writer_of", [rest_writer, batch_writer, grpc_writer])
def test_waiting_writes_hold_up_no_others_and_share_one_sync(server, shim, writer_of):
    write = writer_of(server)
    before = shim.count()
    shim.stop_disk()
    with concurrent.futures.ThreadPoolExecutor(WAITING) as pool:
        answers = [pool.submit(write, number) for number in range(1, WAITING + 1)]
        # All are done and seen, none is answered.
        wait_until(lambda: count(server) == WAITING + 1)
        assert qdrant(server).call("PUT", "/collections/items/points?wait=false", points(1000))["result"]["status"] == "acknowledged"
        assert not any(answer.done() for answer in answers)
        shim.go_on()
        assert {answer.result(60) for answer in answers} == {"completed"}
    # One that stood, one for those who came meanwhile, one for the write that nobody waited for; and as many again for
    # writes that were still on their way to the line when the disk went on.
    assert shim.count() - before <= 6


@pytest.mark.parametrize("writer_of, word", [(rest_writer, "wait_timeout"), (batch_writer, "wait_timeout"),
                                             (grpc_writer, "waittimeout")])
def test_a_write_whose_time_is_up_is_done_but_not_promised(server, shim, writer_of, word):
    shim.stop_disk()
    assert writer_of(server, timeout=1)(1) == word
    assert count(server) == 2
    shim.go_on()
    assert writer_of(server)(2) == "completed"


def test_waiting_writes_of_chroma_hold_up_no_others(server, shim):
    made = chroma(server).call("POST", "/collections", {"name": "books"})
    path = f"/collections/{made['id']}"

    def add(number):
        return chroma(server).call("POST", f"{path}/add", {"ids": [str(number)], "embeddings": [[1, 2]]})
    add(0)
    shim.stop_disk()
    with concurrent.futures.ThreadPoolExecutor(WAITING) as pool:
        answers = [pool.submit(add, number) for number in range(1, WAITING + 1)]
        wait_until(lambda: chroma(server).call("GET", f"{path}/count") == WAITING + 1)
        assert not any(answer.done() for answer in answers)
        shim.go_on()
        assert all(answer.result(60) == {} for answer in answers)
