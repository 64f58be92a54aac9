"""Many threads do everything at once: writes, searches, collections made and dropped, indexes, graphs
that grow, checkpoints, restarts. What they read is not compared (tests/model and tests/linearizable do
that); it is the server that is watched: no report of a sanitizer, no 5xx, nothing that hangs."""

import os
import random
import signal
import threading
import time

from model.connection import Connection, ConnectionLost
from support.http_json import CHROMA_PATH

HANG_S = 30
DIMENSION = 24
COLLECTIONS = ["one", "two", "three"]
BATCH = 64
GOOD = (200, 201, 202, 400, 404, 409, 422)


class Worker:
    """One client on one connection of each face."""

    def __init__(self, number, seed, server, stop):
        self.name = f"worker {number}"
        self.thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._rng, self._server, self._stop = random.Random(seed), server, stop
        self._qdrant, self._chroma = Connection(server.rest), Connection(server.chroma, CHROMA_PATH)
        self._uuids = {}
        self.doing, self.since, self.done, self.problem = "", time.monotonic(), 0, None
        self._steps = [(self._upsert, 12), (self._delete, 4), (self._payload, 5), (self._search, 12), (self._scroll, 6),
                       (self._count, 4), (self._info, 3), (self._index, 2), (self._collections, 1), (self._settings, 1), (self._compact, 1),
                       (self._chroma_write, 8), (self._chroma_read, 10), (self._service, 2), (self._batch, 2), (self._alias, 1)]

    def _run(self):
        steps, weights = [s for s, _ in self._steps], [w for _, w in self._steps]
        try:
            while not self._stop.is_set():
                self._rng.choices(steps, weights)[0]()
        except ConnectionLost:
            pass  # The server was stopped.
        except BaseException as error:
            self.problem = error
        finally:
            self.doing = ""
            self._qdrant.close()
            self._chroma.close()

    def _send(self, connection, method, path, body=None):
        self.doing, self.since = f"{method} {path}", time.monotonic()
        status, answer = connection.send(method, path, body)
        self.doing = ""
        self.done += 1
        # 503: it is being stopped. 500 with this text is the peer's answer to a query for unknown ids.
        if status not in GOOD and status != 503:
            raise AssertionError(f"{method} {path}: {status} {answer}")
        return status, answer

    def _points(self, method, rest, body):
        return self._send(self._qdrant, method, f"/collections/{self._name()}/points{rest}", body)

    def _name(self):
        return self._rng.choice(COLLECTIONS)

    def _vector(self):
        return [self._rng.random() - 0.5 for _ in range(DIMENSION)]

    def _wait(self):
        return self._rng.choice(["?wait=true", "?wait=false"])

    def _ids(self):
        return [self._rng.randrange(3000) for _ in range(self._rng.randrange(1, 6))]

    def _filter(self):
        low = self._rng.randrange(100)
        return {"must": [{"key": "n", "range": {"gte": low, "lt": low + 20}}]}

    def _upsert(self):
        ids = [self._rng.randrange(3000) for _ in range(BATCH)]
        self._points("PUT", self._wait(), {"points": [
            {"id": i, "vector": self._vector(), "payload": {"n": i % 120, "tag": f"t{i % 7}", "chroma:document": f"text {i}"}} for i in ids]})

    def _delete(self):
        self._points("POST", "/delete" + self._wait(), self._rng.choice([{"points": self._ids()}, {"filter": self._filter()}]))

    def _payload(self):
        self._points(self._rng.choice(["POST", "PUT"]), "/payload" + self._wait(), {"payload": {"n": self._rng.randrange(120)}, "points": self._ids()})

    def _batch(self):
        self._points("POST", "/batch" + self._wait(), {"operations": [
            {"upsert": {"points": [{"id": i, "vector": self._vector()} for i in self._ids()]}}, {"delete": {"points": self._ids()}}]})

    def _search(self):
        body = {"query": self._vector(), "limit": 10, "with_payload": True}
        if self._rng.random() < 0.5:
            body["filter"] = self._filter()
        self._points("POST", "/query", body)

    def _scroll(self):
        self._points("POST", "/scroll", {"limit": 50, "filter": self._filter(), "with_vector": True})

    def _count(self):
        self._points("POST", "/count", {"filter": self._filter()})

    def _info(self):
        name = self._name()
        self._send(self._qdrant, "GET", self._rng.choice([f"/collections/{name}", f"/collections/{name}/exists", f"/collections/{name}/optimizations", "/collections", "/aliases"]))

    def _service(self):
        self._send(self._qdrant, "GET", self._rng.choice(["/telemetry?details_level=3", "/metrics", "/readyz", "/alidade/metrics"]))

    def _index(self):
        field, kind = self._rng.choice([("n", "integer"), ("tag", "keyword")])
        path = f"/collections/{self._name()}/index"
        if self._rng.random() < 0.5:
            self._send(self._qdrant, "PUT", path + self._wait(), {"field_name": field, "field_schema": kind})
        else:
            self._send(self._qdrant, "DELETE", f"{path}/{field}" + self._wait())

    def _collections(self):
        name = self._name()
        if self._rng.random() < 0.3:
            self._send(self._qdrant, "DELETE", f"/collections/{name}")
        create(self._send, self._qdrant, name)

    def _settings(self):
        self._send(self._qdrant, "PATCH", f"/collections/{self._name()}", {"optimizers_config": {"indexing_threshold": self._rng.choice([1, 20000])}})

    def _compact(self):
        self._send(self._qdrant, "POST", f"/alidade/collections/{self._name()}/compact")

    def _alias(self):
        self._send(self._qdrant, "POST", "/collections/aliases", {"actions": [
            {"create_alias": {"alias_name": "other", "collection_name": self._name()}}, {"delete_alias": {"alias_name": "another"}}]})

    def _records(self, verb, body):
        name = self._name()
        if name not in self._uuids or self._rng.random() < 0.05:
            status, answer = self._send(self._chroma, "GET", f"/collections/{name}")
            if status != 200:
                return
            self._uuids[name] = answer["id"]
        self._send(self._chroma, "POST", f"/collections/{self._uuids[name]}/{verb}", body)

    def _chroma_write(self):
        ids = self._ids()
        verb = self._rng.choice(["add", "upsert", "update", "delete"])
        if verb == "delete":
            return self._records(verb, {"ids": [str(i) for i in ids]})
        return self._records(verb, {"ids": [str(i) for i in ids], "embeddings": [self._vector() for _ in ids],
                                    "metadatas": [{"n": i % 120} for i in ids], "documents": [f"text {i}" for i in ids]})

    def _chroma_read(self):
        if self._rng.random() < 0.5:
            self._records("query", {"query_embeddings": [self._vector()], "n_results": 5, "where": {"n": {"$lt": self._rng.randrange(120)}}})
        else:
            self._records("get", {"ids": [str(i) for i in self._ids()], "where_document": {"$contains": "1"}})


