"""How fast a server is back after a kill: 1 M points whose log of about 1 GB no checkpoint covers.

    build/venv/bin/python benchmarks/start_bench.py [rest|chroma] [points] [starts]

Writes the points, kills the server, starts it again, and prints when it was live, when it was ready,
and what the replay cost. In a collection of the Chroma dialect every metadata key is indexed, so its
replay does more. ALIDADE_BINARY as in the tests.
"""

import base64
import json
import pathlib
import sys
import tempfile
import threading
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]
import measure  # noqa: E402
from support.http_json import chroma, qdrant  # noqa: E402
from support.server import Server  # noqa: E402

DIMENSION = 232
ROWS_PER_REQUEST = 2000
WRITERS = 2
HELD = {"ALIDADE__HOLD_CHECKPOINTS": "true"}


class Rest:
    """About 1 KB a point in the log; the same vectors again and again, as text that is made once."""

    def __init__(self, server):
        self._path = "/collections/items"
        qdrant(server).call("PUT", self._path, {"vectors": {"size": DIMENSION, "distance": "Cosine"}})
        self._vectors = [json.dumps([round(float(x), 4) for x in row]) for row in random_rows()]

    def connect(self, server):
        return qdrant(server)

    def write(self, http, first, count):
        points = ",".join(f'{{"id":{first + i},"vector":{self._vectors[i]},"payload":{{"text":"the text of item '
                          f'{first + i}, one of many","shelf":{(first + i) % 1000},"kind":"k{(first + i) % 10}"}}}}'
                          for i in range(count))
        http.call("PUT", self._path + "/points?wait=true", f'{{"points":[{points}]}}'.encode())

    def count(self, server):
        return qdrant(server).call("POST", self._path + "/points/count", {})["result"]["count"]


class Chroma:
    """The same through the other dialect; rows as base64."""

    def __init__(self, server):
        self._path = "/collections/" + chroma(server).call("POST", "/collections", {"name": "items"})["id"]
        self._vectors = [base64.b64encode(row).decode() for row in random_rows()]

    def connect(self, server):
        return chroma(server)

    def write(self, http, first, count):
        http.call("POST", self._path + "/upsert", chroma_body(first, count, self._vectors))

    def count(self, server):
        return chroma(server).call("GET", self._path + "/count")


def random_rows():
    return np.random.default_rng(1).standard_normal((ROWS_PER_REQUEST, DIMENSION), dtype=np.float32)


def chroma_body(first, count, vectors):
    ids = ",".join(f'"item-{first + i}"' for i in range(count))
    rows = ",".join(f'"{vectors[i]}"' for i in range(count))
    documents = ",".join(f'"the text of item {first + i}, one of many"' for i in range(count))
    metadatas = ",".join(f'{{"shelf":{(first + i) % 1000},"kind":"k{(first + i) % 10}"}}' for i in range(count))
    return (f'{{"ids":[{ids}],"embeddings":[{rows}],"documents":[{documents}],"metadatas":[{metadatas}]}}').encode()


def write(server, face, points):
    starts = iter(range(0, points, ROWS_PER_REQUEST))
    lock = threading.Lock()

    def writer():
        http = face.connect(server)
        while True:
            with lock:
                first = next(starts, None)
            if first is None:
                return
            face.write(http, first, min(ROWS_PER_REQUEST, points - first))

    threads = [threading.Thread(target=writer) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def log_bytes(server):
    return sum(path.stat().st_size for path in server.data.rglob("*.log"))


def timed_start(server):
    """Seconds from the start of the process until it is live, and until it is ready."""
    started = time.monotonic()
    server.start(wait_ready=False)
    live = None
    while True:
        if live is None and qdrant(server).send("GET", "/livez")[0] == 200:
            live = time.monotonic() - started
        if server.readiness()[0] == 200:
            return live, time.monotonic() - started
        time.sleep(0.005)


def main():
    faces = {"rest": Rest, "chroma": Chroma}
    name = sys.argv[1] if len(sys.argv) > 1 else "rest"
    points = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    starts = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    with tempfile.TemporaryDirectory(prefix="alidade-start-") as folder:
        server = Server(data=folder, environment=HELD)
        with server:
            began = time.monotonic()
            face = faces[name](server)
            write(server, face, points)
            seconds = time.monotonic() - began
            server.kill()
            measure.heading(f"start after SIGKILL, written through {name}: {points:,} points, {log_bytes(server) / 1e9:.2f} GB of log "
                            f"(written in {seconds:.0f} s)")
            for _ in range(starts):
                live, ready = timed_start(server)
                cpu = measure.process_cpu_s(server.pid)
                measure.row("live / ready", f"{live:.2f} s / {ready:.2f} s", "< 1 s / < 10 s")
                measure.row("CPU of the process until then", f"{cpu:.2f} s")
                measure.row("resident", f"{measure.resident_bytes(server.pid) >> 20} MB")
                assert face.count(server) == points
                server.kill()


if __name__ == "__main__":
    main()
