"""A disk that is full to the last byte: searches serve, deletions succeed, other writes get the peer's answer, nothing
acknowledged is lost, and writing goes on by itself once there is space.

Needs to mount: a tmpfs of 64 MiB; in the long form also ext4 on a loop device.
"""

import os
import pathlib
import random
import shutil
import subprocess
import sys
import time

import grpc
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import cycle as cycles  # noqa: E402
import dialects  # noqa: E402
from cycle import SEED  # noqa: E402
from points import Collection, Point, Selector, Write  # noqa: E402
from qdrant_client import grpc as q  # noqa: E402
from support.http_json import CHROMA_PATH, HttpJson  # noqa: E402
from support.server import WITHOUT_GRPC, Server  # noqa: E402

SIZE_MB = 64
BALLAST_BYTES = 20 << 20      # What somebody else takes, and gives back.
RESUME_TIMEOUT_S = 10
SETTINGS = {"ALIDADE__CHECKPOINT_LOG_MB": "4"}
TEXT = "Insufficient storage: No space left on the disk that holds the data."
MAIN = Collection("main", {"": (4, "Euclid")}, chroma=True)


def mount(kind, folder, image):
    if kind == "tmpfs":
        command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", folder]
    else:
        with open(image, "wb") as file:
            file.truncate(SIZE_MB << 20)
        made = subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", image], capture_output=True, text=True)
        if made.returncode != 0:
            return made.stderr
        command = ["mount", "-o", "loop", image, folder]
    done = subprocess.run(command, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stderr or "mount failed"


@pytest.fixture(params=["tmpfs", "ext4"] if cycles.IS_LONG else ["tmpfs"])
def disk(request, tmp_path):
    """A folder whose `data` is a small disk."""
    folder = tmp_path / "data"
    folder.mkdir()
    if not shutil.which("mount") or os.geteuid() != 0:
        pytest.skip("mounting needs root")
    problem = mount(request.param, folder, tmp_path / "image")
    if problem:
        pytest.skip(f"cannot mount {request.param} here: {problem.strip()}")
    yield tmp_path
    subprocess.run(["umount", folder], check=True)


def fill_up(path):
    """Takes every byte that is left, and what a checkpoint that was under way gives back when it finds the disk full."""
    quiet_rounds, size = 0, -1
    while quiet_rounds < 5:
        take_all(path)
        quiet_rounds = quiet_rounds + 1 if path.stat().st_size == size else 0
        size = path.stat().st_size
        time.sleep(0.2)


def take_all(path):
    taken, piece = 0, 1 << 20
    with open(path, "ab", buffering=0) as file:
        while piece >= 512:
            try:
                taken += os.posix_fallocate(file.fileno(), taken, piece) or piece
            except OSError:
                piece //= 2
        os.fsync(file.fileno())


class Oracle:
    """Writes until it is refused, and knows what was acknowledged."""

    def __init__(self, rng):
        self.rng, self.points, self.next_id = rng, {}, 0

    def upsert(self, count, size):
        points = {}
        for _ in range(count):
            vector = [self.rng.randrange(-1000, 1000) / 8 for _ in range(4)]
            payload = {"worker": 0, "n": self.next_id, "text": "%x" % self.rng.getrandbits(4 * size)}
            points[self.next_id] = Point({"": vector}, payload)
            self.next_id += 1
        return Write("upsert", points=points)

    def done(self, write):
        for changes in write.steps(self.points):
            for i, point in changes.items():
                if point is None:
                    self.points.pop(i, None)
                else:
                    self.points[i] = point

    def compare(self, server):
        rest = dialects.Rest(server)
        found = rest.read_all(MAIN)
        assert found.keys() == self.points.keys(), (len(found), len(self.points))
        wrong = [i for i, p in self.points.items() if not p.same(found[i], MAIN.vectors)]
        assert not wrong, wrong[:5]
        rest.close()


def refused_through_every_face(server, oracle):
    """What still fits the reserved end of the log is taken; then every face refuses in its own words."""
    rest, chroma = HttpJson(server.rest_url), HttpJson(server.chroma_url + CHROMA_PATH)
    for _ in range(2000):
        write = oracle.upsert(1, 20000)
        method, path, body = dialects.Rest._request(write)
        status, answer = rest.send(method, f"/collections/main/points{path}?wait=true", body)
        if status != 200:
            break
        oracle.done(write)
    assert status == 507 and answer["status"]["error"].startswith(TEXT), (status, answer)
    large, known = "y" * (1 << 20), min(oracle.points)
    status, answer = rest.send("POST", "/collections/main/points/payload?wait=true",
                               {"payload": {"x": large}, "points": [known]})
    assert status == 507 and answer["status"]["error"].startswith(TEXT), (status, answer)
    status, answer = rest.send("PUT", "/collections/one-more", {"vectors": {"size": 2, "distance": "Dot"}})
    assert status == 507 and answer["status"]["error"].startswith(TEXT), (status, answer)
    uuid = chroma.call("GET", "/collections/main")["id"]
    status, answer = chroma.send("POST", f"/collections/{uuid}/upsert", {
        "ids": ["900000"], "embeddings": [[1, 2, 3, 4]], "documents": [large]})
    assert (status, answer["error"]) == (507, "ChromaError"), answer
    assert answer["message"].startswith("No space left on the disk that holds the data."), answer
    status, answer = chroma.send("POST", "/collections", {"name": "one-more"})
    assert (status, answer["error"]) == (507, "ChromaError"), answer
    if WITHOUT_GRPC:
        return
    client = dialects.Grpc(server)
    with pytest.raises(grpc.RpcError) as refused:
        client.write(MAIN, Write("set", Selector(ids=[known]), payload={"x": large}), True)
    assert refused.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert refused.value.details().startswith(TEXT)
    assert ("qdrant-insufficient-storage", "1") in [tuple(item) for item in refused.value.trailing_metadata()]
    client.close()


def searches(server, oracle, count=30):
    rest, chroma = HttpJson(server.rest_url), HttpJson(server.chroma_url + CHROMA_PATH)
    uuid = chroma.call("GET", "/collections/main")["id"]
    client = None if WITHOUT_GRPC else dialects.Grpc(server)
    for i in oracle.rng.sample(sorted(oracle.points), count):
        vector = oracle.points[i].vectors[""]
        body = {"query": vector, "limit": 5, "with_payload": True}
        hits = rest.call("POST", "/collections/main/points/query", body)["result"]["points"]
        assert len(hits) == 5 and hits[0]["score"] == 0, hits
        found = chroma.call("POST", f"/collections/{uuid}/query", {"query_embeddings": [vector], "n_results": 5})
        assert found["distances"][0][0] == 0 and len(found["ids"][0]) == 5
        if client:
            answer = client.points.Query(q.QueryPoints(collection_name="main", limit=5, query=q.Query(
                nearest=q.VectorInput(dense=q.DenseVector(data=vector)))), timeout=60)
            assert answer.result[0].score == 0 and len(answer.result) == 5


def deletions(server, oracle, count=30):
    """Every one succeeds: by ids and by filter, through every face."""
    faces = [dialects.Rest(server), dialects.Chroma(server)] + ([] if WITHOUT_GRPC else [dialects.Grpc(server)])
    for number in range(count):
        first = oracle.rng.randrange(oracle.next_id)
        selector = Selector(ids=oracle.rng.sample(sorted(oracle.points), 20)) if number % 2 else \
            Selector(worker=0, low=first, high=first + 20)
        write = Write("delete", selector)
        faces[number % len(faces)].write(MAIN, write, number % 3 != 0)
        oracle.done(write)
    for face in faces:
        face.close()


def resume(server, oracle):
    """@return seconds until a write is taken again."""
    rest, started = dialects.Rest(server), time.monotonic()
    write = oracle.upsert(1, 1000)
    method, path, body = dialects.Rest._request(write)
    while True:
        status, answer = rest.http.send(method, f"/collections/main/points{path}?wait=true", body)
        waited = time.monotonic() - started
        if status == 200:
            oracle.done(write)
            return waited
        assert status == 507, answer
        assert waited < RESUME_TIMEOUT_S, "no write was taken after space returned"
        time.sleep(0.05)


def test_a_full_disk_stops_only_what_takes_space(disk):
    print(f"\nseed={SEED} commit={cycles.commit()}")
    oracle = Oracle(random.Random(SEED))
    ballast = disk / "data" / "ballast"
    with open(ballast, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, BALLAST_BYTES)
    with Server(data=disk, environment=SETTINGS) as server:
        rest = HttpJson(server.rest_url)
        rest.call("PUT", "/collections/main", MAIN.body())
        for field in ("worker", "n"):
            rest.call("PUT", "/collections/main/index?wait=true", {"field_name": field, "field_schema": "integer"})
        rest.call("PUT", "/collections/victim", MAIN.body())
        rest.call("POST", "/collections/aliases", {"actions": [
            {"create_alias": {"collection_name": "victim", "alias_name": "alias-of-victim"}}]})
        rest.call("PUT", "/collections/victim/points?wait=true", dialects.Rest._upsert(Oracle(oracle.rng).upsert(100, 20000)))
        while True:
            write = oracle.upsert(50, 2000)
            status, answer = rest.send("PUT", "/collections/main/points?wait=false", dialects.Rest._upsert(write))
            if status != 200:
                assert status == 507 and answer["status"]["error"].startswith(TEXT), (status, answer)
                break
            oracle.done(write)
        filled = len(oracle.points)
        fill_up(disk / "data" / "filler")
        refused_through_every_face(server, oracle)
        searches(server, oracle)
        deletions(server, oracle)
        refused_through_every_face(server, oracle)
        searches(server, oracle)
        oracle.compare(server)
        server.kill()
    # Full as it is, the server starts, and everything goes on as before.
    with Server(data=disk, environment=SETTINGS) as server:
        oracle.compare(server)
        fill_up(disk / "data" / "filler")
        deletions(server, oracle)
        searches(server, oracle)
        rest = HttpJson(server.rest_url)
        assert rest.call("DELETE", "/collections/victim")["result"] is True
        assert rest.call("GET", "/aliases")["result"]["aliases"] == []
        (disk / "data" / "filler").unlink()
        ballast.unlink()
        waited = resume(server, oracle)
        assert (disk / "data" / "RESERVE").stat().st_blocks * 512 >= 8 << 20
        write = oracle.upsert(200, 2000)
        rest.call("PUT", "/collections/main/points?wait=true", dialects.Rest._upsert(write))
        oracle.done(write)
        oracle.compare(server)
        leftovers = list((disk / "data").glob("**/*.tmp"))
        assert not leftovers, leftovers
        assert "read-only" not in server.log()
        assert server.stop() == 0
    with Server(data=disk, environment=SETTINGS) as server:
        oracle.compare(server)
    print(f"full at {filled} points; writing went on {waited:.2f} s after space returned; {len(oracle.points)} points, 0 lost")
