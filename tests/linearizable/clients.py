"""Concurrent clients of every face that record what they ask and what is answered.

Every write brings a stamp of its own, and writes it into the vector and the payload alike, so that a
reader sees at once when it was shown half of a change."""

import http.client
import itertools
import math
import threading
import time

from linearizable.checker import UNKNOWN, Operation
from linearizable.point_model import ABSENT
from model.connection import Connection, ConnectionLost
from support.http_json import CHROMA_PATH

IDS = 6
LOST = (ConnectionLost, ConnectionError, OSError, http.client.HTTPException)


class HalfChanged(AssertionError):
    """One answer showed parts of two versions of a point."""


def vector_of(stamp):
    return [float(stamp), -float(stamp)]


def state_of(vector, payload, where):
    """(stamp, note) of a point as one answer showed it."""
    stamp = payload["stamp"]
    if vector is not None and list(vector) != vector_of(stamp):
        raise HalfChanged(f"{where}: vector {vector} beside payload {payload}")
    return stamp, payload.get("note")


class Stamps:
    """Numbers that are never given twice, exact as f32."""

    def __init__(self):
        self._next, self._lock = itertools.count(1), threading.Lock()

    def take(self):
        with self._lock:
            return next(self._next)


class RestFace:
    """Qdrant over REST."""

    def __init__(self, server, name, uuid):
        self._http, self._path = Connection(server.rest), f"/collections/{name}/points"

    def _call(self, method, rest, body, statuses=(200,)):
        status, answer = self._http.send(method, self._path + rest, body)
        assert status in statuses, (method, rest, body, status, answer)
        return status, answer.get("result")

    def upsert(self, point_id, stamp, wait=True):
        self._call("PUT", f"?wait={str(wait).lower()}", {"points": [
            {"id": point_id, "vector": vector_of(stamp), "payload": {"stamp": stamp}}]})

    def delete(self, point_id):
        self._call("POST", "/delete?wait=true", {"points": [point_id]})

    def delete_by_filter(self, point_id):
        self._call("POST", "/delete?wait=true", {"filter": {"must": [{"has_id": [point_id]}]}})

    def set_note(self, point_id, note):
        body = {"points": [point_id], "payload": {"note": note}}
        return self._call("POST", "/payload?wait=true", body, (200, 404))[0] == 200

    def read(self, point_id, way):
        parts = {"with_payload": True, "with_vector": True}
        if way == "get":
            status, point = self._call("GET", f"/{point_id}", None, (200, 404))
            found = [point] if status == 200 else []
        elif way == "retrieve":
            found = self._call("POST", "", {"ids": [point_id], **parts})[1]
        elif way == "scroll":
            body = {"filter": {"must": [{"has_id": [point_id]}]}, **parts}
            found = self._call("POST", "/scroll", body)[1]["points"]
        else:
            body = {"query": [0.0, 0.0], "filter": {"must": [{"has_id": [point_id]}]}, **parts}
            found = self._call("POST", "/query", body)[1]["points"]
        return state_of(found[0]["vector"], found[0]["payload"], f"REST {way}") if found else ABSENT

    WAYS = ("get", "retrieve", "scroll", "query")

    def close(self):
        self._http.close()


class ChromaFace:
    def __init__(self, server, name, uuid):
        self._http = Connection(server.chroma, f"{CHROMA_PATH}/collections/{uuid}")

    def _call(self, verb, body):
        status, answer = self._http.send("POST", "/" + verb, body)
        assert status in (200, 201), (verb, body, status, answer)
        return answer

    def _write(self, verb, point_id, stamp):
        self._call(verb, {"ids": [str(point_id)], "embeddings": [vector_of(stamp)], "metadatas": [{"stamp": stamp}]})

    def merge(self, point_id, stamp):
        self._write("upsert", point_id, stamp)

    def add(self, point_id, stamp):
        self._write("add", point_id, stamp)

    def delete(self, point_id):
        self._call("delete", {"ids": [str(point_id)]})

    def read(self, point_id, way):
        include = ["metadatas", "embeddings"]
        if way == "get":
            rows = self._call("get", {"ids": [str(point_id)], "include": include})
        elif way == "where":
            rows = self._call("get", {"where": {"stamp": {"$gte": 0}}, "include": include})
        else:
            rows = self._call("query", {"query_embeddings": [[0.0, 0.0]], "n_results": IDS, "include": include})
            rows = {column: values and values[0] for column, values in rows.items()}
        if str(point_id) not in rows["ids"]:
            return ABSENT
        at = rows["ids"].index(str(point_id))
        return state_of(rows["embeddings"][at], rows["metadatas"][at], f"Chroma {way}")

    WAYS = ("get", "where", "query")

    def close(self):
        self._http.close()


