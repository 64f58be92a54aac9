"""What was deleted leaves the disk: at once with its collection, after a compaction with its point."""

import base64
import os
import threading
import time

from support.http_json import CHROMA_PATH, HttpJson, qdrant
from support.server import Server

from folders import disk_bytes, files_with, log_blocks, log_bytes

LONG = os.environ.get("ALIDADE_LONG") == "1"
KIB = 1 << 10
MIB = 1 << 20
# A reserve for deletions would hide what is compared here.
PLAIN = {"ALIDADE__DISK_RESERVE_MB": "0"}
SECRET = "tell-nobody"


def points(count, text, size=8, seed=0):
    return [{"id": n, "vector": [(n * 7 + seed) % 11 - 5.0] * size, "payload": {"text": f"{text} {n}", "n": n}}
            for n in range(count)]


def new_folder(path):
    path.mkdir()
    return path


def compact(http, name):
    assert http.call("POST", f"/alidade/collections/{name}/compact")["result"] is True


def fill_with_secrets(server):
    """Secret texts in every place that a user's text can have, and then no longer: deleted, replaced, cleared."""
    http = qdrant(server)
    http.call("PUT", "/collections/c", {"vectors": {"size": 8, "distance": "Dot"}})
    for field, schema in [("text", {"type": "text", "tokenizer": "word"}), ("tag", "keyword")]:
        http.call("PUT", "/collections/c/index?wait=true", {"field_name": field, "field_schema": schema})
    for part in range(3):
        secret = [{**point, "id": point["id"] + 100 * part, "payload": {**point["payload"], "tag": f"{SECRET}{part}"}}
                  for point in points(100, SECRET)]
        http.call("PUT", "/collections/c/points?wait=true", {"points": secret})
        if part == 0:
            compact(http, "c")  # The secrets are in a checkpoint, and others only in the log.
    chroma = HttpJson(server.chroma_url + CHROMA_PATH)
    made = chroma.call("POST", "/collections", {"name": "notes"})
    records = {"ids": [f"{SECRET}-{n}" for n in range(50)], "embeddings": [[n, 1.0] for n in range(50)],
               "documents": [f"{SECRET} {n}" for n in range(50)], "metadatas": [{"m": f"{SECRET} {n}"} for n in range(50)],
               "uris": [f"file:///{SECRET}/{n}" for n in range(50)]}
    chroma.call("POST", f"/collections/{made['id']}/add", records)
    assert files_with(server.data, SECRET)
    # Now none of it is to stay.
    http.call("POST", "/collections/c/points/delete?wait=true", {"points": list(range(100))})
    http.call("PUT", "/collections/c/points?wait=true",
              {"points": [{**point, "id": point["id"] + 100} for point in points(100, "harmless")]})
    http.call("POST", "/collections/c/points/payload/clear?wait=true", {"points": list(range(200, 300))})
    chroma.call("POST", f"/collections/{made['id']}/delete", {"ids": records["ids"]})
    chroma.close()


def test_deleted_text_is_in_no_file_after_a_compaction(tmp_path):
    with Server(data=tmp_path) as server:
        fill_with_secrets(server)
        http = qdrant(server)
        for name in ("c", "notes"):
            compact(http, name)
        assert files_with(server.data, SECRET) == []
        assert files_with(server.data, base64.b64encode(SECRET.encode())[:-2].decode()) == []
        assert files_with(server.data, "harmless")
        for _ in range(2):  # What is left is whole, however it is opened.
            count = http.call("POST", "/collections/c/points/count", {"exact": True})["result"]["count"]
            assert count == 200
            got = http.call("POST", "/collections/c/points", {"ids": [150], "with_payload": True})["result"]
            assert got[0]["payload"] == {"text": "harmless 50", "n": 50}
            server.kill()
            server.start()
            http = qdrant(server)
        http.call("PUT", "/collections/c/points?wait=true", {"points": points(1, "again")})
        assert http.call("POST", "/collections/c/points/count", {"exact": True})["result"]["count"] == 201


def test_a_compaction_that_was_killed_is_repeated(tmp_path):
    """Nothing is lost by the kill, and nothing of the secrets outlives the next compaction."""
    with Server(data=tmp_path) as server:
        fill_with_secrets(server)
        for attempt in range(12 if LONG else 4):
            http = qdrant(server)
            killer = threading.Timer(0.0005 * (attempt + 1), server.kill)
            killer.start()
            try:
                for name in ("c", "notes"):
                    http.send("POST", f"/alidade/collections/{name}/compact")
            except OSError:
                pass  # It died with the request in hand.
            killer.join()
            server.start()
            count = qdrant(server).call("POST", "/collections/c/points/count", {"exact": True})["result"]["count"]
            assert count == 200
        http = qdrant(server)
        for name in ("c", "notes"):
            compact(http, name)
        assert files_with(server.data, SECRET) == []


