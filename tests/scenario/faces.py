"""One executor per face: does a neutral operation (README.md) in the words of that face."""

import re

from support.http_json import CHROMA_PATH, HttpJson

DOCUMENT, URI = "chroma:document", "chroma:uri"
_RANGES = ("gt", "gte", "lt", "lte")


# ---------------------------------------------------------------- Qdrant

def to_payload(record):
    payload = dict(record.get("payload", {}))
    for member, key in (("document", DOCUMENT), ("uri", URI)):
        if member in record:
            payload[key] = record[member]
    return payload


def from_payload(payload):
    payload = dict(payload or {})
    found = {"document": payload.pop(DOCUMENT, None), "uri": payload.pop(URI, None)}
    return {"payload": payload, **{k: v for k, v in found.items() if v is not None}}


def to_qdrant_filter(condition):
    """Always an object with must, should or must_not."""
    (name, value), = condition.items()
    if name == "and":
        return {"must": [to_qdrant_filter(part) for part in value]}
    if name == "or":
        return {"should": [to_qdrant_filter(part) for part in value]}
    if name == "document":
        # In a path, a key with a colon is quoted.
        return {"must": [{"key": f'"{DOCUMENT}"', "match": {"text": value}}]}
    key, operand = value
    if name in _RANGES:
        return {"must": [{"key": key, "range": {name: operand}}]}
    place = "must_not" if name in ("ne", "nin") else "must"
    match = {"any": operand} if name in ("in", "nin") else {"value": operand}
    return {place: [{"key": key, "match": match}]}


class QdrantRest:
    dialect = "qdrant"

    def __init__(self, server):
        self._http = HttpJson(server.rest_url)

    def request(self, method, path, body=None):
        return self._http.send(method, path, body)

    def _call(self, method, path, body=None):
        return self._http.call(method, path, body)["result"]

    def create(self, name, argument):
        distance = argument["distance"].capitalize()
        self._call("PUT", f"/collections/{name}",
                   {"vectors": {"size": argument["size"], "distance": distance}})

    def drop(self, name, _):
        self._call("DELETE", f"/collections/{name}")

    def index(self, name, argument):
        self._call("PUT", f"/collections/{name}/index?wait=true",
                   {"field_name": argument["field"], "field_schema": argument["type"]})

    def put(self, name, records):
        points = [{"id": r["id"], "vector": r["vector"], "payload": to_payload(r)} for r in records]
        self._call("PUT", f"/collections/{name}/points?wait=true", {"points": points})

    def set(self, name, argument):
        self._call("POST", f"/collections/{name}/points/payload?wait=true",
                   {"payload": argument["payload"], "points": argument["ids"]})

    def delete(self, name, argument):
        what = ({"points": argument["ids"]} if "ids" in argument
                else {"filter": to_qdrant_filter(argument["filter"])})
        self._call("POST", f"/collections/{name}/points/delete?wait=true", what)

    def count(self, name, _):
        return self._call("POST", f"/collections/{name}/points/count", {"exact": True})["count"]

    def exists(self, name, _):
        return self._call("GET", f"/collections/{name}/exists")["exists"]

    def listed(self, name, _):
        return name in [c["name"] for c in self._call("GET", "/collections")["collections"]]

    def get(self, name, argument):
        with_parts = {"with_payload": True, "with_vector": bool(argument.get("vector"))}
        if "ids" in argument:
            points = self._call("POST", f"/collections/{name}/points", {"ids": argument["ids"], **with_parts})
        else:
            body = {"limit": 1000, **with_parts}
            if "filter" in argument:
                body["filter"] = to_qdrant_filter(argument["filter"])
            points = self._call("POST", f"/collections/{name}/points/scroll", body)["points"]
        return [{"id": p["id"], "vector": p.get("vector"), **from_payload(p["payload"])} for p in points]

    def search(self, name, argument):
        body = {"query": argument["vector"], "limit": argument["limit"]}
        if "filter" in argument:
            body["filter"] = to_qdrant_filter(argument["filter"])
        points = self._call("POST", f"/collections/{name}/points/query", body)["points"]
        return [{"id": p["id"], "score": p["score"]} for p in points]


