"""Real texts in, right answers out: recall, filters, updates, deletes and crashes on the real data set.

The sample by default, the full set where it is (support/dataset.py); ALIDADE_DATA=sample keeps to the sample.
"""

import pathlib
import random
import sys
import threading
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import loading  # noqa: E402
from support.dataset import Dataset  # noqa: E402
from support.http_json import HttpJson  # noqa: E402
from support.server import Server  # noqa: E402

QUERIES = 200
INDEXED_TIMEOUT_S = 900


@pytest.fixture(scope="module")
def data():
    return Dataset()


@pytest.fixture(scope="module", params=list(loading.FACES))
def loaded(request, data):
    """(face that loaded, server)"""
    with Server() as server:
        if request.param == "grpc" and server.grpc is None:
            pytest.skip("built without gRPC")
        face = loading.FACES[request.param](server)
        face.create()
        started = time.monotonic()
        loading.load(face, data)
        print(f"\n{face.name}: {len(data)} rows in {time.monotonic() - started:.1f} s")
        wait_indexed(server)
        yield face, server
        assert server.is_alive(), server.log()


def wait_indexed(server):
    """The graph is built behind the scenes; green says that it has caught up."""
    http = HttpJson(server.rest_url)
    deadline = time.monotonic() + INDEXED_TIMEOUT_S
    while time.monotonic() < deadline:
        if http.call("GET", f"/collections/{loading.NAME}")["result"]["status"] == "green":
            return
        time.sleep(0.1)
    raise AssertionError("the index did not catch up")


def mean_recall(data, search, allowed=None):
    queries = range(min(QUERIES, len(data.queries)))
    return sum(data.recall(q, search(data.queries[q]), allowed) for q in queries) / len(queries)


def test_exact_truth_is_what_the_readme_says(data):
    """The oracle of these tests agrees with the truth that came with the data."""
    for q in range(0, len(data.queries), max(1, len(data.queries) // 20)):
        assert data.recall(q, data.truth[q]) == 1.0


def test_every_row_is_there(data, loaded):
    face, server = loaded
    assert face.count() == len(data)
    readers = [make(server) for name, make in loading.FACES.items() if name != "grpc" or server.grpc]
    assert {reader.count() for reader in readers} == {len(data)}
    if face.name != "chroma":
        check_values(data, server, random.Random(5).sample(range(len(data)), 200))


def test_recall_through_every_face(data, loaded):
    face, server = loaded
    for name, make in loading.FACES.items():
        if name == "grpc" and not server.grpc:
            continue
        reader = make(server)
        found = mean_recall(data, reader.search)
        print(f"\nloaded by {face.name}, asked by {name}: recall@10 {found:.4f}", end="")
        assert found >= 0.95
        if name != "chroma":
            found = mean_recall(data, lambda vector: reader.search(vector, ef=256))
            print(f", at ef 256 {found:.4f}", end="")
            assert found >= 0.98


def test_filters_through_every_face(data, loaded):
    face, server = loaded
    for condition in data.filters:
        allowed = data.matching(condition["name"])
        for name, make in loading.FACES.items():
            if name == "grpc" and not server.grpc:
                continue
            reader = make(server)
            for q in range(0, min(QUERIES, len(data.queries)), 10):
                found = reader.search(data.queries[q], condition=condition)
                assert all(allowed[i] for i in found), (condition["name"], name)
                assert len(found) == min(10, int(allowed.sum())), (condition["name"], name)
            share = mean_recall(data, lambda vector: reader.search(vector, condition=condition), allowed)
            print(f"\n{condition['name']}: {int(allowed.sum())} rows, by {name}: recall@10 {share:.4f}", end="")
            assert share >= 0.95, (condition["name"], name)


def test_updates_and_deletes(data, loaded):
    """Last of the module's tests: it changes what is there."""
    face, server = loaded
    rest = loading.RestFace(server)
    moved = [int(i) for i in data.truth[0][:3]]
    face.set(moved, {"section": "moved"})
    condition = {"qdrant": {"must": [{"key": "section", "match": {"value": "moved"}}]},
                 "chroma_where": {"section": {"$eq": "moved"}}}
    assert sorted(face.search(data.queries[0], condition=condition)) == sorted(moved)
    gone = [int(i) for i in data.truth[1][:5]]
    face.delete(gone)
    for reader in (rest, loading.ChromaFace(server), face):
        assert not set(gone) & set(reader.search(data.queries[1], limit=20))
        assert reader.count() == len(data) - len(gone)
    face.put(data, gone)
    assert set(gone) <= set(rest.search(data.queries[1], limit=20))
    assert rest.count() == len(data)


def check_values(data, server, rows):
    """Every one of the rows is there with its right value."""
    http = HttpJson(server.rest_url)
    for start in range(0, len(rows), 500):
        part = rows[start: start + 500]
        points = http.call("POST", f"/collections/{loading.NAME}/points",
                           {"ids": part, "with_payload": True, "with_vector": True})["result"]
        by_id = {p["id"]: p for p in points}
        assert set(by_id) == set(part), f"lost: {sorted(set(part) - set(by_id))[:20]}"
        wrong = [loading.same_value(data, i, by_id[i]["payload"], by_id[i]["vector"]) for i in part]
        assert not any(wrong), next(w for w in wrong if w)


def test_killed_while_loading(data, tmp_path):
    """SIGKILL in the middle of requests, several times; what was answered is there with its value."""
    rng = random.Random(11)
    rows = list(range(min(len(data), 12000)))
    acknowledged, sent = set(), 0
    parts = [rows[i: i + 50] for i in range(0, len(rows), 50)]
    crashes = 4
    for crash in range(crashes + 1):
        with Server(data=tmp_path) as server:
            face = loading.RestFace(server)
            if crash == 0:
                face.create()
            else:
                check_values(data, server, sorted(acknowledged))
            if crash == crashes:
                assert not any(set(part) - acknowledged for part in parts[:sent])
                loading.load(face, data, sorted(set(rows) - acknowledged))
                check_values(data, server, rows)
                assert face.count() == len(rows)
                break
            # Killed from another thread, so that a request is under way.
            stop_after = rng.uniform(0.1, 1.2)
            killer = threading.Timer(stop_after, server.kill)
            killer.start()
            try:
                while sent < len(parts):
                    face.put(data, parts[sent], wait=rng.random() < 0.5)
                    acknowledged.update(parts[sent])
                    sent += 1
            except OSError:
                pass
            except Exception as error:  # The answer was cut off by the kill.
                assert "http.client" in type(error).__module__, error
            killer.join()
    assert acknowledged == set(rows[: sent * 50])
