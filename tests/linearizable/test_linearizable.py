"""Records histories of concurrent clients of every face and checks them, id by id."""

import os
import random
import threading
import time

import pytest

from linearizable import clients
from model import run
from linearizable.checker import first_problem
from linearizable.point_model import ABSENT, step
from support.http_json import HttpJson, chroma
from support.server import Server, WITHOUT_GRPC

LONG = os.environ.get("ALIDADE_LONG") == "1"
HISTORIES = int(os.environ.get("ALIDADE_HISTORIES", "500" if LONG else "12"))
OPERATIONS = 2000 if LONG else 600
KILLED = 7   # One history of so many has its server killed half-way.


def faces(rng):
    """Six clients: at least two of REST and of Chroma."""
    rest, chroma_face, grpc = clients.RestFace, clients.ChromaFace, clients.GrpcFace
    more = [rest, chroma_face] if WITHOUT_GRPC else [grpc, rng.choice([rest, chroma_face, grpc])]
    return [rest, rest, chroma_face, chroma_face, *more]


def create(server, name):
    HttpJson(server.rest_url).call("PUT", f"/collections/{name}", {"vectors": {"size": 2, "distance": "Euclid"}})
    return chroma(server).call("GET", f"/collections/{name}")["id"]


def record(server, name, uuid, rng, stamps, count, first_client, kill_after=None):
    """Runs six clients until each has done its part, or the server was killed."""
    each = count // 6
    started = [face(server, name, uuid) for face in faces(rng)]
    threads = [clients.Client(first_client + n, face, random.Random(rng.random()), stamps, each, clients.monotonic)
               for n, face in enumerate(started)]
    for thread in threads:
        thread.start()
    if kill_after is not None:
        while sum(len(thread.history) for thread in threads) < kill_after and any(t.is_alive() for t in threads):
            threads[0].join(timeout=0.001)
        server.kill()
    for thread in threads:
        thread.join(timeout=120)
        assert not thread.is_alive(), f"{thread.name} hangs"
    for face in started:
        face.close()
    for thread in threads:
        if thread.problem is not None:
            raise thread.problem
    return [entry for thread in threads for entry in thread.history]


def check(history):
    by_id = {}
    for point_id, operation in history:
        by_id.setdefault(point_id, []).append(operation)
    for point_id, operations in by_id.items():
        problem = first_problem(operations, ABSENT, step)
        if problem is None:
            continue
        near = sorted((o for o in operations if o.called <= problem.returned), key=lambda o: o.called)[-25:]
        raise AssertionError(f"point {point_id}: no order explains {problem}; before it\n" + "\n".join(map(str, near)))


