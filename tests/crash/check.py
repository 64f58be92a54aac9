"""Compares a server that has come back with what the oracle knows."""

import collections
import random

import dialects
from points import COLLECTIONS, INDEXES, Point, Selector, same
from support.server import WITHOUT_GRPC
from writers import WORDS, settle


def check_points(server, points, pending, writer_count, cycle):
    """Every acknowledged value is there and right, what was in flight stopped between two commands,
    and nothing else is there. `points` follows what is found of the requests in flight.

    @param points  collection name -> id -> Point, acknowledged
    @param pending (collection name, steps) or None, one per writer"""
    rest = dialects.Rest(server)
    for collection in COLLECTIONS:
        found, known = rest.read_all(collection), points[collection.name]
        for steps in [entry[1] for entry in pending if entry and entry[0] == collection.name]:
            settle_pending(known, steps, found, collection)
        compare(known, found, collection, collection.name)
        check_reads(rest, collection, known, writer_count)
        check_other_face(server, collection, known, cycle)
    rest.close()


def settle_pending(known, steps, found, collection):
    """The request in flight ended after one of its commands, or before the first."""
    ids = {i for changes in steps for i in changes}
    state = {i: known.get(i) for i in ids}
    states = [state]
    for changes in steps:
        state = {**state, **changes}
        states.append(state)
    for state in reversed(states):
        if all(same(p, found.get(i), collection.vectors) for i, p in state.items()):
            settle(known, state)
            return
    there = {i: found.get(i) for i in ids}
    raise AssertionError(f"{collection.name}: a request in flight is there in part: {there}, expected one of {states}")


def compare(known, found, collection, where):
    lost = {i: (p, found.get(i)) for i, p in known.items() if not same(p, found.get(i), collection.vectors)}
    assert not lost, f"{where}: acknowledged, but otherwise now: {first_few(lost)}"
    risen = {i: p for i, p in found.items() if i not in known}
    assert not risen, f"{where}: deleted or never sent: {first_few(risen)}"


def first_few(values):
    return f"{len(values)}, as {dict(list(values.items())[:3])}"


def check_other_face(server, collection, known, cycle):
    """The other faces in turn."""
    faces = ([] if WITHOUT_GRPC else [dialects.Grpc]) + ([dialects.Chroma] if collection.chroma else [])
    if not faces:
        return
    face = faces[cycle % len(faces)](server)
    if face.name == "chroma":
        assert face.count(collection) == len(known)
        known = {i: Point(p.vectors, {k: v for k, v in p.payload.items() if not isinstance(v, dict)})
                 for i, p in known.items()}
    compare(known, face.read_all(collection), collection, f"{collection.name} through {face.name}")
    face.close()


def check_reads(rest, collection, known, writer_count):
    """count = scroll = what the payload indexes and a search say."""
    path = f"/collections/{collection.name}"

    def count(condition=None):
        body = {"exact": True, **({"filter": condition} if condition else {})}
        return rest.http.call("POST", path + "/points/count", body)["result"]["count"]

    def ids(condition):
        body = {"limit": 10000, "filter": condition, "with_payload": False}
        return {p["id"] for p in rest.http.call("POST", path + "/points/scroll", body)["result"]["points"]}

    assert count() == len(known)
    schema = rest.http.call("GET", path)["result"]["payload_schema"]
    assert sorted(schema) == sorted(INDEXES), schema
    for field, entry in schema.items():
        with_field = sum(field in p.payload for p in known.values())
        assert entry["points"] == with_field, (collection.name, field, entry, with_field)
    for word in WORDS:
        condition = {"must": [{"key": "word", "match": {"value": word}}]}
        expected = {i for i, p in known.items() if p.payload.get("word") == word}
        assert ids(condition) == expected, (collection.name, word)
    facet = rest.http.call("POST", path + "/facet", {"key": "word", "exact": True})["result"]["hits"]
    words = collections.Counter(p.payload["word"] for p in known.values() if "word" in p.payload)
    assert {h["value"]: h["count"] for h in facet} == dict(words)
    for worker in range(writer_count):
        selector = Selector(worker=worker, low=200, high=700)
        condition = rest._selector(selector)["filter"]
        assert count(condition) == len(selector.of(known)), (collection.name, worker)
    for name, (size, distance) in collection.vectors.items():
        check_search(rest, path, known, name, distance)


def check_search(rest, path, known, name, distance):
    """Searches with points' own vectors: exactly, and through the graph where there is one."""
    with_vector = {i: p for i, p in known.items() if name in p.vectors}
    for i in random.Random(len(known)).sample(sorted(with_vector), min(3, len(with_vector))):
        body = {"query": with_vector[i].vectors[name], "limit": len(known), "using": name}
        exact = rest.http.call("POST", path + "/points/query", {**body, "params": {"exact": True}})["result"]["points"]
        assert {h["id"] for h in exact} == set(with_vector), (path, name)
        body.update(limit=10, params={"hnsw_ef": 512})
        hits = rest.http.call("POST", path + "/points/query", body)["result"]["points"]
        assert [round(h["score"], 3) for h in hits] == [round(h["score"], 3) for h in exact[:10]], (path, name, hits, exact[:10])
        if distance == "Euclid":
            assert any(h["id"] == i and h["score"] == 0 for h in hits), (path, name, i, hits)
