"""The official Python client of Qdrant, unmodified: the newest release and an older one, REST and gRPC."""

import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build"
sys.path.insert(0, str(HERE.parent))
from support.server import Server  # noqa: E402

# The interpreter of the tests has the newest client; older ones live in folders of their own.
PYTHONS = {"newest": pathlib.Path(sys.executable), "1.18": BUILD / "venv-1.18/bin/python"}


def run_story(server, python, transport):
    command = [str(python), str(HERE / "qdrant_story.py"), str(server.rest), str(server.grpc or 0), transport]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=180)
    assert ended.returncode == 0, f"{ended.stdout[-500:]}\n{ended.stderr[-3000:]}\nserver: {server.log()[-1500:]}"


@pytest.mark.parametrize("transport", ["rest", "grpc"])
@pytest.mark.parametrize("release", list(PYTHONS))
def test_story(release, transport):
    if not PYTHONS[release].exists():
        pytest.skip(f"{PYTHONS[release]} is not installed (tools/lib/clients.sh)")
    with Server() as server:
        if transport == "grpc" and server.grpc is None:
            pytest.skip("built without gRPC")
        run_story(server, PYTHONS[release], transport)
        assert server.is_alive()


def test_async_client_over_rest():
    import asyncio

    from qdrant_client import AsyncQdrantClient, models

    async def story(port):
        client = AsyncQdrantClient(host="127.0.0.1", port=port, timeout=60)
        await client.create_collection("c", vectors_config=models.VectorParams(size=2, distance=models.Distance.DOT))
        batches = [[models.PointStruct(id=i, vector=[i, 1]) for i in range(n, n + 10)] for n in range(0, 100, 10)]
        await asyncio.gather(*(client.upsert("c", batch, wait=True) for batch in batches))
        assert (await client.count("c")).count == 100
        answers = await asyncio.gather(*(client.query_points("c", query=[1.0, 0], limit=3) for _ in range(20)))
        assert all([p.id for p in answer.points] == [99, 98, 97] for answer in answers)
        await client.close()

    with Server() as server:
        asyncio.run(story(server.rest))


def test_keys():
    from qdrant_client import QdrantClient, models
    from qdrant_client.http.exceptions import UnexpectedResponse

    keys = {"QDRANT__SERVICE__API_KEY": "all", "QDRANT__SERVICE__READ_ONLY_API_KEY": "look"}

    def client(server, key):
        return QdrantClient(url=server.rest_url, api_key=key, check_compatibility=False)

    with Server(environment=keys) as server, pytest.warns(UserWarning):
        params = models.VectorParams(size=2, distance=models.Distance.DOT)
        with pytest.raises(UnexpectedResponse) as refused:
            client(server, None).get_collections()
        assert refused.value.status_code == 401
        with pytest.raises(UnexpectedResponse) as refused:
            client(server, "look").create_collection("c", vectors_config=params)
        assert refused.value.status_code == 403
        assert client(server, "all").create_collection("c", vectors_config=params)
        assert client(server, "look").collection_exists("c")
