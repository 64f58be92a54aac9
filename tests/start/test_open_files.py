"""More collections than the process may have open files: all of them take writes, and come back."""

import urllib.request

from support.http_json import chroma, qdrant
from support.server import Server

FILES = 128
COLLECTIONS = 300


class LimitedServer(Server):
    """May have FILES files open, and not more by asking for it."""

    def command(self):
        return ["sh", "-c", f'ulimit -n {FILES} && exec "$0" "$@"', *super().command()]


def count(http, name):
    return http.call("POST", f"/collections/{name}/points/count", {})["result"]["count"]


def points(first):
    return {"points": [{"id": first + i, "vector": [i, 1, 2, 3], "payload": {"n": i}} for i in range(5)]}


def test_more_collections_than_open_files(tmp_path):
    names = [f"c{i}" for i in range(COLLECTIONS)]
    with LimitedServer(data=tmp_path) as server:
        http = qdrant(server)
        for name in names:
            http.call("PUT", f"/collections/{name}", {"vectors": {"size": 4, "distance": "Dot"}})
            assert http.call("PUT", f"/collections/{name}/points?wait=true", points(0))["result"]["status"] == "completed"
        # Again, when each log was closed in between; and unwaited, so that it is synced before it is closed.
        for name in names:
            http.call("PUT", f"/collections/{name}/points?wait=false", points(5))
        # Everything else that needs a descriptor has one: listeners, lists, deletions, the other dialect.
        assert len(http.call("GET", "/collections")["result"]["collections"]) == COLLECTIONS
        http.call("DELETE", f"/collections/{names.pop()}")
        with urllib.request.urlopen(f"{server.rest_url}/healthz", timeout=60) as answer:
            assert answer.status == 200
        made = chroma(server).call("POST", "/collections", {"name": "more"})
        chroma(server).call("POST", f"/collections/{made['id']}/add",
                            {"ids": ["a"], "embeddings": [[1, 2]], "documents": ["text"]})
        # A log is as large as what is in it, not a quarter of a MiB.
        logs = [path.lstat().st_blocks * 512 for path in server.data.rglob("*.log")]
        assert max(logs) <= 64 << 10
        server.kill()
        server.start()
        http = qdrant(server)
        assert [count(http, name) for name in names] == [10] * len(names)
        for name in names:
            http.call("PUT", f"/collections/{name}/points?wait=true", points(10))
        assert server.stop() == 0
        server.start()
        http = qdrant(server)
        assert [count(http, name) for name in names] == [15] * len(names)
        assert "Too many open files" not in server.log()
