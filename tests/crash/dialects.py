"""The writes of points.py in the words of each face. Every call returns when the answer is a good one."""

import grpc
from qdrant_client import grpc as q
from qdrant_client.conversions.conversion import grpc_to_payload, json_to_value

from points import DOCUMENT, Point
from support.http_json import CHROMA_PATH, HttpJson

TIMEOUT_S = 60


class Rest:
    name = "rest"

    def __init__(self, server):
        self.http = HttpJson(server.rest_url, timeout=TIMEOUT_S)

    def close(self):
        self.http.close()

    def write(self, collection, write, wait):
        method, path, body = self._request(write)
        if write.kind == "batch":
            body = {"operations": [self._part(part) for part in write.parts]}
        self.http.call(method, f"/collections/{collection.name}/points{path}?wait={str(wait).lower()}", body)

    @classmethod
    def _request(cls, write):
        if write.kind == "upsert":
            return "PUT", "", cls._upsert(write)
        if write.kind == "vectors":
            return "PUT", "/vectors", {"points": [{"id": i, "vector": plain(v)} for i, v in write.points.items()]}
        if write.kind == "batch":
            return "POST", "/batch", None
        body = cls._selector(write.selector)
        if write.kind == "delete":
            return "POST", "/delete", body
        if write.kind == "clear":
            return "POST", "/payload/clear", body
        if write.kind == "delete_keys":
            return "POST", "/payload/delete", {"keys": write.names, **body}
        if write.kind == "delete_vectors":
            return "POST", "/vectors/delete", {"vector": write.names, **body}
        if write.key is not None:
            body["key"] = write.key
        return {"set": "POST", "overwrite": "PUT"}[write.kind], "/payload", {"payload": write.payload, **body}

    @classmethod
    def _part(cls, write):
        name = {"set": "set_payload", "overwrite": "overwrite_payload", "delete_keys": "delete_payload",
                "clear": "clear_payload", "vectors": "update_vectors"}.get(write.kind, write.kind)
        return {name: cls._request(write)[2]}

    @staticmethod
    def _upsert(write):
        mode = {} if write.mode is None else {"update_mode": write.mode}
        if write.form == "batch":
            points = list(write.points.values())
            names = sorted({n for p in points for n in p.vectors})
            columns = {n: [p.vectors[n] for p in points] for n in names}
            return {"batch": {"ids": list(write.points), "vectors": plain(columns),
                              "payloads": [p.payload for p in points]}, **mode}
        return {"points": [{"id": i, "vector": plain(p.vectors), "payload": p.payload}
                           for i, p in write.points.items()], **mode}

    @staticmethod
    def _selector(selector):
        if selector.ids is not None:
            return {"points": selector.ids}
        return {"filter": {"must": [{"key": "worker", "match": {"value": selector.worker}},
                                    {"key": "n", "range": {"gte": selector.low, "lt": selector.high}}]}}

    def read_all(self, collection):
        points, offset = {}, None
        while True:
            body = {"limit": 200, "with_vector": True, "with_payload": True, "offset": offset}
            page = self.http.call("POST", f"/collections/{collection.name}/points/scroll", body)["result"]
            for point in page["points"]:
                assert point["id"] not in points, f"{point['id']} was listed twice"
                vectors = point["vector"] if isinstance(point["vector"], dict) else {"": point["vector"]}
                points[point["id"]] = Point(vectors, point["payload"])
            offset = page["next_page_offset"]
            if offset is None:
                return points


def plain(vectors):
    """REST has no name for the unnamed vector."""
    return vectors[""] if "" in vectors else vectors


