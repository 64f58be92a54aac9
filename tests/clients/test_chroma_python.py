"""The official Python client of Chroma, unmodified: HttpClient and AsyncHttpClient."""

import asyncio

import chromadb
import numpy as np
import pytest
from chromadb.config import Settings
from chromadb.errors import ChromaError, InvalidArgumentError, NotFoundError

QUIET = Settings(anonymized_telemetry=False)
IDS = ["a", "b", "c"]
EMBEDDINGS = [[1.0, 0, 0], [0, 1.0, 0], [0.9, 0.1, 0]]
METADATAS = [{"color": "red", "n": 1}, {"color": "blue", "n": 2}, {"color": "red", "n": 3, "tags": ["x", "y"]}]
DOCUMENTS = ["a red house", "a blue boat", "a red car"]


@pytest.fixture(scope="module")
def client(server):
    return chromadb.HttpClient(host="127.0.0.1", port=server.chroma, settings=QUIET)


@pytest.fixture
def collection(client, request):
    name = request.node.name.replace("[", "-").replace("]", "")[:60]
    made = client.create_collection(name, embedding_function=None, configuration={"hnsw": {"space": "cosine"}})
    made.add(ids=IDS, embeddings=EMBEDDINGS, metadatas=METADATAS, documents=DOCUMENTS)
    yield made
    client.delete_collection(name)


def test_collections(client):
    assert client.heartbeat() > 0
    made = client.create_collection("books", metadata={"kind": "test"}, embedding_function=None)
    assert client.get_collection("books", embedding_function=None).id == made.id
    assert client.get_or_create_collection("books", embedding_function=None).id == made.id
    assert client.count_collections() == 1 and [c.name for c in client.list_collections()] == ["books"]
    made.modify(name="novels", metadata={"kind": "other"})
    assert client.get_collection("novels", embedding_function=None).metadata == {"kind": "other"}
    client.delete_collection("novels")
    assert client.count_collections() == 0


def test_get_and_count(collection):
    assert collection.count() == 3
    rows = collection.get(ids=["b", "nobody"], include=["embeddings", "metadatas", "documents"])
    assert rows["ids"] == ["b"] and rows["documents"] == ["a blue boat"] and rows["metadatas"] == [METADATAS[1]]
    assert np.allclose(rows["embeddings"], [EMBEDDINGS[1]])
    assert collection.get(limit=1, offset=1)["ids"] == ["b"]
    assert collection.peek(2)["ids"] == ["a", "b"]


def test_query(collection):
    found = collection.query(query_embeddings=[[1, 0, 0], [0, 1, 0]], n_results=2)
    assert found["ids"] == [["a", "c"], ["b", "c"]]
    assert found["distances"][0][0] == pytest.approx(0, abs=1e-5)
    found = collection.query(query_embeddings=[[0, 1, 0]], where={"color": "red"}, n_results=5)
    assert found["ids"] == [["c", "a"]] and found["metadatas"][0][0]["tags"] == ["x", "y"]
    found = collection.query(query_embeddings=[[0, 1, 0]], where={"$and": [{"n": {"$gte": 2}}, {"n": {"$lt": 9}}]},
                             where_document={"$contains": "red"}, n_results=5)
    assert found["ids"] == [["c"]]


def test_update_upsert_delete(collection):
    collection.update(ids=["a"], embeddings=[[1, 0, 0]], metadatas=[{"color": "green"}], documents=["a green house"])
    row = collection.get(ids=["a"])
    assert row["metadatas"] == [{"color": "green", "n": 1}] and row["documents"] == ["a green house"]
    collection.upsert(ids=["a", "d"], embeddings=[[0, 0, 1.0], [1.0, 1, 1]], metadatas=[{"n": 9}, {"n": 10}])
    assert collection.count() == 4
    assert collection.query(query_embeddings=[[0, 0, 1]], n_results=1)["ids"] == [["a"]]
    collection.delete(ids=["b"])
    collection.delete(where={"n": {"$gte": 10}})
    assert collection.get()["ids"] == ["a", "c"]
    # Known ids are passed over by add.
    collection.add(ids=["a", "e"], embeddings=[[1, 1, 1], [0, 1, 1]])
    assert collection.get(ids=["a"], include=["embeddings"])["embeddings"][0].tolist() == [0, 0, 1]
    assert collection.count() == 3


def test_errors(client, collection):
    with pytest.raises(NotFoundError):
        client.get_collection("nowhere", embedding_function=None)
    with pytest.raises(ChromaError):
        client.create_collection(collection.name, embedding_function=None)
    with pytest.raises(InvalidArgumentError, match="dimension"):
        collection.add(ids=["z"], embeddings=[[1.0, 2.0]])
    assert collection.count() == 3


def test_tenants_and_databases(server):
    admin = chromadb.AdminClient(Settings(chroma_api_impl="chromadb.api.fastapi.FastAPI", anonymized_telemetry=False,
                                          chroma_server_host="127.0.0.1", chroma_server_http_port=server.chroma))
    admin.create_tenant("acme")
    admin.create_database("shop", tenant="acme")
    other = chromadb.HttpClient(host="127.0.0.1", port=server.chroma, tenant="acme", database="shop", settings=QUIET)
    other.create_collection("elsewhere", embedding_function=None)
    assert [c.name for c in other.list_collections()] == ["elsewhere"]
    here = chromadb.HttpClient(host="127.0.0.1", port=server.chroma, settings=QUIET)
    assert "elsewhere" not in [c.name for c in here.list_collections()]


def test_async_client(server):
    async def story():
        client = await chromadb.AsyncHttpClient(host="127.0.0.1", port=server.chroma, settings=QUIET)
        made = await client.create_collection("async", embedding_function=None)
        parts = [range(n, n + 20) for n in range(0, 200, 20)]
        await asyncio.gather(*(made.add(ids=[f"id{i}" for i in part], embeddings=[[float(i), 1] for i in part],
                                        metadatas=[{"n": i} for i in part]) for part in parts))
        assert await made.count() == 200
        answers = await asyncio.gather(*(made.query(query_embeddings=[[float(i), 1]], n_results=1,
                                                    where={"n": {"$gte": 100}}) for i in range(100, 120)))
        assert [a["ids"][0][0] for a in answers] == [f"id{i}" for i in range(100, 120)]
        await client.delete_collection("async")
        with pytest.raises(NotFoundError):
            await client.get_collection("async", embedding_function=None)

    asyncio.run(story())
