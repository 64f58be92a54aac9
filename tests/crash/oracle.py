"""Writes through both dialects, and remembers outside the server what has been acknowledged.

Each worker owns its ids, so the state of an id is known but for the one operation in flight.
"""

import copy
import http.client
import threading

from support.http_json import CHROMA_PATH, HttpJson

COLLECTION = "oracle"
DIMENSION = 4
IDS_PER_WORKER = 60


class Point:
    """A vector (exact in f32) and a flat payload."""

    def __init__(self, vector, payload):
        self.vector, self.payload = vector, payload

    def __eq__(self, other):
        return isinstance(other, Point) and (self.vector, self.payload) == (other.vector, other.payload)

    def __repr__(self):
        return f"Point({self.vector}, {self.payload})"


class Progress:
    """Tells when so many operations have been acknowledged, to kill at a random place of the work
    whatever the speed of the machine."""

    def __init__(self, target):
        self._left, self._lock, self.reached = target, threading.Lock(), threading.Event()

    def count(self):
        with self._lock:
            self._left -= 1
            if self._left <= 0:
                self.reached.set()


class Worker(threading.Thread):
    """One writing client. Before a request, `pending` says what its ids become if it is applied."""

    def __init__(self, number, rng, points, progress):
        super().__init__(name=f"writer {number}")
        self._progress = progress
        self.number, self.rng = number, rng
        self.points = points          # id -> Point, what is acknowledged
        self.pending = {}             # id -> Point or None (deleted)
        self.problem = None
        self.stop = threading.Event()
        self.counts = {}
        self._operations = [self._rest_upsert, self._rest_upsert_wait, self._rest_set, self._rest_overwrite,
                            self._rest_delete_keys, self._rest_clear, self._rest_vectors, self._rest_delete,
                            self._rest_delete_by_filter, self._rest_batch, self._chroma_add, self._chroma_upsert,
                            self._chroma_update, self._chroma_delete]

    def connect(self, server, chroma_uuid):
        self._rest = HttpJson(server.rest_url, timeout=60)
        self._chroma = HttpJson(f"{server.chroma_url}{CHROMA_PATH}/collections/{chroma_uuid}", timeout=60)

    def run(self):
        try:
            while not self.stop.is_set():
                operation = self.rng.choice(self._operations)
                operation()
                self._acknowledge(operation.__name__.strip("_"))
        except (OSError, http.client.HTTPException):
            pass  # Killed; `pending` holds what was in flight.
        except BaseException as error:  # Reported by the test, with the seed.
            self.problem = error

    def _acknowledge(self, name):
        for point_id, point in self.pending.items():
            if point is None:
                self.points.pop(point_id, None)
            else:
                self.points[point_id] = point
        self.pending = {}
        self.counts[name] = self.counts.get(name, 0) + 1
        self._progress.count()

    # ------------------------------------------------------------ choices

    def _some_ids(self, most=8):
        first = self.number * IDS_PER_WORKER
        return self.rng.sample(range(first, first + IDS_PER_WORKER), self.rng.randint(1, most))

    def _known_ids(self, most=8):
        known = sorted(self.points)
        return self.rng.sample(known, min(len(known), self.rng.randint(1, most)))

    def _vector(self):
        return [self.rng.randrange(-1000, 1000) / 8 for _ in range(DIMENSION)]

    def _payload(self):
        payload = {"worker": self.number, "n": self.rng.randrange(1000)}
        if self.rng.random() < 0.5:
            payload["text"] = "t" * self.rng.randrange(400)
        return payload

    def _wait(self):
        return self.rng.choice(["true", "false"])

    def _changed(self, ids, change):
        for point_id in ids:
            point = copy.deepcopy(self.points[point_id])
            change(point)
            self.pending[point_id] = point

    # ------------------------------------------------------------ Qdrant REST

    def _rest_upsert(self, wait=None, most=8):
        ids = self._some_ids(most)
        self.pending = {i: Point(self._vector(), self._payload()) for i in ids}
        points = [{"id": i, "vector": p.vector, "payload": p.payload} for i, p in self.pending.items()]
        self._points("PUT", "", wait or self._wait(), {"points": points})

    def _rest_upsert_wait(self):
        self._rest_upsert("true", 40)

    def _points(self, method, path, wait, body):
        self._rest.call(method, f"/collections/{COLLECTION}/points{path}?wait={wait}", body)

    def _rest_set(self):
        ids, n = self._known_ids(), self.rng.randrange(1000)
        self._changed(ids, lambda p: p.payload.update({"n": n, "set": True}))
        if ids:
            self._points("POST", "/payload", self._wait(), {"payload": {"n": n, "set": True}, "points": ids})

    def _rest_overwrite(self):
        ids, payload = self._known_ids(), self._payload()
        self._changed(ids, lambda p: setattr(p, "payload", dict(payload)))
        if ids:
            self._points("PUT", "/payload", self._wait(), {"payload": payload, "points": ids})

    def _rest_delete_keys(self):
        ids = self._known_ids()
        self._changed(ids, lambda p: (p.payload.pop("n", None), p.payload.pop("text", None)))
        if ids:
            self._points("POST", "/payload/delete", self._wait(), {"keys": ["n", "text"], "points": ids})

    def _rest_clear(self):
        ids = self._known_ids(2)
        self._changed(ids, lambda p: p.payload.clear())
        if ids:
            self._points("POST", "/payload/clear", self._wait(), {"points": ids})

    def _rest_vectors(self):
        ids = self._known_ids()
        self._changed(ids, lambda p: setattr(p, "vector", self._vector()))
        if ids:
            points = [{"id": i, "vector": self.pending[i].vector} for i in ids]
            self._points("PUT", "/vectors", self._wait(), {"points": points})

    def _rest_delete(self):
        ids = self._some_ids(4)
        self.pending = {i: None for i in ids}
        self._points("POST", "/delete", self._wait(), {"points": ids})

    def _rest_delete_by_filter(self):
        low = self.rng.randrange(1000)
        self.pending = {i: None for i, p in self.points.items()
                        if p.payload.get("worker") == self.number and low <= p.payload.get("n", -1) < low + 20}
        conditions = [{"key": "worker", "match": {"value": self.number}}, {"key": "n", "range": {"gte": low, "lt": low + 20}}]
        self._points("POST", "/delete", self._wait(), {"filter": {"must": conditions}})

    def _rest_batch(self):
        last = self.number * IDS_PER_WORKER + IDS_PER_WORKER - 1
        ids, point = [i for i in self._some_ids(3) if i != last] or [last - 1], Point(self._vector(), self._payload())
        gone = [i for i in self._some_ids(8) if i not in ids] or [last]
        self.pending = {i: point for i in ids} | {i: None for i in gone}
        self._points("POST", "/batch", self._wait(), {"operations": [
            {"upsert": {"points": [{"id": i, "vector": point.vector, "payload": point.payload} for i in ids]}},
            {"delete": {"points": gone}}]})

    # ------------------------------------------------------------ Chroma

    def _chroma_records(self, verb):
        """Metadata are merged into those of a known id; `add` passes known ids over."""
        ids = self._known_ids() if verb == "update" else self._some_ids()
        records = {i: Point(self._vector(), self._payload()) for i in ids}
        for i, record in records.items():
            before = self.points.get(i)
            if before is None:
                self.pending[i] = record
            elif verb != "add":
                self.pending[i] = Point(record.vector, {**before.payload, **record.payload})
        if ids:
            self._chroma.call("POST", "/" + verb, {
                "ids": [str(i) for i in ids], "embeddings": [r.vector for r in records.values()],
                "metadatas": [r.payload for r in records.values()]})

    def _chroma_add(self):
        self._chroma_records("add")

    def _chroma_upsert(self):
        self._chroma_records("upsert")

    def _chroma_update(self):
        self._chroma_records("update")

    def _chroma_delete(self):
        ids = self._some_ids(3)
        self.pending = {i: None for i in ids}
        self._chroma.call("POST", "/delete", {"ids": [str(i) for i in ids]})