def test_an_unknown_collection_is_refused(tmp_path):
    with Server(data=tmp_path) as server:
        status, answer = qdrant(server).send("POST", "/alidade/collections/nope/compact")
        assert status == 404
        assert answer["status"]["error"] == "Not found: Collection `nope` doesn't exist!"


def test_an_empty_collection_and_a_second_compaction(tmp_path):
    with Server(data=tmp_path) as server:
        http = qdrant(server)
        http.call("PUT", "/collections/c", {"vectors": {"size": 8, "distance": "Dot"}})
        compact(http, "c")
        http.call("PUT", "/collections/c/points?wait=true", {"points": points(10, "a text")})
        compact(http, "c")
        compact(http, "c")
        assert log_bytes(server.data) < KIB
        http.call("POST", "/collections/c/points/delete?wait=true", {"filter": {}})
        compact(http, "c")
        server.kill()
        server.start()
        http = qdrant(server)
        assert http.call("POST", "/collections/c/points/count", {"exact": True})["result"]["count"] == 0
        http.call("PUT", "/collections/c/points?wait=true", {"points": points(10, "a text")})
        assert http.call("POST", "/collections/c/points/count", {"exact": True})["result"]["count"] == 10


def test_dropped_collections_give_the_disk_back(tmp_path):
    with Server(data=tmp_path, environment=PLAIN) as server:
        http = qdrant(server)
        http.call("PUT", "/collections/kept", {"vectors": {"size": 8, "distance": "Dot"}})
        http.call("PUT", "/collections/kept/points?wait=true", {"points": points(100, "kept")})
        baseline = disk_bytes(server.data)
        for i in range(100):
            http.call("PUT", f"/collections/c{i}", {"vectors": {"size": 8, "distance": "Dot"}})
            http.call("PUT", f"/collections/c{i}/points?wait=true", {"points": points(50, "t" * 500)})
            if i % 3 == 0:
                compact(http, f"c{i}")
        full = disk_bytes(server.data)
        assert full > baseline + 100 * 25 * KIB
        for i in range(100):
            http.call("DELETE", f"/collections/c{i}")
        # Folders of their own size are left, and grow by names that were in them.
        assert disk_bytes(server.data) <= baseline + 64 * KIB
        print(f"disk: {baseline} bytes, with 100 collections {full}, without them {disk_bytes(server.data)}")


def test_rewriting_everything_does_not_fill_the_disk(tmp_path):
    """100 times the same points with other values: the disk holds what is alive, the dead rows that may stay, and the
    log; the first two twice while a checkpoint replaces their files."""
    rounds, count = 100, 2000 if LONG else 500
    # Dead rows leave when their columns take 4 MiB. A column of 64 numbers, an id and a version are about 320 bytes; the
    # row's links in the graph's file are 128 more.
    dead_rows = 6 * MIB
    small_log = {**PLAIN, "ALIDADE__CHECKPOINT_LOG_MB": "1"}
    with Server(data=new_folder(tmp_path / "once"), environment=small_log) as server:
        http = qdrant(server)
        http.call("PUT", "/collections/c", {"vectors": {"size": 64, "distance": "Dot"}})
        http.call("PUT", "/collections/c/points?wait=true", {"points": points(count, "t" * 800, 64)})
        compact(http, "c")
        alive = disk_bytes(server.data)
        alive_rows = alive - log_blocks(server.data)
    with Server(data=new_folder(tmp_path / "often"), environment=small_log) as server:
        http = qdrant(server)
        http.call("PUT", "/collections/c", {"vectors": {"size": 64, "distance": "Dot"}})
        most = 0
        for i in range(rounds):
            http.call("PUT", "/collections/c/points?wait=true", {"points": points(count, "t" * 800, 64, i)})
            most = max(most, disk_bytes(server.data))
        deadline = time.monotonic() + 60
        while disk_bytes(server.data) - log_blocks(server.data) > alive_rows + dead_rows:
            assert time.monotonic() < deadline, (disk_bytes(server.data), log_blocks(server.data), alive_rows)
            time.sleep(0.02)
        # The log may hold four times what brings a checkpoint about, in segments that are reserved ahead; the two
        # smallest ones are 512 KiB.
        bound = 2 * (alive_rows + dead_rows) + 4 * MIB + 512 * KIB
        assert most <= bound, (most, bound, alive_rows)
        assert rounds * alive_rows > 2 * bound  # Whatever kept everything would have been seen.
        compact(http, "c")
        after = disk_bytes(server.data)
        assert after <= alive + 512 * KIB  # Versions of dead rows, and the reserved segment of the log.
        print(f"disk: alive {alive} bytes, at most {most}, after a compaction {after}")
