"""What the server costs on real data: CPU of its process beside wall time, with recall beside speed.

    build/venv/bin/python benchmarks/server_bench.py [write] [search] [chroma] [rest]

Takes the full data set where it is (tests/support/dataset.py), else the sample; ALIDADE_BINARY as in the
tests. Compare CPU times; wall time is the client's and the machine's, too.
"""

import json
import pathlib
import sys
import tempfile
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/endtoend"), str(ROOT / "benchmarks")]
import loading  # noqa: E402
import measure  # noqa: E402
from support.dataset import DIMENSION, INDEXES, Dataset  # noqa: E402
from support.http_json import CHROMA_PATH, HttpJson  # noqa: E402
from support.server import BINARY, Server  # noqa: E402

ROWS_PER_REQUEST = 200
QUERIES = 1000
EFS = (16, 24, 32, 40, 48, 56, 64, 80, 96, 128, 192, 256)


def encoded(body):
    return json.dumps(body, separators=(",", ":")).encode()


def upsert_bodies(data):
    for start in range(0, len(data), ROWS_PER_REQUEST):
        rows = range(start, min(start + ROWS_PER_REQUEST, len(data)))
        yield len(rows), encoded({"points": [data.point(i) for i in rows]})


def wait_indexed(server):
    http = HttpJson(server.rest_url)
    while http.call("GET", f"/collections/{loading.NAME}")["result"]["status"] != "green":
        time.sleep(0.2)


def mean_recall(data, search, allowed=None, queries=QUERIES):
    queries = range(min(queries, len(data.queries)))
    return sum(data.recall(q, search(q), allowed) for q in queries) / len(queries)


# ---------------------------------------------------------------- writing

def write(data):
    measure.heading(f"REST upsert, {ROWS_PER_REQUEST} rows a request, payload, {len(INDEXES)} payload indexes, "
                    "graph held back")
    bodies = list(upsert_bodies(data))
    size = sum(len(body) for _, body in bodies)
    folder = tempfile.TemporaryDirectory(prefix="alidade-bench-")
    floor_file = pathlib.Path(folder.name) / "bodies"
    with open(floor_file, "wb") as out:
        for _, body in bodies:
            out.write(body + b"\n")
    print_floor(floor_file, len(data))
    for wait in ("false", "true"):
        with Server() as server:
            http = HttpJson(server.rest_url)
            http.call("PUT", "/collections/w", {"vectors": {"size": DIMENSION, "distance": "Cosine"},
                                                "optimizers_config": {"indexing_threshold": 0}})
            for field, kind in INDEXES.items():
                http.call("PUT", "/collections/w/index?wait=true", {"field_name": field, "field_schema": kind})
            with measure.Cost(server) as cost:
                for _, body in bodies:
                    http.call("PUT", f"/collections/w/points?wait={wait}", body)
            measure.row(f"wait={wait}: CPU of the process per row ({size / len(data):.0f} bytes of JSON a row)",
                        f"{cost.cpu_s / len(data) * 1000:.4f} ms", "<= 0.10 ms")
            measure.row(f"wait={wait}: points per second, one connection", f"{len(data) / cost.wall_s:,.0f}")
            measure.row(f"wait={wait}: resident afterwards / disk",
                        f"{measure.resident_bytes(server.pid) >> 20} MB / {measure.disk_bytes(server.data) >> 20} MB")
    folder.cleanup()


def print_floor(bodies, rows):
    """Parsing the same bodies and nothing else, when the program for it is built."""
    import subprocess
    program = BINARY.parent / "benchmarks/json_floor"
    if not program.exists():
        return
    seconds = float(subprocess.run([str(program), str(bodies)], capture_output=True, text=True, check=True).stdout)
    measure.row("floor: parsing these bodies with simdjson and reading the floats", f"{seconds / rows * 1000:.4f} ms")


# ---------------------------------------------------------------- searching

def loaded_server(data, face):
    server = Server().start()
    loader = loading.FACES[face](server)
    loader.create()
    with measure.Cost(server) as cost:
        loading.load(loader, data)
        wait_indexed(server)
    measure.row(f"loading through {face} and building the graph: CPU per row / wall",
                f"{cost.cpu_s / len(data) * 1000:.3f} ms / {cost.wall_s:.0f} s")
    return server


def search(data):
    measure.heading("Search through REST, k = 10, no payload, one connection")
    server = loaded_server(data, "rest")
    http = HttpJson(server.rest_url)

    def body(q, ef, condition=None):
        request = {"query": data.queries[q].tolist(), "limit": 10}
        if ef:
            request["params"] = {"hnsw_ef": ef}
        if condition:
            request["filter"] = condition
        return encoded(request)

    def ids(content):
        answer = http.call("POST", f"/collections/{loading.NAME}/points/query", content)
        return [p["id"] for p in answer["result"]["points"]]

    reached = False
    for ef in EFS:
        found = mean_recall(data, lambda q: ids(body(q, ef)), queries=500)
        if ef not in (64, 128, 256) and (found < 0.95 or reached):
            continue
        cpu_row(server, f"ef {ef}: recall@10 {found:.4f}", ids, [body(q, ef) for q in queries_of(data)],
                "" if reached or found < 0.95 else "<= 0.30 ms")
        reached = reached or found >= 0.95
    found = mean_recall(data, lambda q: ids(body(q, None)), queries=500)
    cpu_row(server, f"default parameters: recall@10 {found:.4f}", ids, [body(q, None) for q in queries_of(data)])
    for condition in data.filters:
        allowed = data.matching(condition["name"])
        found = mean_recall(data, lambda q: ids(body(q, None, condition["qdrant"])), allowed, 200)
        cpu_row(server, f"{condition['name']} ({allowed.mean():.2%}): recall@10 {found:.4f}", ids,
                [body(q, None, condition["qdrant"]) for q in queries_of(data)])
    start_times(data, server)
    server.remove()


