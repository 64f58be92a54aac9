"""What the oracle knows outside the server: points, and what each operation makes of them."""

import copy
import dataclasses
import math

DOCUMENT = "chroma:document"  # The payload member that a Chroma document is to the other dialect.


@dataclasses.dataclass
class Collection:
    """One collection that every writer writes to. `vectors`: name ("" = the unnamed) -> size and distance."""
    name: str
    vectors: dict
    settings: dict = dataclasses.field(default_factory=dict)
    chroma: bool = False

    def body(self):
        params = {n: {"size": size, "distance": distance} for n, (size, distance) in self.vectors.items()}
        return {"vectors": params.get("", params), **self.settings}


COLLECTIONS = [
    Collection("plain", {"": (4, "Euclid")}, chroma=True),
    Collection("named", {"a": (4, "Dot"), "b": (3, "Cosine")}),
    # Small enough thresholds for a graph that is built, searched and written with every checkpoint.
    Collection("graph", {"": (32, "Euclid")}, {"hnsw_config": {"full_scan_threshold": 10},
                                               "optimizers_config": {"indexing_threshold": 1}}, chroma=True),
]
INDEXES = {"worker": "integer", "n": "integer", "word": "keyword"}


class Point:
    def __init__(self, vectors, payload):
        self.vectors, self.payload = vectors, payload

    def same(self, other, distances):
        """Vectors are compared bit by bit, unless the dialect shows them normalised."""
        if other is None or self.payload != other.payload or self.vectors.keys() != other.vectors.keys():
            return False
        return all(same_vector(vector, other.vectors[name], distances[name][1])
                   for name, vector in self.vectors.items())

    def __repr__(self):
        return f"Point({self.vectors}, {self.payload})"


def same_vector(sent, found, distance):
    if distance != "Cosine":
        return sent == found
    norm = math.sqrt(sum(x * x for x in sent))
    return len(sent) == len(found) and all(abs(x / norm - y) < 1e-6 for x, y in zip(sent, found))


def same(one, other, distances):
    return one is other is None or (one is not None and one.same(other, distances))


@dataclasses.dataclass
class Selector:
    """Points by ids, or by a filter: the points of one writer with low <= n < high."""
    ids: list = None
    worker: int = None
    low: int = 0
    high: int = 0

    def of(self, points):
        if self.ids is not None:
            return [i for i in self.ids if i in points]
        return [i for i, p in points.items() if p.payload.get("worker") == self.worker
                and self.low <= p.payload.get("n", -1) < self.high]


@dataclasses.dataclass
class Write:
    """One command, in no dialect's words. The fields that a kind does not use are None."""
    kind: str
    selector: Selector = None
    points: dict = None          # upsert, add, merge, update: id -> Point; vectors: id -> {name: vector}
    payload: dict = None
    key: str = None
    names: list = None           # of payload members or vectors
    mode: str = None             # insert_only, update_only
    form: str = "list"
    parts: list = None           # batch: Writes, each one command

    def steps(self, points):
        """What becomes of the ids, command by command: a crash may stop between two commands."""
        if self.kind == "batch":
            steps, now = [], dict(points)
            for part in self.parts:
                changes = part.effect(now)
                steps.append(changes)
                now = {i: p for i, p in {**now, **changes}.items() if p is not None}
            return steps
        return [self.effect(points)]

    def effect(self, points):
        """id -> Point, or None = gone."""
        return getattr(self, "_" + self.kind)(points)

    def _upsert(self, points):
        return {i: p for i, p in self.points.items()
                if self.mode is None or (i in points) == (self.mode == "update_only")}

    def _add(self, points):
        return {i: p for i, p in self.points.items() if i not in points}

    def _merge(self, points):
        return {i: p if i not in points else merged(points[i], p) for i, p in self.points.items()}

    def _update(self, points):
        return {i: merged(points[i], p) for i, p in self.points.items() if i in points}

    def _delete(self, points):
        # What is not there stays away.
        return {i: None for i in (self.selector.ids or self.selector.of(points))}

    def _changed(self, points, change):
        changed = {i: copy.deepcopy(points[i]) for i in self.selector.of(points)}
        for point in changed.values():
            change(point.payload)
        return changed

    def _set(self, points):
        def change(payload):
            target = payload
            if self.key is not None:
                target = payload[self.key] = dict(payload.get(self.key, {}))
            target.update(self.payload)
        return self._changed(points, change)

    def _overwrite(self, points):
        return self._changed(points, lambda payload: (payload.clear(), payload.update(self.payload)))

    def _delete_keys(self, points):
        return self._changed(points, lambda payload: [payload.pop(name, None) for name in self.names])

    def _clear(self, points):
        return self._changed(points, lambda payload: payload.clear())

    def _vectors(self, points):
        return {i: Point({**points[i].vectors, **vectors}, points[i].payload) for i, vectors in self.points.items()}

    def _delete_vectors(self, points):
        return {i: Point({n: v for n, v in points[i].vectors.items() if n not in self.names}, points[i].payload)
                for i in self.selector.of(points)}


def merged(before, given):
    return Point(given.vectors or before.vectors, {**before.payload, **given.payload})
