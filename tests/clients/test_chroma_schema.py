"""A schema through the official Python client, beside its own default embedding function."""

import chromadb
import pytest
from chromadb import Schema, StringInvertedIndexConfig
from chromadb.config import Settings
from chromadb.errors import InvalidArgumentError


@pytest.fixture(scope="module")
def client(server):
    return chromadb.HttpClient(host="127.0.0.1", port=server.chroma, settings=Settings(anonymized_telemetry=False))


@pytest.mark.parametrize("options", [{}, {"embedding_function": None}], ids=["default", "none"])
@pytest.mark.parametrize("kind", ["untouched", "changed"])
def test_a_schema_may_be_given(client, kind, options):
    schema = Schema()
    if kind == "changed":
        schema.delete_index(config=StringInvertedIndexConfig(), key="k")
    name = f"{kind}-{len(options)}"
    made = client.create_collection(name, schema=schema, **options)
    made.add(ids=["a"], embeddings=[[1, 0]], metadatas=[{"k": "x", "n": 1}])
    assert made.get(where={"n": 1})["ids"] == ["a"]
    if kind == "untouched":
        assert made.get(where={"k": "x"})["ids"] == ["a"]
    else:
        with pytest.raises(InvalidArgumentError, match="Cannot filter using metadata key 'k' with type 'Str'"):
            made.get(where={"k": "x"})
    client.delete_collection(name)


def test_a_schema_with_another_metric_is_taken(client):
    from chromadb import VectorIndexConfig
    made = client.create_collection("cosine", schema=Schema().create_index(config=VectorIndexConfig(space="cosine")))
    assert made.configuration["hnsw"]["space"] == "cosine"
    client.delete_collection("cosine")
