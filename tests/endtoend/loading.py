"""Loads the data set through each face, and asks each face the same questions."""

import math

from support.dataset import DIMENSION, INDEXES
from support.http_json import CHROMA_PATH, HttpJson

NAME = "packages"


class RestFace:
    name, batch = "rest", 200

    def __init__(self, server):
        self.http = HttpJson(server.rest_url)

    def create(self):
        self.http.call("PUT", f"/collections/{NAME}", {"vectors": {"size": DIMENSION, "distance": "Cosine"}})
        for field, kind in INDEXES.items():
            self.http.call("PUT", f"/collections/{NAME}/index?wait=true", {"field_name": field, "field_schema": kind})

    def put(self, data, rows, wait=True):
        self.http.call("PUT", f"/collections/{NAME}/points?wait={str(wait).lower()}",
                       {"points": [data.point(i) for i in rows]})

    def search(self, vector, limit=10, ef=None, condition=None):
        body = {"query": vector.tolist(), "limit": limit}
        if ef:
            body["params"] = {"hnsw_ef": ef}
        if condition:
            body["filter"] = condition["qdrant"]
        return [p["id"] for p in self.http.call("POST", f"/collections/{NAME}/points/query", body)["result"]["points"]]

    def set(self, rows, payload):
        self.http.call("POST", f"/collections/{NAME}/points/payload?wait=true", {"payload": payload, "points": rows})

    def delete(self, rows):
        self.http.call("POST", f"/collections/{NAME}/points/delete?wait=true", {"points": rows})

    def count(self):
        return self.http.call("POST", f"/collections/{NAME}/points/count", {"exact": True})["result"]["count"]


class GrpcFace(RestFace):
    """Writes and searches over gRPC with the official client."""
    name = "grpc"

    def __init__(self, server):
        super().__init__(server)
        from qdrant_client import QdrantClient, models
        self.models = models
        self.client = QdrantClient(host="127.0.0.1", port=server.rest, grpc_port=server.grpc, prefer_grpc=True,
                                   check_compatibility=False, timeout=120)

    def create(self):
        m = self.models
        self.client.create_collection(NAME, vectors_config=m.VectorParams(size=DIMENSION, distance=m.Distance.COSINE))
        for field, kind in INDEXES.items():
            self.client.create_payload_index(NAME, field, m.PayloadSchemaType(kind), wait=True)

    def put(self, data, rows, wait=True):
        self.client.upsert(NAME, [self.models.PointStruct(**data.point(i)) for i in rows], wait=wait)

    def search(self, vector, limit=10, ef=None, condition=None):
        m = self.models
        answer = self.client.query_points(
            NAME, query=vector.tolist(), limit=limit, with_payload=False,
            search_params=m.SearchParams(hnsw_ef=ef) if ef else None,
            query_filter=m.Filter(**condition["qdrant"]) if condition else None)
        return [p.id for p in answer.points]

    def set(self, rows, payload):
        self.client.set_payload(NAME, payload, points=rows, wait=True)

    def delete(self, rows):
        self.client.delete(NAME, rows, wait=True)


class ChromaFace:
    name, batch = "chroma", 200

    def __init__(self, server):
        self.http = HttpJson(server.chroma_url + CHROMA_PATH)
        self._path = None

    def _records(self, verb, body):
        if self._path is None:
            self._path = f"/collections/{self.http.call('GET', f'/collections/{NAME}')['id']}"
        return self.http.call("POST", f"{self._path}/{verb}", body)

    def create(self):
        self.http.call("POST", "/collections", {"name": NAME, "configuration": {"hnsw": {"space": "cosine"}}})

    def put(self, data, rows, wait=True):
        self._records("upsert", {"ids": [str(i) for i in rows], "embeddings": [data.vectors[i].tolist() for i in rows],
                                 "metadatas": [data.metadata(i) for i in rows],
                                 "documents": [data.rows[i]["description"] for i in rows]})

    def search(self, vector, limit=10, ef=None, condition=None):
        body = {"query_embeddings": [vector.tolist()], "n_results": limit, "include": ["distances"]}
        if condition:
            body["where"] = condition["chroma_where"]
        return [int(i) for i in self._records("query", body)["ids"][0]]

    def set(self, rows, payload):
        self._records("update", {"ids": [str(i) for i in rows], "metadatas": [payload] * len(rows)})

    def delete(self, rows):
        self._records("delete", {"ids": [str(i) for i in rows]})

    def count(self):
        if self._path is None:
            self._records("get", {"limit": 1})
        return self.http.call("GET", f"{self._path}/count")


FACES = {face.name: face for face in (RestFace, GrpcFace, ChromaFace)}


def load(face, data, rows=None):
    rows = list(range(len(data))) if rows is None else list(rows)
    for start in range(0, len(rows), face.batch):
        face.put(data, rows[start: start + face.batch])


def same_value(data, i, payload, vector):
    """What is wrong with a point that was read through Qdrant REST, or None."""
    expected = data.point(i)["payload"]
    if payload != expected:
        return f"point {i}: payload {payload} is not {expected}"
    length = math.sqrt(sum(float(x) ** 2 for x in data.vectors[i]))
    if any(abs(a * length - b) > 1e-5 for a, b in zip(vector, data.vectors[i])):
        return f"point {i}: another vector"
    return None
