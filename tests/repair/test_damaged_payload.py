"""One bad block of a payload file, under a running collection: the request that needs it is told which point, the rest
serves, and the server comes back."""

import pytest
from support.http_json import chroma, qdrant
from support.server import Server, run_program

RECORDS = 200
# Payloads of 1 kB in blocks of 64 KiB: the first ones are in the first block, this one is in the second.
VICTIM = 100
SECOND_BLOCK = 64 + (64 << 10)


@pytest.fixture
def server(tmp_path):
    """Stopped after it has written a collection of each dialect; start() it."""
    server = Server(data=tmp_path)
    server.start()
    http = qdrant(server)
    http.call("PUT", "/collections/books", {"vectors": {"size": 4, "distance": "Dot"}})
    http.call("PUT", "/collections/books/points?wait=true",
              {"points": [{"id": i, "vector": [i, 1, 2, 3], "payload": {"n": i, "text": "x" * 1000}}
                          for i in range(RECORDS)]})
    made = chroma(server).call("POST", "/collections", {"name": "notes"})
    server.notes = f"/collections/{made['id']}"
    chroma(server).call("POST", f"{server.notes}/add",
                        {"ids": [f"r{i}" for i in range(RECORDS)], "embeddings": [[i, 1] for i in range(RECORDS)],
                         "metadatas": [{"n": i} for i in range(RECORDS)], "documents": ["x" * 1000] * RECORDS})
    assert server.stop() == 0
    yield server
    server.kill()


def damage(server):
    files = [path for path in server.data.rglob("payload-*.ald")]
    assert len(files) == 2, files
    for path in files:
        content = bytearray(path.read_bytes())
        content[SECOND_BLOCK + 5000] ^= 0x20
        path.write_bytes(content)


def check_that_the_rest_serves(server, changed):
    http = qdrant(server)
    assert http.call("POST", "/collections/books/points/count", {})["result"]["count"] == RECORDS
    one = http.call("POST", "/collections/books/points", {"ids": [1], "with_payload": True, "with_vector": True})["result"][0]
    assert one["payload"]["n"] == 1 and one["vector"] == ([9, 9, 9, 2] if changed else [1, 1, 2, 3])
    status, answer = http.send("POST", "/collections/books/points", {"ids": [VICTIM], "with_payload": True})
    assert status == 500 and f"point {VICTIM}: " in str(answer) and ".ald: byte " in str(answer)
    assert len(http.call("POST", "/collections/books/points/query", {"query": [1, 1, 1, 1], "limit": 5})["result"]["points"]) == 5
    assert chroma(server).call("GET", f"{server.notes}/count") == RECORDS
    got = chroma(server).call("POST", f"{server.notes}/get", {"ids": ["r1"], "include": ["metadatas"]})
    assert got["metadatas"][0]["n"] == (-2 if changed else 1)
    status, answer = chroma(server).send("POST", f"{server.notes}/get", {"ids": [f"r{VICTIM}"], "include": ["metadatas"]})
    assert status == 500 and f"point r{VICTIM}: " in str(answer)


def change(server):
    """The same ids twice in one request, and one in the second block."""
    vectors = [{"id": i, "vector": [9, 9, 9, turn]} for turn, i in enumerate((1, 2, 1, VICTIM))]
    ids = ["r1", "r2", "r1", f"r{VICTIM}"]
    return (qdrant(server).send("PUT", "/collections/books/points/vectors?wait=true", {"points": vectors}),
            chroma(server).send("POST", f"{server.notes}/update",
                                {"ids": ids, "metadatas": [{"n": -turn} for turn in range(4)]}))


def test_a_request_that_needs_the_block_is_refused_and_names_the_point(server):
    damage(server)
    server.start()
    for _ in range(2):
        for (status, answer), name in zip(change(server), (VICTIM, f"r{VICTIM}")):
            assert status == 500 and f"point {name}: " in str(answer), (status, answer)
            assert "memory" not in str(answer)
        check_that_the_rest_serves(server, changed=False)
        assert server.stop() == 0
        server.start()
    check_that_the_rest_serves(server, changed=False)


def test_a_change_that_was_acknowledged_applies_when_the_block_goes_bad_afterwards(server):
    server.start()
    assert [status for status, _ in change(server)] == [200, 200]
    server.kill()
    damage(server)
    server.start()
    check_that_the_rest_serves(server, changed=True)
    assert f'"point":"{VICTIM}"' in server.log() and "is given up" in server.log()
    # Both ways to write it anew end the damage.
    qdrant(server).call("PUT", "/collections/books/points/payload?wait=true", {"payload": {"n": 7}, "points": [VICTIM]})
    found = qdrant(server).call("POST", "/collections/books/points", {"ids": [VICTIM], "with_payload": True})["result"]
    assert found[0]["payload"] == {"n": 7}
    assert server.stop() == 0
    checked = run_program("check", server.data)
    assert checked.returncode == 5 and f"r{VICTIM}: " in checked.stdout, checked.stdout
    server.start()
    found = qdrant(server).call("POST", "/collections/books/points", {"ids": [VICTIM], "with_payload": True})["result"]
    assert found[0]["payload"] == {"n": 7}