class Grpc:
    name = "grpc"

    def __init__(self, server):
        # A call that the server has seen is never sent twice.
        self._channel = grpc.insecure_channel(f"127.0.0.1:{server.grpc}", options=[("grpc.enable_retries", 0)])
        self.points = q.PointsStub(self._channel)
        self.collections = q.CollectionsStub(self._channel)

    def close(self):
        self._channel.close()

    def write(self, collection, write, wait):
        to = {"collection_name": collection.name, "wait": wait}
        if write.kind == "upsert":
            self.points.Upsert(q.UpsertPoints(**to, **self._upsert(write)), timeout=TIMEOUT_S)
        elif write.kind == "vectors":
            self.points.UpdateVectors(q.UpdatePointVectors(**to, points=self._vectors(write)), timeout=TIMEOUT_S)
        elif write.kind == "batch":
            operations = [self._part(part) for part in write.parts]
            self.points.UpdateBatch(q.UpdateBatchPoints(**to, operations=operations), timeout=TIMEOUT_S)
        else:
            selector = self._selector(write.selector)
            if write.kind == "delete":
                self.points.Delete(q.DeletePoints(**to, points=selector), timeout=TIMEOUT_S)
            elif write.kind == "clear":
                self.points.ClearPayload(q.ClearPayloadPoints(**to, points=selector), timeout=TIMEOUT_S)
            elif write.kind == "delete_keys":
                self.points.DeletePayload(q.DeletePayloadPoints(
                    **to, keys=write.names, points_selector=selector), timeout=TIMEOUT_S)
            elif write.kind == "delete_vectors":
                self.points.DeleteVectors(q.DeletePointVectors(
                    **to, points_selector=selector, vectors=q.VectorsSelector(names=write.names)), timeout=TIMEOUT_S)
            else:
                call = {"set": self.points.SetPayload, "overwrite": self.points.OverwritePayload}[write.kind]
                call(q.SetPayloadPoints(**to, payload=values(write.payload), key=write.key, points_selector=selector),
                     timeout=TIMEOUT_S)

    @classmethod
    def _part(cls, write):
        operation = q.PointsUpdateOperation
        if write.kind == "upsert":
            return operation(upsert=operation.PointStructList(**cls._upsert(write)))
        if write.kind == "vectors":
            return operation(update_vectors=operation.UpdateVectors(points=cls._vectors(write)))
        selector = cls._selector(write.selector)
        if write.kind == "delete":
            return operation(delete_points=operation.DeletePoints(points=selector))
        if write.kind == "clear":
            return operation(clear_payload=operation.ClearPayload(points=selector))
        if write.kind == "delete_keys":
            return operation(delete_payload=operation.DeletePayload(keys=write.names, points_selector=selector))
        if write.kind == "delete_vectors":
            return operation(delete_vectors=operation.DeleteVectors(
                points_selector=selector, vectors=q.VectorsSelector(names=write.names)))
        if write.kind == "set":
            return operation(set_payload=operation.SetPayload(
                payload=values(write.payload), points_selector=selector, key=write.key))
        return operation(overwrite_payload=operation.OverwritePayload(
            payload=values(write.payload), points_selector=selector))

    @staticmethod
    def _upsert(write):
        mode = {} if write.mode is None else {"update_mode": {
            "insert_only": q.UpdateMode.InsertOnly, "update_only": q.UpdateMode.UpdateOnly}[write.mode]}
        return {"points": [q.PointStruct(id=q.PointId(num=i), vectors=vectors_message(p.vectors),
                                         payload=values(p.payload)) for i, p in write.points.items()], **mode}

    @staticmethod
    def _vectors(write):
        return [q.PointVectors(id=q.PointId(num=i), vectors=vectors_message(v)) for i, v in write.points.items()]

    @staticmethod
    def _selector(selector):
        if selector.ids is not None:
            return q.PointsSelector(points=q.PointsIdsList(ids=[q.PointId(num=i) for i in selector.ids]))
        conditions = [q.FieldCondition(key="worker", match=q.Match(integer=selector.worker)),
                      q.FieldCondition(key="n", range=q.Range(gte=selector.low, lt=selector.high))]
        return q.PointsSelector(filter=q.Filter(must=[q.Condition(field=c) for c in conditions]))

    def read_all(self, collection):
        points, offset = {}, None
        while True:
            page = self.points.Scroll(q.ScrollPoints(
                collection_name=collection.name, limit=200, offset=offset,
                with_payload=q.WithPayloadSelector(enable=True),
                with_vectors=q.WithVectorsSelector(enable=True)), timeout=TIMEOUT_S)
            for point in page.result:
                assert point.id.num not in points, f"{point.id.num} was listed twice"
                if point.vectors.HasField("vectors"):
                    vectors = {n: list(v.dense.data) for n, v in point.vectors.vectors.vectors.items()}
                elif point.vectors.HasField("vector"):
                    vectors = {"": list(point.vectors.vector.dense.data)}
                else:
                    vectors = {}
                points[point.id.num] = Point(vectors, grpc_to_payload(point.payload))
            if not page.HasField("next_page_offset"):
                return points
            offset = page.next_page_offset


def values(payload):
    return {key: json_to_value(value) for key, value in payload.items()}


def vectors_message(vectors):
    def one(vector):
        return q.Vector(dense=q.DenseVector(data=vector))
    if "" in vectors:
        return q.Vectors(vector=one(vectors[""]))
    return q.Vectors(vectors=q.NamedVectors(vectors={n: one(v) for n, v in vectors.items()}))


class Chroma:
    name = "chroma"

    def __init__(self, server):
        self.http = HttpJson(server.chroma_url + CHROMA_PATH, timeout=TIMEOUT_S)
        self._uuids = {}

    def close(self):
        self.http.close()

    def _path(self, collection, verb):
        if collection.name not in self._uuids:
            self._uuids[collection.name] = self.http.call("GET", f"/collections/{collection.name}")["id"]
        return f"/collections/{self._uuids[collection.name]}/{verb}"

    def write(self, collection, write, _):
        if write.kind == "delete":
            self.http.call("POST", self._path(collection, "delete"), self._selector(write.selector))
            return
        verb = {"add": "add", "merge": "upsert", "update": "update"}[write.kind]
        points = write.points.values()
        body = {"ids": [str(i) for i in write.points],
                "metadatas": [{k: v for k, v in p.payload.items() if k != DOCUMENT} or None for p in points],
                "documents": [p.payload.get(DOCUMENT) for p in points]}
        if all(p.vectors for p in points):
            body["embeddings"] = [p.vectors[""] for p in points]
        self.http.call("POST", self._path(collection, verb), body)

    @staticmethod
    def _selector(selector):
        if selector.ids is not None:
            return {"ids": [str(i) for i in selector.ids]}
        return {"where": {"$and": [{"worker": selector.worker}, {"n": {"$gte": selector.low}},
                                   {"n": {"$lt": selector.high}}]}}

    def count(self, collection):
        return self.http.call("GET", self._path(collection, "count"))

    def read_all(self, collection):
        """Without the members that this dialect has no form for: maps."""
        found = self.http.call("POST", self._path(collection, "get"),
                               {"include": ["embeddings", "metadatas", "documents"]})
        points = {}
        for i, embedding, metadata, document in zip(found["ids"], found["embeddings"], found["metadatas"],
                                                    found["documents"]):
            payload = {k: v for k, v in (metadata or {}).items() if not isinstance(v, dict)}
            if document is not None:
                payload[DOCUMENT] = document
            points[int(i)] = Point({"": embedding}, payload)
        assert len(points) == len(found["ids"]), "an id was listed twice"
        return points
