"""What the C++ clients cost: CPU of the client's process, beside the Python client and beside the server.

    build/venv/bin/python benchmarks/client_bench.py [add] [query] [upload] [size]

`add` gives the same records to the same server through chromadb and through ours; everything is in memory before the clock
starts, and both send the same batches. `query` compares one connection of ours with a bare socket that carries the same bytes.
`upload` compares the Qdrant client with the server that it keeps busy. `size` reads the static libraries beside the server.
ALIDADE_BINARY and ALIDADE_DATA as in the tests.
"""

import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]
import measure  # noqa: E402
from support.dataset import DIMENSION, Dataset  # noqa: E402
from support.server import BINARY, Server  # noqa: E402

PROGRAM = BINARY.parent / "benchmarks/client_bench"
BATCH = 2000
QUERIES = 3000
ROUNDS = 3


class Inputs:
    """The data set as the program reads it."""

    def __init__(self, folder, data):
        self.data = data
        self.vectors, self.rows = pathlib.Path(folder) / "vectors", pathlib.Path(folder) / "rows"
        np.asarray(data.vectors, dtype=np.float32).tofile(self.vectors)
        self.rows.write_text("".join(json.dumps(data.metadata(i)) + "\n" for i in range(len(data))))

    def program(self, what, url, *arguments):
        ran = subprocess.run([PROGRAM, what, url, self.vectors, str(DIMENSION), *map(str, arguments)], text=True,
                             capture_output=True, env={**os.environ, "no_proxy": "*"})
        assert ran.returncode == 0, ran.stderr
        return list(map(float, ran.stdout.split()))


def add_with_chromadb(server, data):
    """CPU seconds of this process for the calls."""
    import chromadb
    collection = chromadb.HttpClient(host="127.0.0.1", port=server.chroma).create_collection("theirs", embedding_function=None)
    batches = []
    for first in range(0, len(data), BATCH):
        rows = range(first, min(first + BATCH, len(data)))
        batches.append({"ids": [f"package-{n}" for n in rows], "embeddings": data.vectors[rows.start:rows.stop],
                        "metadatas": [data.metadata(n) for n in rows]})
    started = time.process_time()
    for batch in batches:
        collection.add(**batch)
    cost = time.process_time() - started
    assert collection.count() == len(data)
    return cost


def add(inputs):
    measure.heading(f"add {len(inputs.data)} × {DIMENSION} with metadata, {BATCH} a call, one connection")
    theirs, ours = [], []
    for _ in range(ROUNDS):
        with Server() as server:
            theirs.append(add_with_chromadb(server, inputs.data))
            ours.append(inputs.program("add", server.chroma_url, inputs.rows, BATCH)[0])
    theirs, ours = statistics.median(theirs), statistics.median(ours)
    measure.row("chromadb: CPU of the client", f"{theirs:.2f} s")
    measure.row("alidade::chroma: CPU of the client", f"{ours:.2f} s")
    measure.row("chromadb / ours", f"{theirs / ours:.1f}", ">= 10")


def query(inputs):
    measure.heading("query of 10 hits with metadata, one connection")
    with Server() as server:
        inputs.program("add", server.chroma_url, inputs.rows, BATCH)
        ours, bare = inputs.program("query", server.chroma_url, QUERIES)
    measure.row("alidade::chroma: CPU of a call", f"{ours:.1f} µs")
    measure.row("the same bytes through a socket", f"{bare:.1f} µs")
    measure.row("beyond the socket", f"{ours - bare:.1f} µs", "<= 40 µs")


def upload(inputs):
    measure.heading(f"upload {len(inputs.data)} points with payload through alidade::qdrant, 2 connections")
    for what, name in (("upload", "REST"), ("upload_grpc", "gRPC")):
        shares = []
        for _ in range(ROUNDS):
            with Server() as server:
                url = server.rest_url if what == "upload" else f"http://127.0.0.1:{server.grpc}"
                with measure.Cost(server) as cost:
                    client = inputs.program(what, url, inputs.rows, 2)[0]
                shares.append((client / cost.cpu_s, client, cost.cpu_s))
        share, client, busy = sorted(shares)[len(shares) // 2]
        measure.row(f"{name}: CPU of client and server", f"{client:.2f} s and {busy:.2f} s")
        measure.row(f"{name}: client / server", f"{share:.2f}", "<= 0.3")


def size(_inputs):
    measure.heading("the static client")
    archives = sorted(BINARY.parent.glob("client/libalidade_*.a"))
    archives = [path for path in archives if path.stem in ("libalidade_core", "libalidade_chroma", "libalidade_qdrant", "libalidade_embed")]
    total, foreign = 0, set()
    for path in archives:
        total += int(subprocess.check_output(["size", "-t", path], text=True).splitlines()[-1].split()[3])
        listed = subprocess.check_output(["nm", "-gC", "--defined-only", path], text=True)
        # Weak ones are inline functions, which every program may hold.
        foreign |= {name for name in re.findall(r"^[0-9a-f]+ [TDBR] (.+)$", listed, re.MULTILINE) if "alidade::" not in name}
    measure.row(f"code and data of {len(archives)} libraries", f"{total / 2**20:.2f} MiB", "<= 3 MB")
    measure.row("strong symbols that are not ours", f"{len(foreign)}", "0")


PARTS = {"add": add, "query": query, "upload": upload, "size": size}


def main(names):
    print(measure.machine())
    with tempfile.TemporaryDirectory(prefix="alidade-bench-") as folder:
        inputs = Inputs(folder, Dataset())
        for name in names or PARTS:
            PARTS[name](inputs)


if __name__ == "__main__":
    main(sys.argv[1:])
