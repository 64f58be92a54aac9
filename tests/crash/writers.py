"""Clients that write, each on ids of its own: the state of an id is known but for the one request in flight."""

import http.client
import threading

import grpc

import dialects
from points import COLLECTIONS, DOCUMENT, Point, Selector, Write
from support.server import WITHOUT_GRPC

IDS_PER_WORKER = 60
WORDS = ["red", "green", "blue", "grey"]


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


class Client(threading.Thread):
    """Does one operation after another until the connection breaks. `problem`: what else went wrong."""

    def __init__(self, name, rng, progress):
        super().__init__(name=name, daemon=True)
        self.rng, self._progress = rng, progress
        self.problem = None
        self.broken = None            # The error that ended it.
        self.counts = {}
        self.stop = threading.Event()

    def run(self):
        try:
            while not self.stop.is_set():
                name = self.step()
                if name is not None:
                    self.counts[name] = self.counts.get(name, 0) + 1
                    self._progress.count()
        except (OSError, http.client.HTTPException) as error:
            self.broken = error
        except grpc.RpcError as error:
            # What a dead server leaves; every other code is an answer.
            if error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
                self.broken = error
            else:
                self.problem = error
        except BaseException as error:  # Reported by the test, with the seed.
            self.problem = error

    def step(self):
        """One acknowledged operation. @return its name, None when there was nothing to do."""
        raise NotImplementedError


class PointWriter(Client):
    """Every kind of write on points, through all faces. `points`: collection name -> id -> Point.
    Before a request, `pending` holds the collection and what its commands make of the ids."""

    def __init__(self, number, rng, points, progress):
        super().__init__(f"writer {number}", rng, progress)
        self.number, self.points = number, points
        self.pending = None           # (collection, steps of Write.steps)

    def connect(self, server):
        self._faces = [dialects.Rest(server)] + ([] if WITHOUT_GRPC else [dialects.Grpc(server)])
        self._chroma = dialects.Chroma(server)

    def close(self):
        for face in [*self._faces, self._chroma]:
            face.close()

    def step(self):
        collection = self.rng.choice(COLLECTIONS)
        known = self.points[collection.name]
        if collection.chroma and self.rng.random() < 0.35:
            face, write = self._chroma, self._chroma_write(known, collection)
        else:
            face, write = self.rng.choice(self._faces), self._qdrant_write(known, collection)
        if write is None:
            return None
        steps = write.steps(known)
        self.pending = (collection.name, steps)
        face.write(collection, write, self.rng.random() < 0.5)
        for changes in steps:
            settle(known, changes)
        self.pending = None
        return f"{face.name} {write.kind}"

    # ------------------------------------------------------------ choices

    def _ids(self, most=8):
        first = self.number * IDS_PER_WORKER
        return self.rng.sample(range(first, first + IDS_PER_WORKER), self.rng.randint(1, most))

    def _known_ids(self, known, most=8):
        ids = sorted(known)
        return self.rng.sample(ids, min(len(ids), self.rng.randint(1, most)))

    def _vector(self, size):
        # Exact in f32, and never 0, which has no direction.
        return [self.rng.randrange(-1000, 1000) / 8 or 1.0 for _ in range(size)]

    def _vectors(self, collection, all_of_them=True):
        names = list(collection.vectors)
        if not all_of_them:
            names = self.rng.sample(names, self.rng.randint(1, len(names)))
        return {n: self._vector(collection.vectors[n][0]) for n in names}

    def _payload(self):
        payload = {"worker": self.number, "n": self.rng.randrange(1000)}
        if self.rng.random() < 0.7:
            payload["word"] = self.rng.choice(WORDS)
        if self.rng.random() < 0.5:
            payload["text"] = "t" * self.rng.randrange(3000)
        return payload

    def _point(self, collection, all_vectors=True):
        return Point(self._vectors(collection, all_vectors), self._payload())

    def _by_filter(self):
        low = self.rng.randrange(1000)
        return Selector(worker=self.number, low=low, high=low + 30)

    def _selector(self, known, most=8):
        if self.rng.random() < 0.3:
            return self._by_filter()
        ids = self._known_ids(known, most)
        return Selector(ids=ids) if ids else self._by_filter()

    # ------------------------------------------------------------ Qdrant

    def _qdrant_write(self, known, collection):
        if self.rng.random() < 0.15:
            # Each command sees what the ones before it did; the effects are chained in Write.steps.
            parts = [self._upsert(known, collection), Write("delete", Selector(ids=self._ids(3))),
                     Write("set", self._by_filter(), payload={"n": self.rng.randrange(1000)})]
            self.rng.shuffle(parts)
            return Write("batch", parts=parts)
        kinds = ["upsert"] * 4 + ["set", "set", "overwrite", "delete_keys", "clear", "delete", "delete", "vectors"]
        if len(collection.vectors) > 1:
            kinds.append("delete_vectors")
        kind = self.rng.choice(kinds)
        if kind == "upsert":
            return self._upsert(known, collection)
        if kind == "delete":
            return Write(kind, self._by_filter() if self.rng.random() < 0.4 else Selector(ids=self._ids(4)))
        if kind == "set":
            key = self.rng.choice([None, "deep"])
            return Write(kind, self._selector(known), payload={"n": self.rng.randrange(1000), "set": True}, key=key)
        if kind == "overwrite":
            return Write(kind, self._selector(known), payload=self._payload())
        if kind == "delete_keys":
            return Write(kind, self._selector(known), names=["n", "text"])
        if kind == "clear":
            return Write(kind, self._selector(known, 2))
        if kind == "delete_vectors":
            return Write(kind, self._selector(known, 3), names=[self.rng.choice(list(collection.vectors))])
        ids = self._known_ids(known)
        return Write(kind, points={i: self._vectors(collection, False) for i in ids}) if ids else None

    def _upsert(self, known, collection):
        form = self.rng.choice(["list", "list", "batch"])
        mode = self.rng.choice([None, None, None, "insert_only", "update_only"])
        ids = self._ids(self.rng.choice([8, 8, 40]))
        return Write("upsert", points={i: self._point(collection, form == "batch") for i in ids}, mode=mode, form=form)

    # ------------------------------------------------------------ Chroma

    def _chroma_write(self, known, collection):
        kind = self.rng.choice(["add", "merge", "merge", "update", "delete"])
        if kind == "delete":
            by_filter = self.rng.random() < 0.5
            return Write(kind, self._by_filter() if by_filter else Selector(ids=self._ids(3)))
        ids = self._known_ids(known) if kind == "update" else self._ids()
        points = {i: self._point(collection) for i in ids}
        without_vectors = kind == "update" and self.rng.random() < 0.3
        for point in points.values():
            if without_vectors:
                point.vectors = {}
            if self.rng.random() < 0.5:
                point.payload[DOCUMENT] = f"document {self.rng.randrange(1000)}"
        return Write(kind, points=points) if ids else None


def settle(points, changes):
    for i, point in changes.items():
        if point is None:
            points.pop(i, None)
        else:
            points[i] = point
