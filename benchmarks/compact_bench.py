"""How long a compaction holds up others: one writer and one reader beside it, each with its slowest requests.

    build/venv/bin/python benchmarks/compact_bench.py [points]

Half as many rows are dead as live ones, so none leave by themselves. Two payload indexes, no graph (building one is not
what is measured). ALIDADE_BINARY as in the tests.
"""

import pathlib
import sys
import threading
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]
import measure  # noqa: E402
from support.http_json import qdrant  # noqa: E402
from support.server import Server  # noqa: E402

DIMENSION = 64
ROWS_PER_REQUEST = 2000
PATH = "/collections/items"


class Pinger:
    """Sends one kind of small request again and again, and keeps what each took."""

    def __init__(self, server, name, method, path, body_of):
        self.name, self.times_s = name, []
        self._http, self._request = qdrant(server), (method, path, body_of)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        method, path, body_of = self._request
        while not self._stop.is_set():
            began = time.monotonic()
            self._http.call(method, path, body_of(len(self.times_s)))
            self.times_s.append(time.monotonic() - began)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def report(self):
        times = sorted(self.times_s)
        measure.row(f"{self.name}: p50, p99, longest of {len(times):,}",
                    f"{times[len(times) // 2] * 1e3:.2f}, {times[len(times) * 99 // 100] * 1e3:.2f}, {times[-1] * 1e3:.0f} ms")


def fill(server, points):
    http = qdrant(server)
    http.call("PUT", PATH, {"vectors": {"size": DIMENSION, "distance": "Dot"}, "hnsw_config": {"m": 0}})
    for field, kind in (("shelf", "integer"), ("kind", "keyword")):
        http.call("PUT", f"{PATH}/index?wait=true", {"field_name": field, "field_schema": kind})
    rows = [str([round(float(x), 4) for x in row])
            for row in np.random.default_rng(1).standard_normal((ROWS_PER_REQUEST, DIMENSION), dtype=np.float32)]
    for first in [*range(0, points, ROWS_PER_REQUEST), *range(0, points // 2, ROWS_PER_REQUEST)]:
        body = ",".join(f'{{"id":{first + i},"vector":{rows[i]},"payload":{{"shelf":{(first + i) % 1000},"kind":"k{first + i}"}}}}'
                        for i in range(ROWS_PER_REQUEST))
        http.call("PUT", f"{PATH}/points?wait=false", f'{{"points":[{body}]}}'.encode())


def writer(server):
    vector = [0.5] * DIMENSION
    return Pinger(server, "upsert of one point, wait=true", "PUT", f"{PATH}/points?wait=true",
                  lambda n: {"points": [{"id": n % 1000, "vector": vector, "payload": {"shelf": n % 7, "kind": "new"}}]})


def reader(server):
    return Pinger(server, "point by id", "POST", f"{PATH}/points", lambda n: {"ids": [n]})


def main():
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with Server() as server:
        fill(server, points)
        measure.heading(f"a compaction of {points:,} points and {points // 2:,} dead rows, and what runs beside it")
        http = qdrant(server)
        for what, call in (("nothing beside it, 5 s", lambda: time.sleep(5)),
                           ("compact", lambda: http.call("POST", f"/alidade{PATH}/compact"))):
            began = time.monotonic()
            with writer(server) as writes, reader(server) as reads:
                call()
            measure.row(what, f"{time.monotonic() - began:.1f} s")
            writes.report()
            reads.report()


if __name__ == "__main__":
    main()