class QdrantGrpc(QdrantRest):
    """The operations that exist over gRPC, by the official client; the rest as REST."""

    def __init__(self, server):
        super().__init__(server)
        from qdrant_client import QdrantClient, models
        self._models = models
        self._client = QdrantClient(host="127.0.0.1", port=server.rest, grpc_port=server.grpc,
                                    prefer_grpc=True, check_compatibility=False, timeout=60)

    def _filter(self, argument):
        return self._models.Filter(**to_qdrant_filter(argument["filter"])) if "filter" in argument else None

    def create(self, name, argument):
        m = self._models
        self._client.create_collection(name, vectors_config=m.VectorParams(
            size=argument["size"], distance=m.Distance(argument["distance"].capitalize())))

    def drop(self, name, _):
        self._client.delete_collection(name)

    def put(self, name, records):
        self._client.upsert(name, wait=True, points=[
            self._models.PointStruct(id=r["id"], vector=r["vector"], payload=to_payload(r)) for r in records])

    def set(self, name, argument):
        self._client.set_payload(name, argument["payload"], points=argument["ids"], wait=True)

    def delete(self, name, argument):
        selector = argument["ids"] if "ids" in argument else self._models.FilterSelector(filter=self._filter(argument))
        self._client.delete(name, selector, wait=True)

    def count(self, name, _):
        return self._client.count(name, exact=True).count

    def exists(self, name, _):
        return self._client.collection_exists(name)

    def listed(self, name, _):
        return name in [c.name for c in self._client.get_collections().collections]

    def get(self, name, argument):
        vectors = bool(argument.get("vector"))
        if "ids" in argument:
            points = self._client.retrieve(name, argument["ids"], with_payload=True, with_vectors=vectors)
        else:
            points, _ = self._client.scroll(name, scroll_filter=self._filter(argument), limit=1000,
                                            with_payload=True, with_vectors=vectors)
        return [{"id": p.id, "vector": p.vector, **from_payload(p.payload)} for p in points]

    def search(self, name, argument):
        answer = self._client.query_points(name, query=argument["vector"], limit=argument["limit"],
                                           query_filter=self._filter(argument), with_payload=False)
        return [{"id": p.id, "score": p.score} for p in answer.points]


# ---------------------------------------------------------------- Chroma

def to_chroma_where(condition):
    (name, value), = condition.items()
    if name in ("and", "or"):
        return {"$" + name: [to_chroma_where(part) for part in value]}
    key, operand = value
    return {key: {"$" + name: operand}}


def filter_parts(argument):
    """A document condition stands beside the where."""
    condition = argument.get("filter")
    if condition is None:
        return {}
    if "document" in condition:
        return {"where_document": {"$contains": condition["document"]}}
    return {"where": to_chroma_where(condition)}


class Chroma:
    dialect = "chroma"
    _SPACES = {"cosine": "cosine", "euclid": "l2", "dot": "ip"}

    def __init__(self, server):
        self._http = HttpJson(server.chroma_url + CHROMA_PATH)
        self._plain = HttpJson(server.chroma_url)

    def request(self, method, path, body=None):
        """A path that begins with /api is taken as it is; others stand below the default database."""
        return (self._plain if path.startswith("/api/") else self._http).send(method, path, body)

    def uuid(self, name):
        return self._http.call("GET", f"/collections/{name}")["id"]

    def _records(self, name, verb, body):
        return self._http.call("POST", f"/collections/{self.uuid(name)}/{verb}", body)

    def create(self, name, argument):
        space = self._SPACES[argument["distance"]]
        self._http.call("POST", "/collections", {"name": name, "configuration": {"hnsw": {"space": space}}})

    def drop(self, name, _):
        self._http.call("DELETE", f"/collections/{name}")

    def put(self, name, records):
        self._records(name, "upsert", {
            "ids": [str(r["id"]) for r in records],
            "embeddings": [r["vector"] for r in records],
            "metadatas": [r.get("payload") or None for r in records],
            "documents": [r.get("document") for r in records],
            "uris": [r.get("uri") for r in records]})

    def set(self, name, argument):
        ids = [str(i) for i in argument["ids"]]
        self._records(name, "update", {"ids": ids, "metadatas": [argument["payload"]] * len(ids)})

    def delete(self, name, argument):
        what = {"ids": [str(i) for i in argument["ids"]]} if "ids" in argument else filter_parts(argument)
        self._records(name, "delete", what)

    def count(self, name, _):
        return self._http.call("GET", f"/collections/{self.uuid(name)}/count")

    def exists(self, name, _):
        return self._http.send("GET", f"/collections/{name}")[0] == 200

    def listed(self, name, _):
        return name in [c["name"] for c in self._http.call("GET", "/collections")]

    def get(self, name, argument):
        include = ["metadatas", "documents", "uris"] + (["embeddings"] if argument.get("vector") else [])
        body = {"include": include, **filter_parts(argument)}
        if "ids" in argument:
            body["ids"] = [str(i) for i in argument["ids"]]
        rows = self._records(name, "get", body)
        records = []
        for i, record_id in enumerate(rows["ids"]):
            record = {"id": record_id, "payload": rows["metadatas"][i] or {}}
            if argument.get("vector"):
                record["vector"] = rows["embeddings"][i]
            for member in ("document", "uri"):
                if rows[member + "s"][i] is not None:
                    record[member] = rows[member + "s"][i]
            records.append(record)
        return records

    def search(self, name, argument):
        rows = self._records(name, "query", {
            "query_embeddings": [argument["vector"]], "n_results": argument["limit"],
            "include": ["distances"], **filter_parts(argument)})
        return [{"id": i, "score": d} for i, d in zip(rows["ids"][0], rows["distances"][0])]


EXECUTORS = {"qdrant_rest": QdrantRest, "qdrant_grpc": QdrantGrpc, "chroma": Chroma}


def fill(text, name, chroma):
    """Puts the collection's name and UUID into a path."""
    if "{id}" in text:
        text = text.replace("{id}", chroma.uuid(name))
    return re.sub(r"\{c\}", name, text)
