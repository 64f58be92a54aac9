"""What an application does with the official Qdrant client; run by test_qdrant_python.py with each
release of the client, over REST or gRPC. Ends with 0 when every answer was right.

    python qdrant_story.py REST_PORT GRPC_PORT rest|grpc
"""

import sys
import uuid
import warnings

from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import UnexpectedResponse

NAME = "story"
IDS = [1, 2, 3, str(uuid.UUID(int=4))]


def points():
    colors = ["red", "blue", "red", "green"]
    vectors = [[1, 0, 0, 0], [0, 1, 0, 0], [0.9, 0.1, 0, 0], [0, 0, 1, 0]]
    return [models.PointStruct(id=i, vector=v, payload={"color": c, "size": n, "tags": ["all", c], "at": {"shelf": n}})
            for n, (i, v, c) in enumerate(zip(IDS, vectors, colors))]


def red():
    return models.Filter(must=[models.FieldCondition(key="color", match=models.MatchValue(value="red"))])


def ids_of(answer):
    return [point.id for point in answer]


def create(client):
    assert not client.collection_exists(NAME)
    assert client.create_collection(NAME, vectors_config=models.VectorParams(size=4, distance=models.Distance.COSINE))
    assert NAME in [c.name for c in client.get_collections().collections]
    params = client.get_collection(NAME).config.params.vectors
    assert (params.size, params.distance) == (4, models.Distance.COSINE)
    client.create_payload_index(NAME, "color", models.PayloadSchemaType.KEYWORD, wait=True)
    assert "color" in client.get_collection(NAME).payload_schema


def write(client):
    answer = client.upsert(NAME, points(), wait=True)
    assert answer.status == models.UpdateStatus.COMPLETED
    assert client.count(NAME, exact=True).count == 4
    client.upload_points(NAME, points(), batch_size=2, wait=True)
    assert client.count(NAME, exact=True).count == 4


def search(client):
    found = client.query_points(NAME, query=[1.0, 0, 0, 0], limit=2).points
    assert ids_of(found) == [1, 3] and abs(found[0].score - 1) < 1e-5, found
    found = client.query_points(NAME, query=[0, 1.0, 0, 0], query_filter=red(), limit=5, with_payload=True,
                                with_vectors=True).points
    assert ids_of(found) == [3, 1] and found[0].payload["at"] == {"shelf": 2} and len(found[0].vector) == 4, found
    assert ids_of(client.query_points(NAME, query=1, limit=1).points) == [3]
    above = client.query_points(NAME, query=[1.0, 0, 0, 0], score_threshold=0.999, limit=5).points
    assert ids_of(above) == [1], above
    batch = client.query_batch_points(NAME, [models.QueryRequest(query=[0, 0, 1.0, 0], limit=1),
                                             models.QueryRequest(query=[0, 1.0, 0, 0], limit=1)])
    assert [ids_of(answer.points) for answer in batch] == [[IDS[3]], [2]]
    ranges = models.Filter(must=[models.FieldCondition(key="size", range=models.Range(gte=1, lt=3))],
                           must_not=[models.HasIdCondition(has_id=[2])])
    assert ids_of(client.query_points(NAME, query=[1.0, 0, 0, 0], query_filter=ranges).points) == [3]


def read(client):
    first, after = client.scroll(NAME, limit=3, with_payload=["color"])
    assert ids_of(first) == [1, 2, 3] and first[0].payload == {"color": "red"}, first
    rest, after = client.scroll(NAME, limit=3, offset=after)
    assert ids_of(rest) == [IDS[3]] and after is None
    some = client.retrieve(NAME, [2, 77, IDS[3]], with_vectors=True)
    assert sorted(map(str, ids_of(some))) == sorted(["2", IDS[3]]), some
    assert client.count(NAME, count_filter=red(), exact=True).count == 2


def update(client):
    client.set_payload(NAME, {"color": "black"}, points=[2], wait=True)
    client.overwrite_payload(NAME, {"only": True}, points=[3], wait=True)
    client.delete_payload(NAME, keys=["tags"], points=[1], wait=True)
    payloads = {p.id: p.payload for p in client.retrieve(NAME, [1, 2, 3])}
    assert payloads[2]["color"] == "black" and payloads[2]["size"] == 1
    assert payloads[3] == {"only": True} and "tags" not in payloads[1]
    client.clear_payload(NAME, points_selector=[3], wait=True)
    assert not client.retrieve(NAME, [3])[0].payload
    client.update_vectors(NAME, [models.PointVectors(id=3, vector=[0, 0, 0, 1.0])], wait=True)
    assert ids_of(client.query_points(NAME, query=[0, 0, 0, 1.0], limit=1).points) == [3]


def delete(client):
    client.delete(NAME, points_selector=[3], wait=True)
    client.delete(NAME, points_selector=models.FilterSelector(filter=red()), wait=True)
    left, _ = client.scroll(NAME)
    assert ids_of(left) == [2, IDS[3]], left


def refused(call, *words):
    """The error text arrives in the exception that the client makes of it."""
    import grpc
    try:
        call()
    except UnexpectedResponse as error:
        text = f"{error.status_code} {error.content.decode()}"
    except grpc.RpcError as error:
        text = f"{error.code().name} {error.details()}"
    else:
        raise AssertionError("was not refused")
    assert any(word in text for word in words), text


def errors(client):
    refused(lambda: client.query_points("nowhere", query=[1.0]), "Collection `nowhere` doesn't exist")
    refused(lambda: client.upsert(NAME, [models.PointStruct(id=9, vector=[1.0])]),
            "Vector dimension error: expected dim: 4, got 1")
    refused(lambda: client.create_collection(NAME, vectors_config=models.VectorParams(
        size=4, distance=models.Distance.DOT)), "already exists")
    assert client.count(NAME).count == 2


def named_vectors(client):
    client.create_collection("named", vectors_config={
        "title": models.VectorParams(size=2, distance=models.Distance.DOT),
        "text": models.VectorParams(size=3, distance=models.Distance.EUCLID)})
    client.upsert("named", [models.PointStruct(id=1, vector={"title": [1, 0], "text": [0, 0, 1]}),
                            models.PointStruct(id=2, vector={"title": [0, 1]})], wait=True)
    assert ids_of(client.query_points("named", query=[1.0, 1, 1], using="text").points) == [1]
    found = client.query_points("named", query=[0, 1.0], using="title", with_vectors=["title"]).points
    assert ids_of(found) == [2, 1] and found[0].vector == {"title": [0, 1]}, found
    assert client.delete_collection("named")


def main():
    rest, grpc_port, transport = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    # A warning of the client about the server would be seen by every user.
    warnings.filterwarnings("error", message=".*(version|incompatible).*")
    client = QdrantClient(host="127.0.0.1", port=rest, grpc_port=grpc_port, prefer_grpc=transport == "grpc", timeout=60)
    for step in (create, write, search, read, update, delete, errors, named_vectors):
        step(client)
        print("done:", step.__name__, flush=True)
    assert client.delete_collection(NAME) and not client.collection_exists(NAME)
    client.close()


if __name__ == "__main__":
    main()
