"""What a page costs, first and last: scroll by id, by an ordered index, behind a filter, and Chroma's get.

    build/venv/bin/python benchmarks/paging_bench.py [--points N] [BINARY…]

Each binary in turn (ALIDADE_BINARY, or the built one, when none is given). Pages of 100 ids; the time is the median of 20
requests for the same page.
"""

import pathlib
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]
import measure  # noqa: E402
from support import server as support_server  # noqa: E402
from support.http_json import chroma, qdrant  # noqa: E402

ROWS_PER_REQUEST = 2000
PAGE = 100
PATH = "/collections/items"


def load(client, points):
    client.call("PUT", PATH, {"vectors": {"size": 4, "distance": "Dot"}, "optimizers_config": {"indexing_threshold": 0}})
    client.call("PUT", f"{PATH}/index?wait=true", {"field_name": "n", "field_schema": "integer"})
    for start in range(0, points, ROWS_PER_REQUEST):
        batch = [{"id": i * 7919 % points, "vector": [1, 2, 3, 4], "payload": {"n": i, "plain": i % 10}}
                 for i in range(start, start + ROWS_PER_REQUEST)]
        client.call("PUT", f"{PATH}/points?wait=false", {"points": batch})


def median_ms(call):
    taken = []
    for _ in range(20):
        start = time.monotonic()
        call()
        taken.append(time.monotonic() - start)
    return statistics.median(taken) * 1000


def run(binary, points):
    support_server.BINARY = pathlib.Path(binary).resolve()
    server = support_server.Server().start()
    try:
        client = qdrant(server)
        with measure.Cost(server) as cost:
            load(client, points)
        print(f"\n{binary}\nloaded {points} points: {cost.cpu_s / points * 1e6:.1f} us of CPU per point; "
              f"resident {measure.resident_bytes(server.pid) >> 20} MB")
        plain = {"must": [{"key": "plain", "match": {"value": 3}}]}
        few = {"must": [{"key": "n", "range": {"lt": 50}}]}
        kinds = {
            "by id": lambda at: {"offset": at},
            "by id, a filter without an index": lambda at: {"offset": at, "filter": plain},
            "by id, 50 rows by an index": lambda at: {"filter": few},
            "by value": lambda at: {"order_by": {"key": "n", "start_from": at}},
            "by value, a filter without an index": lambda at: {"order_by": {"key": "n", "start_from": at}, "filter": plain},
        }
        for name, body_of in kinds.items():
            first, last = (median_ms(lambda at=at: client.call("POST", f"{PATH}/points/scroll", {
                "limit": PAGE, "with_payload": False, **body_of(at)})) for at in (0, points - 2 * PAGE))
            print(f"{name:40} first {first:8.2f} ms, last {last:8.2f} ms")
        texts = chroma(server)
        made = texts.call("POST", "/collections", {"name": "records"})["id"]
        for start in range(0, points, ROWS_PER_REQUEST):
            ids = [f"record-{i}" for i in range(start, start + ROWS_PER_REQUEST)]
            texts.call("POST", f"/collections/{made}/add", {"ids": ids, "embeddings": [[1, 2]] * len(ids)})
        first, last = (median_ms(lambda at=at: texts.call("POST", f"/collections/{made}/get", {
            "limit": PAGE, "offset": at, "include": []})) for at in (0, points - PAGE))
        print(f"{'Chroma get':40} first {first:8.2f} ms, last {last:8.2f} ms")
    finally:
        server.stop()


if __name__ == "__main__":
    measure.each_binary(sys.argv[1:], run, points=200_000, otherwise=support_server.BINARY)
