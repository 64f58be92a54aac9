"""What Chroma's writes tell first when several things are wrong: the collection's dimension comes before
the lengths of the columns and empty ids, and behind what is wrong with the vectors themselves. A query
takes vectors that a write refuses."""

import pytest

from support.http_json import chroma

DIMENSION = "Collection expecting embedding with dimension of 3, got 2"
AMONG = "Inconsistent dimensions in provided embeddings"
LENGTHS = "Inconsistent number of IDs, embeddings, documents, URIs and metadatas"
CASES = [
    ({"ids": ["a", "b"], "embeddings": [[1, 0]]}, DIMENSION),
    ({"ids": [], "embeddings": [[1, 0]]}, DIMENSION),
    ({"ids": [""], "embeddings": [[1, 0]]}, DIMENSION),
    ({"ids": ["a"], "embeddings": [[1, 0]], "documents": ["x", "y"]}, DIMENSION),
    ({"ids": ["a"], "embeddings": [[1, 0]], "uris": []}, DIMENSION),
    ({"ids": ["a", "b"], "embeddings": [[1, 0]], "metadatas": [{"#x": 1}]},
     "Validation error: metadatas: Invalid metadata at index 0"),
    ({"ids": ["a", "b"], "embeddings": [[]], "metadatas": [{}, {"$x": 1}]},
     "Validation error: embeddings: Each embedding must have at least 1 dimension\n"
     "metadatas: Invalid metadata at index 1"),
    ({"ids": ["a"], "embeddings": [[1, 0], [1, 0, 0]]}, AMONG),
    ({"ids": ["a", "b"], "embeddings": [[1, 0, 0]]}, LENGTHS),
    ({"ids": ["a"], "embeddings": []}, LENGTHS),
    ({"ids": [""], "embeddings": [[1, 0, 0]]}, "Empty ID, ID must have at least one character"),
]


@pytest.fixture(scope="module")
def path(server):
    http = chroma(server)
    path = f"/collections/{http.call('POST', '/collections', {'name': 'rules'})['id']}"
    http.call("POST", path + "/add", {"ids": ["one"], "embeddings": [[1, 2, 3]]})
    return path


@pytest.mark.parametrize("write", ["add", "update", "upsert"])
def test_the_dimension_comes_before_the_lengths(server, path, write):
    for body, text in CASES:
        status, answer = chroma(server).send("POST", f"{path}/{write}", body)
        assert (status, answer["message"]) == (400, text), body


def test_a_collection_without_a_dimension_refuses_the_lengths(server):
    http = chroma(server)
    path = f"/collections/{http.call('POST', '/collections', {'name': 'no_dimension'})['id']}"
    status, answer = http.send("POST", path + "/add", {"ids": ["a", "b"], "embeddings": [[1, 0]]})
    assert (status, answer["message"]) == (400, LENGTHS)


def test_a_refused_float_is_written_as_the_peer_writes_it(server, path):
    for given, shown in (("18446744073709551616", "1.8446744073709552e+19"), ("1e-7", "1e-7"), ("2.5", "2.5")):
        status, answer = chroma(server).send("POST", path + "/get", b'{"limit":%s}' % given.encode())
        assert status == 422 and f"floating point `{shown}`, expected u32" in answer["message"]


@pytest.mark.parametrize("space", ["l2", "cosine", "ip"])
def test_a_query_beyond_the_floats_is_infinitely_far_from_everything(server, space):
    http = chroma(server)
    created = http.call("POST", "/collections", {"name": f"far_{space}", "configuration": {"hnsw": {"space": space}}})
    path = f"/collections/{created['id']}"
    rows = [[number, 1, 0] for number in range(4)]
    http.call("POST", path + "/add", {"ids": ["0", "1", "2", "3"], "embeddings": rows})
    for vector in ([1e39, 0, 0], [-1e39, 0, 0], [0, 0, 1e39], [1e39, -1e39, 1]):
        answer = http.call("POST", path + "/query", {"query_embeddings": [vector], "include": ["distances"]})
        assert sorted(answer["ids"][0]) == ["0", "1", "2", "3"]
        assert answer["distances"] == [[None] * 4], vector
    status, answer = http.send("POST", path + "/add", {"ids": ["4"], "embeddings": [[1e39, 0, 0]]})
    assert status == 400 and "must not contain NaN or Infinity" in answer["message"]
