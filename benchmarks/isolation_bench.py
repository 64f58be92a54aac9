"""What long work costs others: searches and single upserts beside a slow filter, an index that is built, checkpoints.

    build/venv/bin/python benchmarks/isolation_bench.py [--points N] [BINARY…]

Each binary in turn (ALIDADE_BINARY, or the built one, when none is given), on the same synthetic points of 128 floats
with a payload. One thread sends searches, one sends single upserts (`wait=true`), a third one does the long work again and
again. Printed are, for each kind of work, how often it was done and the percentiles of what the others waited, also as a
multiple of quiet; then what the writes cost the server in CPU time, and its memory.
"""

import json
import os
import pathlib
import sys
import threading
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]
import measure  # noqa: E402
from support import server as support_server  # noqa: E402
from support.http_json import qdrant  # noqa: E402

DIMENSION = 128
ROWS_PER_REQUEST = 1000
PATH = "/collections/items"
SECONDS = float(os.environ.get("ISOLATION_SECONDS", "4"))


def payload(number):
    return {"plain": number % 1000, "n": number % 1000, "k": f"kind{number % 100}", "text": "some words " * 10}


class Pinger:
    """Sends one kind of small request again and again, and keeps what each took."""

    def __init__(self, server, request_of):
        self._client, self._request_of = qdrant(server), request_of
        self._ending, self.taken_s = threading.Event(), []
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        number = 0
        while not self._ending.is_set():
            request = self._request_of(number)
            start = time.monotonic()
            self._client.call(*request)
            self.taken_s.append(time.monotonic() - start)
            number += 1
            time.sleep(0.001)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ending.set()
        self._thread.join()
        self._client.close()

    def percentile_ms(self, percent):
        return float(np.percentile(self.taken_s, percent)) * 1000


def load(client, points):
    client.call("PUT", PATH, {"vectors": {"size": DIMENSION, "distance": "Cosine"}})
    random = np.random.default_rng(1)
    for start in range(0, points, ROWS_PER_REQUEST):
        vectors = random.standard_normal((ROWS_PER_REQUEST, DIMENSION), dtype=np.float32).round(4)
        batch = [{"id": start + i, "vector": vectors[i].tolist(), "payload": payload(start + i)}
                 for i in range(ROWS_PER_REQUEST)]
        client.call("PUT", f"{PATH}/points?wait=false", {"points": batch})
    client.call("PUT", f"{PATH}/index?wait=true", {"field_name": "n", "field_schema": "integer"})
    client.call("PUT", f"{PATH}/index?wait=true", {"field_name": "k", "field_schema": "keyword"})


def wait_indexed(client):
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        if client.call("GET", PATH)["result"]["status"] == "green":
            return
        time.sleep(0.5)


def slow_filter(client):
    client.call("POST", f"{PATH}/points/count",
                {"exact": True, "filter": {"must": [{"key": "plain", "range": {"gte": 1}}]}})


def build_index(client):
    client.call("PUT", f"{PATH}/index?wait=true", {"field_name": "text", "field_schema": "text"})
    client.call("DELETE", f"{PATH}/index/text?wait=true")


def long_log(client):
    """As much as makes a checkpoint due: the server is started with checkpoint_log_mb = 1."""
    vector = [0.5] * DIMENSION
    batch = [{"id": 900_000_000 + i, "vector": vector, "payload": payload(i)} for i in range(1500)]
    client.call("PUT", f"{PATH}/points?wait=true", {"points": batch})


WORK = {"nothing": None, "a filter without an index": slow_filter, "an index is built": build_index,
        "checkpoints": long_log}


def beside(server, work, points):
    """(how often the work was done, what searches took, what upserts took)."""
    random = np.random.default_rng(2)
    queries = random.standard_normal((256, DIMENSION), dtype=np.float32).tolist()
    client, done = qdrant(server), 0
    search = Pinger(server, lambda i: ("POST", f"{PATH}/points/query", {"query": queries[i % 256], "limit": 10}))
    upsert = Pinger(server, lambda i: ("PUT", f"{PATH}/points?wait=true", {"points": [
        {"id": i * 7919 % points, "vector": queries[i % 256], "payload": payload(i)}]}))
    with search, upsert:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            if work is None:
                time.sleep(SECONDS)
            else:
                work(client)
            done += 1
    client.close()
    return done, search, upsert


def run(binary, points):
    support_server.BINARY = pathlib.Path(binary).resolve()
    server = support_server.Server(environment={"ALIDADE__CHECKPOINT_LOG_MB": "1"}).start()
    try:
        client = qdrant(server)
        with measure.Cost(server) as cost:
            load(client, points)
        wait_indexed(client)
        print(f"\n{binary}\nloaded {points} points: {cost.cpu_s / points * 1e6:.0f} us of CPU per point; "
              f"resident {measure.resident_bytes(server.pid) >> 20} MB")
        quiet = None
        print(f"{'beside':28} {'times':>5}   {'search p50 / p99 / max ms':>27} {'x':>6}   "
              f"{'upsert p50 / p99 / max ms':>27} {'x':>6}")
        for name, work in WORK.items():
            done, search, upsert = beside(server, work, points)
            p99 = (search.percentile_ms(99), upsert.percentile_ms(99))
            quiet = quiet or p99
            columns = [f"{one.percentile_ms(50):8.2f} {one.percentile_ms(99):8.2f} {one.percentile_ms(100):9.2f} "
                       f"{mine / before:6.1f}" for one, mine, before in zip((search, upsert), p99, quiet)]
            print(f"{name:28} {done:5}   {columns[0]}   {columns[1]}", flush=True)
        with measure.Cost(server) as cost:
            for i in range(500):
                client.call("PUT", f"{PATH}/points?wait=true", json.dumps({"points": [
                    {"id": i * 31 % points, "vector": [1.0] * DIMENSION, "payload": payload(i)}]}).encode())
        print(f"single upserts: {cost.cpu_s / 500 * 1e6:.0f} us of CPU each; "
              f"resident {measure.resident_bytes(server.pid) >> 20} MB")
    finally:
        server.stop()


if __name__ == "__main__":
    measure.each_binary(sys.argv[1:], run, points=100_000, otherwise=support_server.BINARY)
