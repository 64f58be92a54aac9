"""How long a server with many small collections takes to stop, what its disk holds, and the start behind it.

    build/venv/bin/python benchmarks/stop_bench.py [collections] [points of each]

Writes the points, sends SIGTERM, and prints the seconds until the process is gone, then the same for a second stop
without a change in between. ALIDADE_BINARY as in the tests.
"""

import pathlib
import resource
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]
from support.http_json import qdrant  # noqa: E402
from support.server import Server  # noqa: E402

SIZE = 16


def disk_mib(folder):
    return sum(path.lstat().st_blocks for path in folder.rglob("*")) * 512 / (1 << 20)


def seconds(work):
    started = time.monotonic()
    work()
    return time.monotonic() - started


def main(collections=7500, points=10):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # The server inherits it.
    server = Server()
    try:
        server.start()
        http = qdrant(server)
        body = {"points": [{"id": i, "vector": [i % 5] * SIZE, "payload": {"n": i, "text": f"point {i}"}}
                           for i in range(points)]}

        def write():
            for i in range(collections):
                http.call("PUT", f"/collections/c{i}", {"vectors": {"size": SIZE, "distance": "Dot"}})
                http.call("PUT", f"/collections/c{i}/points?wait=true", body)

        print(f"{collections} collections of {points} points, open files {soft} of {hard}")
        print(f"written in {seconds(write):.1f} s")
        print(f"stopped in {seconds(server.stop):.2f} s, {disk_mib(server.data):.0f} MiB on disk")
        print(f"started in {seconds(server.start):.2f} s")
        http = qdrant(server)
        for i in range(0, collections, 97):
            assert http.call("POST", f"/collections/c{i}/points/count", {})["result"]["count"] == points
        print(f"stopped again in {seconds(server.stop):.2f} s, nothing was written in between")
    finally:
        server.kill()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