def create(send, connection, name):
    send(connection, "PUT", f"/collections/{name}", {
        "vectors": {"size": DIMENSION, "distance": "Cosine"}, "hnsw_config": {"m": 8, "ef_construct": 32, "full_scan_threshold": 10},
        "optimizers_config": {"indexing_threshold": 1}})


def hanging(workers):
    now = time.monotonic()
    return [f"{w.name}: {w.doing} for {now - w.since:.0f} s" for w in workers if w.doing and now - w.since > HANG_S]


def watch(workers, server, seconds):
    """Waits, and aborts a server that lets a request hang, so that its core or sanitizer shows where."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and any(w.thread.is_alive() for w in workers):
        workers[0].thread.join(timeout=0.2)
        found = hanging(workers)
        if found:
            os.kill(server.pid, signal.SIGABRT)
            raise AssertionError("requests hang:\n" + "\n".join(found) + f"\n{server.log()}")


def round_of(server, seed, threads, seconds, how):
    """One server's life: work, then SIGTERM or SIGKILL in the middle of it. @return requests done."""
    stop, rng = threading.Event(), random.Random(seed)
    workers = [Worker(n, rng.random(), server, stop) for n in range(threads)]
    for name in COLLECTIONS:
        create(lambda connection, *request: connection.send(*request), Connection(server.rest), name)
    for worker in workers:
        worker.thread.start()
    try:
        watch(workers, server, seconds)
    finally:
        if how == "stop":
            stop.set()
            watch(workers, server, HANG_S + 5)
    if how == "kill":
        server.kill()
        stop.set()
    for worker in workers:
        worker.thread.join(timeout=HANG_S + 5)
        if worker.problem is not None:
            raise worker.problem
        assert not worker.thread.is_alive(), f"{worker.name} hangs in {worker.doing}"
    return sum(worker.done for worker in workers)
