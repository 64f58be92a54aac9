"""The log of a collection stays short whatever is written, and so do many logs together."""

import os
import threading
import time

from support.http_json import qdrant
from support.server import Server

from folders import log_bytes

MIB = 1 << 20
LONG = os.environ.get("ALIDADE_LONG") == "1"
SMALL_CHECKPOINTS = {"ALIDADE__CHECKPOINT_LOG_MB": "1"}
# A writer waits above 4 MiB; one record more may be on its way, and a segment that holds covered
# records and newer ones stays.
HARD_BOUND = 4 * MIB + MIB


def wait_below(folder, bound, seconds=60):
    deadline = time.monotonic() + seconds
    while log_bytes(folder) >= bound:
        assert time.monotonic() < deadline, f"{log_bytes(folder)} bytes of log stay"
        time.sleep(0.02)


def test_every_mix_of_operations(tmp_path):
    rounds = 1500 if LONG else 150
    with Server(data=tmp_path, environment=SMALL_CHECKPOINTS) as server:
        http = qdrant(server)
        http.call("PUT", "/collections/c", {"vectors": {"size": 8, "distance": "Dot"},
                                            "optimizers_config": {"indexing_threshold": 0}})
        text = "t" * 300
        most = 0
        for i in range(rounds):
            ids = list(range(i * 100 % 1000, i * 100 % 1000 + 100))
            points = [{"id": n, "vector": [n % 5] * 8, "payload": {"text": text, "round": i}} for n in ids]
            wait = "true" if i % 3 else "false"
            http.call("PUT", f"/collections/c/points?wait={wait}", {"points": points})
            http.call("POST", f"/collections/c/points/payload?wait={wait}", {"payload": {"more": text}, "points": ids})
            http.call("POST", f"/collections/c/points/delete?wait={wait}",
                      {"filter": {"must": [{"key": "round", "match": {"value": i - 2}}]}})
            if i % 10 == 0:
                http.call("PUT", "/collections/c/index?wait=true", {"field_name": "round", "field_schema": "integer"})
            # Refused, though a part of it may be logged.
            http.send("POST", "/collections/c/points/payload?wait=true", {"payload": {"a": text}, "points": [1 << 40]})
            most = max(most, log_bytes(server.data))
            assert most <= HARD_BOUND
        wait_below(server.data, 2 * MIB)
        print(f"most log: {most} bytes")


def test_writers_wait_for_checkpoints(tmp_path):
    """Four writers at full speed do not outrun the one thread that writes checkpoints."""
    seconds = 20 if LONG else 3
    with Server(data=tmp_path, environment=SMALL_CHECKPOINTS) as server:
        qdrant(server).call("PUT", "/collections/c", {"vectors": {"size": 64, "distance": "Dot"}})
        stop_at = time.monotonic() + seconds
        failures = []

        def write(first):
            http, i = qdrant(server), 0
            while time.monotonic() < stop_at:
                points = [{"id": first + n, "vector": [n % 5] * 64, "payload": {"text": "x" * 500}} for n in range(100)]
                status, answer = http.send("PUT", "/collections/c/points?wait=false", {"points": points})
                if status != 200:
                    failures.append((status, answer))
                i += 1

        writers = [threading.Thread(target=write, args=(first,)) for first in range(0, 400, 100)]
        for writer in writers:
            writer.start()
        most = 0
        while any(writer.is_alive() for writer in writers):
            most = max(most, log_bytes(server.data))
            time.sleep(0.01)
        for writer in writers:
            writer.join()
        assert not failures, failures[:3]
        assert most <= HARD_BOUND + 4 * MIB  # What each writer had in hand.
        assert qdrant(server).call("POST", "/collections/c/points/count", {})["result"]["count"] == 400
        print(f"most log: {most} bytes")


def test_many_small_logs_together(tmp_path):
    """None of them reaches its own bound; the sum has one, too, so that a start stays short."""
    collections = 200 if LONG else 40
    with Server(data=tmp_path, environment=SMALL_CHECKPOINTS) as server:
        http = qdrant(server)
        for i in range(collections):
            http.call("PUT", f"/collections/c{i}", {"vectors": {"size": 4, "distance": "Dot"}})
            points = [{"id": n, "vector": [1, 2, 3, 4], "payload": {"text": "x" * 5000}} for n in range(100)]
            http.call("PUT", f"/collections/c{i}/points?wait=true", {"points": points})
        # Half a MiB each; what no checkpoint covers is at most 8 MiB together.
        deadline = time.monotonic() + 60
        while len(list(server.data.rglob("manifest"))) < collections - 17:
            assert time.monotonic() < deadline, "too few of them have a checkpoint"
            time.sleep(0.05)
        server.kill()
        server.start()
        http = qdrant(server)
        for i in range(collections):
            assert http.call("POST", f"/collections/c{i}/points/count", {})["result"]["count"] == 100
