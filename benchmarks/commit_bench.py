"""Acknowledged single-row writes with wait=true over many connections, and the fdatasyncs that they cost.

    build/venv/bin/python benchmarks/commit_bench.py [--connections 64] [--sync-ms 0,5] [BINARY…]

Each binary in turn, several rounds, so that the machine's moods meet all of them. A shim that is compiled here (cc) and
preloaded counts the server's fdatasyncs and makes each take that many milliseconds longer: 0 is this disk, 5 is a
common network disk. Printed are writes per second, p99, fdatasyncs per write, and the ratio to the first binary.
"""

import argparse
import json
import pathlib
import selectors
import socket
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]
import measure  # noqa: E402
from support import server as support_server  # noqa: E402
from support.http_json import qdrant  # noqa: E402
from support.sync_shim import SyncShim  # noqa: E402

SECONDS = 3
ROUNDS = 3


def request(port, number):
    point = {"id": number, "vector": [1.0, 2.0, 3.0, 4.0], "payload": {"n": number}}
    body = json.dumps({"points": [point]}).encode()
    head = f"PUT /collections/items/points?wait=true HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n"
    return (head + f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n").encode() + body


def answer_ends(text):
    """Whether a whole answer is there; it has to be a success."""
    head, found, body = text.partition(b"\r\n\r\n")
    if not found:
        return False
    assert head.startswith(b"HTTP/1.1 200"), text
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    return len(body) >= length


def write_for(port, connections, seconds):
    """@return what each acknowledged write took, in seconds."""
    taken, number = [], 0
    with selectors.DefaultSelector() as selector:
        sockets = []
        for _ in range(connections):
            one = socket.create_connection(("127.0.0.1", port))
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            number += 1
            one.sendall(request(port, number))
            selector.register(one, selectors.EVENT_READ, [time.monotonic(), b""])
            sockets.append(one)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for key, _ in selector.select(1):
                state = key.data
                state[1] += key.fileobj.recv(65536)
                if not answer_ends(state[1]):
                    continue
                taken.append(time.monotonic() - state[0])
                number += 1
                state[:] = [time.monotonic(), b""]
                key.fileobj.sendall(request(port, number))
        for one in sockets:
            one.close()
    return taken


def measure_once(binary, connections, sync_ms):
    support_server.BINARY = pathlib.Path(binary).resolve()
    with tempfile.TemporaryDirectory(prefix="alidade-commit-") as folder:
        shim = SyncShim(folder, sync_ms)
        with support_server.Server(environment=shim.environment()) as server:
            qdrant(server).call("PUT", "/collections/items", {"vectors": {"size": 4, "distance": "Dot"}})
            write_for(server.rest, connections, 0.5)
            before = shim.count()
            taken = sorted(write_for(server.rest, connections, SECONDS))
            return len(taken) / SECONDS, taken[len(taken) * 99 // 100], (shim.count() - before) / len(taken)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--sync-ms", default="0,5")
    parser.add_argument("binaries", nargs="*", default=[str(support_server.BINARY)])
    options = parser.parse_args()
    for sync_ms in map(float, options.sync_ms.split(",")):
        measure.heading(f"{options.connections} connections, single rows, wait=true, {sync_ms:g} ms more per fdatasync")
        rounds = [[measure_once(binary, options.connections, sync_ms) for binary in options.binaries]
                  for _ in range(ROUNDS)]
        for place, binary in enumerate(options.binaries):
            speed, p99, syncs = (statistics.median(one[place][part] for one in rounds) for part in range(3))
            ratio = statistics.median(one[place][0] / one[0][0] for one in rounds)
            print(f"{binary}: {speed:7.0f} writes/s ({ratio:.2f}x)  p99 {p99 * 1000:6.1f} ms  "
                  f"{syncs:.4f} fdatasyncs a write", flush=True)


if __name__ == "__main__":
    main()