class CollectionWorker(threading.Thread):
    """Creates, fills and drops collections."""

    def __init__(self, rng, existing):
        super().__init__(name="collections")
        self.rng, self.existing = rng, existing    # name -> True when its one point is acknowledged
        self.pending = None                        # a name whose state is not known
        self.problem = None
        self.stop = threading.Event()
        self.counts = {}
        self._next = 0

    def connect(self, server, _):
        self._rest = HttpJson(server.rest_url, timeout=60)

    def _count(self, name):
        self.counts[name] = self.counts.get(name, 0) + 1

    def run(self):
        try:
            while not self.stop.is_set():
                self._create_or_drop()
        except (OSError, http.client.HTTPException):
            pass
        except BaseException as error:
            self.problem = error

    def _create_or_drop(self):
        if len(self.existing) > 3 or (self.existing and self.rng.random() < 0.4):
            name = self.rng.choice(sorted(self.existing))
            self.pending = name
            self._rest.call("DELETE", f"/collections/{name}")
            del self.existing[name]
            self._count("drop")
        else:
            # A name that was dropped may come back.
            name = f"extra-{self.rng.randrange(6)}"
            if name in self.existing:
                return
            self.pending = name
            self._rest.call("PUT", f"/collections/{name}", {"vectors": {"size": 2, "distance": "Dot"}})
            self.existing[name] = False
            self._count("create")
            self._rest.call("PUT", f"/collections/{name}/points?wait=true",
                            {"points": [{"id": 1, "vector": [1, 2], "payload": {"name": name}}]})
            self.existing[name] = True
        self.pending = None
