"""Kills the server again and again while it is written to; nothing acknowledged may be lost."""

import os
import pathlib
import random
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import oracle  # noqa: E402
from support.http_json import HttpJson, chroma  # noqa: E402
from support.server import Server  # noqa: E402

CYCLES = int(os.environ.get("ALIDADE_CRASH_CYCLES", "20"))
SEED = int(os.environ.get("ALIDADE_CRASH_SEED", "0")) or random.randrange(1, 1 << 31)
WRITERS = 3
OPERATIONS_MOST = 250  # acknowledged in one cycle


def commit():
    found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True,
                           cwd=pathlib.Path(__file__).parent)
    return found.stdout.strip() or "unknown"


def create(server):
    http = HttpJson(server.rest_url)
    http.call("PUT", f"/collections/{oracle.COLLECTION}", {"vectors": {"size": oracle.DIMENSION, "distance": "Euclid"}})
    for field, kind in (("worker", "integer"), ("n", "integer")):
        http.call("PUT", f"/collections/{oracle.COLLECTION}/index?wait=true", {"field_name": field, "field_schema": kind})


def read_all(http):
    points, offset = {}, None
    while True:
        body = {"limit": 500, "with_vector": True, "with_payload": True}
        if offset is not None:
            body["offset"] = offset
        page = http.call("POST", f"/collections/{oracle.COLLECTION}/points/scroll", body)["result"]
        for point in page["points"]:
            assert point["id"] not in points, f"{point['id']} was listed twice"
            points[point["id"]] = oracle.Point(point["vector"], point["payload"])
        offset = page["next_page_offset"]
        if offset is None:
            return points


def check_points(server, points, pending):
    """Every acknowledged value is there; what was in flight is there whole or not at all."""
    http = HttpJson(server.rest_url)
    found = read_all(http)
    for worker_pending in pending:
        changed = {i: found.get(i) for i in worker_pending}
        before = {i: points.get(i) for i in worker_pending}
        after = dict(worker_pending)
        # A batch of two operations may have stopped between them.
        applied = [changed[i] == after[i] for i in changed if before[i] != after[i]]
        kept = [changed[i] == before[i] for i in changed if before[i] != after[i]]
        assert all(a or k for a, k in zip(applied, kept)), f"neither before nor after: {changed}, {before}, {after}"
        for i, point in changed.items():
            points.pop(i, None)
            if point is not None:
                points[i] = point
    lost = {i: (p, found.get(i)) for i, p in points.items() if found.get(i) != p}
    assert not lost, f"acknowledged, but otherwise now: {dict(list(lost.items())[:5])}"
    risen = {i: p for i, p in found.items() if i not in points}
    assert not risen, f"deleted or never sent: {dict(list(risen.items())[:5])}"
    check_indexes(http, points)
    assert chroma(server).call("GET", f"/collections/{uuid_of(server)}/count") == len(points)


def check_indexes(http, points):
    """Counts by filter, and a search, agree with the values."""
    def count(conditions):
        body = {"exact": True, "filter": {"must": conditions}}
        return http.call("POST", f"/collections/{oracle.COLLECTION}/points/count", body)["result"]["count"]

    for worker in range(WRITERS):
        expected = sum(p.payload.get("worker") == worker for p in points.values())
        assert count([{"key": "worker", "match": {"value": worker}}]) == expected
    expected = sum(100 <= p.payload.get("n", -1) < 600 for p in points.values())
    assert count([{"key": "n", "range": {"gte": 100, "lt": 600}}]) == expected
    if points:
        wanted, point = next(iter(points.items()))
        body = {"query": point.vector, "limit": len(points)}
        hits = http.call("POST", f"/collections/{oracle.COLLECTION}/points/query", body)["result"]["points"]
        assert sorted(h["id"] for h in hits) == sorted(points)
        assert any(h["id"] == wanted and h["score"] == 0 for h in hits)


def check_collections(server, worker_pending, existing):
    http = HttpJson(server.rest_url)
    there = {c["name"] for c in http.call("GET", "/collections")["result"]["collections"]} - {oracle.COLLECTION}
    assert there - {worker_pending} == set(existing) - {worker_pending}, (there, existing, worker_pending)
    for name in there:
        points = http.call("POST", f"/collections/{name}/points/scroll", {})["result"]["points"]
        expected = [{"id": 1, "payload": {"name": name}}]
        if existing.get(name) and name != worker_pending:
            assert points == expected, (name, points)
        else:
            assert points in ([], expected), (name, points)
    existing.clear()
    for name in there:
        existing[name] = False


def uuid_of(server):
    return chroma(server).call("GET", f"/collections/{oracle.COLLECTION}")["id"]


def test_nothing_acknowledged_is_lost(tmp_path):
    print(f"\nseed={SEED} commit={commit()}")
    rng = random.Random(SEED)
    points, existing, counts = {}, {}, {}
    pending, pending_collection = [], None
    starts = []
    for cycle in range(CYCLES + 1):
        started = time.monotonic()
        with Server(data=tmp_path) as server:
            starts.append(time.monotonic() - started)
            if cycle == 0:
                create(server)
            try:
                check_points(server, points, pending)
                check_collections(server, pending_collection, existing)
            except AssertionError as error:
                raise AssertionError(f"seed={SEED} commit={commit()} cycle {cycle}: {error}") from error
            if cycle == CYCLES:
                break
            own = [{i: p for i, p in points.items() if i // oracle.IDS_PER_WORKER == n} for n in range(WRITERS)]
            progress = oracle.Progress(rng.randrange(1, OPERATIONS_MOST))
            workers = [oracle.Worker(n, random.Random(rng.random()), own[n], progress) for n in range(WRITERS)]
            workers.append(oracle.CollectionWorker(random.Random(rng.random()), existing))
            collection_uuid = uuid_of(server)
            for worker in workers:
                worker.connect(server, collection_uuid)
                worker.start()
            progress.reached.wait(timeout=60)
            server.kill()
            for worker in workers:
                worker.join(timeout=60)
                if worker.problem:
                    raise AssertionError(f"seed={SEED} commit={commit()} cycle {cycle}: {worker.problem!r}") from worker.problem
                for name, count in worker.counts.items():
                    counts[name] = counts.get(name, 0) + count
            points = {i: p for part in own for i, p in part.items()}
            pending = [worker.pending for worker in workers[:WRITERS]]
            pending_collection = workers[WRITERS].pending
    print(f"{CYCLES} kills, {sum(counts.values())} acknowledged operations, 0 lost, {len(points)} points at the end")
    print(", ".join(f"{name} {count}" for name, count in sorted(counts.items())))
    print(f"start after a kill: median {sorted(starts)[len(starts) // 2]:.2f} s, longest {max(starts):.2f} s")