def test_every_id_is_linearizable():
    seed = run.seed()
    print(f"\nseed={seed} commit={run.commit()}")
    rng, stamps, done, kills, started = random.Random(seed), clients.Stamps(), 0, 0, time.monotonic()
    with Server() as server:
        for number in range(HISTORIES):
            name = f"history-{number}"
            try:
                uuid = create(server, name)
                kill_after = rng.randrange(OPERATIONS // 4, OPERATIONS // 2) if number % KILLED == 3 else None
                history = record(server, name, uuid, rng, stamps, OPERATIONS, 0, kill_after)
                if kill_after is not None:
                    # What was in flight may be there or not; what was answered has to be.
                    kills += 1
                    server.start()
                    history += record(server, name, uuid, rng, stamps, OPERATIONS - len(history), 10)
                check(history)
                HttpJson(server.rest_url).call("DELETE", f"/collections/{name}")
            except Exception as error:
                raise AssertionError(f"seed={seed} commit={run.commit()} history {number}: {error!s}\n{server.log()}") from error
            done += len(history)
    seconds = time.monotonic() - started
    print(f"{HISTORIES} histories, {done} operations, {kills} kills, {seconds:.1f} s ({done / seconds:.0f} a second), 0 violations")


# What one request sees of a batch (docs/concurrency.md). -------------------------------------------

BATCH = 40
READS = 4000 if LONG else 250


class BatchWriter(threading.Thread):
    """Writes the same batch with ever new stamps until told to stop."""

    def __init__(self, write):
        super().__init__(name="batch writer")
        self._write, self.stop, self.written, self.problem = write, threading.Event(), 0, None

    def run(self):
        try:
            while not self.stop.is_set():
                self.written += 1
                self._write(self.written)
        except BaseException as error:
            self.problem = error


def read_while_writing(write, read):
    writer = BatchWriter(write)
    write(0)
    writer.start()
    try:
        for _ in range(READS):
            read()
        deadline = time.monotonic() + 60  # On a slow disk the reader goes on until it has met the writer.
        while writer.written <= 5 and writer.is_alive() and time.monotonic() < deadline:
            read()
    finally:
        writer.stop.set()
        writer.join(timeout=60)
    if writer.problem is not None:
        raise writer.problem
    assert writer.written > 5, "the reader never met the writer"


def stamped(stamp, ids=range(BATCH)):
    return [{"id": i, "vector": clients.vector_of(stamp), "payload": {"stamp": stamp}} for i in ids]


def readers(server, name, uuid):
    """name -> a function that gives the (stamp, note) of every point, in one request."""
    http = HttpJson(server.rest_url)
    records = HttpJson(f"{chroma(server)._url.geturl()}/collections/{uuid}")
    parts = {"with_payload": True, "with_vector": True, "limit": BATCH}

    def shown(points, where):
        return [clients.state_of(p["vector"], p["payload"], where) for p in points]

    def columns(rows, where):
        return [clients.state_of(e, m, where) for e, m in zip(rows["embeddings"], rows["metadatas"])]

    def query():
        rows = records.call("POST", "/query", {"query_embeddings": [[0.0, 0.0]], "n_results": BATCH, "include": ["metadatas", "embeddings"]})
        return columns({column: values and values[0] for column, values in rows.items()}, "Chroma query")

    path = f"/collections/{name}/points"
    return {
        "scroll": lambda: shown(http.call("POST", path + "/scroll", parts)["result"]["points"], "scroll"),
        "retrieve": lambda: shown(http.call("POST", path, {"ids": list(range(BATCH)), **parts})["result"], "retrieve"),
        "query": lambda: shown(http.call("POST", path + "/query", {"query": [0.0, 0.0], **parts})["result"]["points"], "query"),
        "Chroma get": lambda: columns(records.call("POST", "/get", {"include": ["metadatas", "embeddings"]}), "Chroma get"),
        "Chroma query": query}


def whole(read):
    def check_one():
        states = read()
        assert len(states) == BATCH and len(set(states)) == 1, f"a batch in parts: {sorted(set(states))}"
    return check_one


@pytest.fixture(scope="module")
def batch_server():
    with Server() as server:
        yield server, create(server, "batch")


@pytest.mark.parametrize("reader", ["scroll", "retrieve", "query", "Chroma get", "Chroma query"])
def test_an_upsert_is_seen_whole(batch_server, reader):
    server, uuid = batch_server
    http = HttpJson(server.rest_url)
    read_while_writing(lambda stamp: http.call("PUT", "/collections/batch/points?wait=true", {"points": stamped(stamp)}),
                       whole(readers(server, "batch", uuid)[reader]))


def test_an_upsert_of_chroma_is_seen_whole(batch_server):
    server, uuid = batch_server
    records = HttpJson(f"{chroma(server)._url.geturl()}/collections/{uuid}")
    body = {"ids": [str(i) for i in range(BATCH)]}
    read_while_writing(lambda stamp: records.call("POST", "/upsert", {**body, "embeddings": [clients.vector_of(stamp)] * BATCH,
                                                                      "metadatas": [{"stamp": stamp}] * BATCH}),
                       whole(readers(server, "batch", uuid)["scroll"]))


def test_a_change_by_filter_is_seen_whole(batch_server):
    server, uuid = batch_server
    http = HttpJson(server.rest_url)
    http.call("PUT", "/collections/batch/points?wait=true", {"points": stamped(0)})
    everything = {"filter": {"must": [{"key": "stamp", "range": {"gte": 0}}]}}
    read_while_writing(lambda note: http.call("POST", "/collections/batch/points/payload?wait=true",
                                              {"payload": {"note": note}, **everything}),
                       whole(readers(server, "batch", uuid)["scroll"]))


def test_a_batch_request_is_seen_between_its_operations_but_each_of_them_whole(batch_server):
    """POST points/batch is an ordered list, not one change: as with the peer."""
    server, uuid = batch_server
    http, read = HttpJson(server.rest_url), readers(server, "batch", uuid)["scroll"]
    halves = [range(BATCH // 2), range(BATCH // 2, BATCH)]

    def write(stamp):
        http.call("POST", "/collections/batch/points/batch?wait=true",
                  {"operations": [{"upsert": {"points": stamped(stamp, half)}} for half in halves]})

    def check_one():
        states = read()
        first, second = states[:BATCH // 2], states[BATCH // 2:]
        assert len(set(first)) == 1 and len(set(second)) == 1, f"an operation in parts: {states}"
        assert first[0][0] - second[0][0] in (0, 1), f"operations out of order: {states}"
    read_while_writing(write, check_one)
