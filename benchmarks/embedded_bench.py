"""What a query costs in the process, against the same through REST: CPU of client and server together.

    build/venv/bin/python benchmarks/embedded_bench.py [queries a round] [rounds]

Both sides hold the same vectors in the same form; rounds take turns, so that the machine's moods meet both. The sum over
the hits says that they found the same. ALIDADE_BINARY as in the tests.
"""

import os
import pathlib
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

PROGRAM = BINARY.parent / "benchmarks/embedded_bench"


class Side:
    """One program that asks, on a folder or through a server."""

    def __init__(self, place, vectors, queries):
        environment = {**os.environ, "no_proxy": "*"}
        subprocess.run([PROGRAM, "load", place, vectors, str(DIMENSION)], check=True, env=environment)
        self._process = subprocess.Popen([PROGRAM, "query", place, vectors, str(DIMENSION), str(queries)], text=True,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        assert self._process.stdout.readline() == "ready\n"

    def round(self):
        """CPU of the program for a query in microseconds, and the sum over the hits."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        microseconds, hits = self._process.stdout.readline().split()
        return float(microseconds), int(hits)

    def end(self):
        self._process.stdin.close()
        self._process.wait(timeout=60)


def main(queries=2000, rounds=7):
    print(measure.machine())
    with tempfile.TemporaryDirectory(prefix="alidade-bench-") as folder, Server() as server:
        data = Dataset()
        for count in (1000, len(data)):
            vectors = pathlib.Path(folder) / "vectors"
            np.asarray(data.vectors[:count], dtype=np.float32).tofile(vectors)
            embedded = Side(pathlib.Path(folder) / f"data-{count}", vectors, queries)
            rest = Side(server.chroma_url, vectors, queries)
            time.sleep(3)  # Graphs are built behind both.
            costs = {"embedded": [], "client": [], "server": []}
            for _ in range(rounds):
                cost, found = embedded.round()
                costs["embedded"].append(cost)
                with measure.Cost(server) as server_cost:
                    cost, same = rest.round()
                # Scans are exact; graphs that were built apart may differ in what they miss.
                assert count > 1000 or found == same, "the two sides found different records"
                costs["client"].append(cost)
                costs["server"].append(server_cost.cpu_s / queries * 1e6)
            embedded.end(), rest.end()
            measure.heading(f"{count} records of {DIMENSION} numbers, 10 hits with documents and metadata, one thread")
            middle = {name: statistics.median(values) for name, values in costs.items()}
            through_rest = middle["client"] + middle["server"]
            measure.row("REST: CPU of a query (client + server)",
                        f"{through_rest:.0f} µs ({middle['client']:.0f} + {middle['server']:.0f})")
            measure.row("embedded: CPU of a query", f"{middle['embedded']:.0f} µs")
            measure.row("embedded / REST", f"{middle['embedded'] / through_rest:.2f}", "<= 0.5")
            subprocess.run(["curl", "-s", "-X", "DELETE", f"{server.rest_url}/collections/bench"], check=True,
                           stdout=subprocess.DEVNULL, env={**os.environ, "no_proxy": "*"})


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