def queries_of(data):
    return range(min(QUERIES, len(data.queries)))


def cpu_row(server, what, call, bodies, reach=""):
    for content in bodies[:50]:
        call(content)
    with measure.Cost(server) as cost:
        for content in bodies:
            call(content)
    measure.row(what + ": CPU per request / wall",
                f"{cost.cpu_s / len(bodies) * 1000:.3f} / {cost.wall_s / len(bodies) * 1000:.3f} ms", reach)


def chroma(data):
    measure.heading("Query through Chroma, k = 10, distances only, one connection")
    server = loaded_server(data, "chroma")
    base = HttpJson(server.chroma_url + CHROMA_PATH)
    path = f"/collections/{base.call('GET', f'/collections/{loading.NAME}')['id']}/query"

    def body(q, where=None):
        request = {"query_embeddings": [data.queries[q].tolist()], "n_results": 10, "include": ["distances"]}
        if where:
            request["where"] = where
        return encoded(request)

    def ids(content):
        return [int(i) for i in base.call("POST", path, content)["ids"][0]]

    found = mean_recall(data, lambda q: ids(body(q)), queries=500)
    cpu_row(server, f"no where: recall@10 {found:.4f}", ids, [body(q) for q in queries_of(data)], "<= 0.35 ms")
    conditions = [(c["name"], c["chroma_where"], data.matching(c["name"])) for c in data.filters]
    sizes = np.array([row["size_bytes"] for row in data.rows])
    for share in (1, 5, 10, 25, 50, 75, 90):
        bound = int(np.percentile(sizes, share))
        conditions.append((f"size_bytes < {bound}", {"size_bytes": {"$lt": bound}}, sizes < bound))
    for name, where, allowed in conditions:
        found = mean_recall(data, lambda q: ids(body(q, where)), allowed, 200)
        cpu_row(server, f"{name} ({allowed.mean():.2%}): recall@10 {found:.4f}", ids,
                [body(q, where) for q in queries_of(data)], "<= 2 ms, >= .95")
    server.remove()


# ---------------------------------------------------------------- starting, resting, single requests

def start_times(data, server):
    def seconds(end):
        end()
        started = time.monotonic()
        server.start()
        server.wait_ready()
        http = HttpJson(server.rest_url)
        answer = http.call("POST", f"/collections/{loading.NAME}/points/query", {"query": data.queries[0].tolist()})
        assert answer["result"]["points"]
        return time.monotonic() - started

    measure.row("start to first answer after a clean stop", f"{seconds(server.stop):.2f} s", "< 1 s")
    measure.row("start to first answer after kill -9, idle", f"{seconds(server.kill):.2f} s", "< 1 s")
    face = loading.RestFace(server)
    loading.load(face, data, range(0, min(len(data), 5000)))
    measure.row("start to first answer after kill -9, just after 5,000 upserts", f"{seconds(server.kill):.2f} s", "< 1 s")


def rest(data):
    measure.heading("At rest, and single requests")
    with Server() as server:
        http = HttpJson(server.rest_url)
        http.call("GET", "/collections")
        idle = measure.resident_bytes(server.pid)
        measure.row("idle server, resident", f"{idle / (1 << 20):.1f} MB", "< 40 MB")

        def create(i):
            http.call("PUT", f"/collections/e{i}", {"vectors": {"size": DIMENSION, "distance": "Cosine"}})

        before = measure.disk_bytes(server.data)
        p50 = measure.median_ms(create, 1000)
        measure.row("create collection, p50 of 1,000", f"{p50:.2f} ms", "< 20 ms")
        slope = (measure.resident_bytes(server.pid) - idle) / 1000
        measure.row("slope over 1,000 empty collections: resident", f"{slope / 1024:.1f} KB", "< 64 KB")
        slope = (measure.disk_bytes(server.data) - before) / 1000
        measure.row("slope over 1,000 empty collections: disk", f"{slope / 1024:.1f} KB", "< 256 KB")
        bodies = [encoded({"points": [data.point(i)]}) for i in range(1000)]
        p50 = measure.median_ms(lambda i: http.call("PUT", "/collections/e0/points?wait=true", bodies[i]), 1000)
        measure.row("single upsert, wait=true, p50", f"{p50:.2f} ms", "< 2 ms")
        p50 = measure.median_ms(lambda i: http.call("GET", f"/collections/e0/points/{i}"), 1000)
        measure.row("retrieve by id, p50", f"{p50:.2f} ms", "< 1 ms")


PARTS = {"write": write, "search": search, "chroma": chroma, "rest": rest}


def main():
    data = Dataset()
    print(f"{measure.machine()}\n{len(data)} rows × {DIMENSION}, {'full set' if data.is_full else 'sample'}; {BINARY}")
    for part in sys.argv[1:] or PARTS:
        PARTS[part](data)


if __name__ == "__main__":
    main()