class GrpcFace:
    """Qdrant over gRPC, by the official client."""

    def __init__(self, server, name, uuid):
        from qdrant_client import QdrantClient, models
        self._models, self._name = models, name
        self._client = QdrantClient(host="127.0.0.1", port=server.rest, grpc_port=server.grpc, prefer_grpc=True,
                                    check_compatibility=False, timeout=20)

    def upsert(self, point_id, stamp, wait=True):
        self._client.upsert(self._name, wait=wait, points=[self._models.PointStruct(
            id=point_id, vector=vector_of(stamp), payload={"stamp": stamp})])

    def delete(self, point_id):
        self._client.delete(self._name, [point_id], wait=True)

    def read(self, point_id, way):
        if way == "retrieve":
            found = self._client.retrieve(self._name, [point_id], with_payload=True, with_vectors=True)
        else:
            found, _ = self._client.scroll(self._name, scroll_filter=self._models.Filter(
                must=[self._models.HasIdCondition(has_id=[point_id])]), with_payload=True, with_vectors=True)
        return state_of(found[0].vector, found[0].payload, f"gRPC {way}") if found else ABSENT

    WAYS = ("retrieve", "scroll")

    def close(self):
        self._client.close()


class Client(threading.Thread):
    """Does `count` operations through one face. After the loss of its server it ends; the operation in
    flight is recorded with an unknown answer."""

    def __init__(self, number, face, rng, stamps, count, clock):
        super().__init__(name=f"client {number}")
        self._number, self._face, self._rng, self._stamps, self._count = number, face, rng, stamps, count
        self._clock = clock
        self.history = []          # (id, Operation)
        self.problem = None

    def run(self):
        try:
            for _ in range(self._count):
                if not self._one():
                    return
        except BaseException as error:
            self.problem = error

    def _one(self):
        point_id, kind, argument, call = self._choose()
        called = self._clock()
        try:
            result = call()
        except Exception as error:
            if not self._is_loss(error):
                raise
            if kind != "read":
                self.history.append((point_id, Operation(self._number, kind, argument, UNKNOWN, called, math.inf)))
            return False
        self.history.append((point_id, Operation(self._number, kind, argument, result, called, self._clock())))
        return True

    @staticmethod
    def _is_loss(error):
        return isinstance(error, LOST) or type(error).__module__.startswith(("grpc", "qdrant_client.http.exceptions"))

    def _choose(self):
        rng, face = self._rng, self._face
        point_id = rng.randrange(IDS)
        writes = [k for k in ("upsert", "upsert", "merge", "merge", "add", "delete", "set_note") if hasattr(face, k)]
        if rng.random() < 0.55:
            way = rng.choice(face.WAYS)
            return point_id, "read", way, lambda: face.read(point_id, way)
        kind, stamp = rng.choice(writes), self._stamps.take()
        if kind == "delete":
            by_filter = hasattr(face, "delete_by_filter") and rng.random() < 0.3
            return point_id, kind, None, lambda: (face.delete_by_filter if by_filter else face.delete)(point_id)
        if kind == "upsert" and rng.random() < 0.2:
            return point_id, kind, stamp, lambda: face.upsert(point_id, stamp, wait=False)
        return point_id, kind, stamp, lambda: getattr(face, kind)(point_id, stamp)


def monotonic():
    return time.perf_counter()
