"""The Chroma client's story and its examples, compiled, against this server and against the original one."""

import contextlib
import math
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import chromadb
import pytest
import qdrant_client

from client_cpp.programs import run
from support.server import Server

STORY = ["service", "tenants and databases", "collections", "records", "refusals", "encodings", "bulk"]
START_TIMEOUT_S = 60


@contextlib.contextmanager
def original_server():
    """`chroma run` of the Python package that the tests install; its URL."""
    program = pathlib.Path(sys.executable).parent / "chroma"
    if not program.is_file():
        pytest.skip("this Python has no chromadb")
    folder = tempfile.mkdtemp(prefix="alidade-chroma-")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with open(pathlib.Path(folder) / "log", "wb") as log:
        process = subprocess.Popen([str(program), "run", "--path", f"{folder}/data", "--host", "127.0.0.1", "--port",
                                    str(port)], stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            assert process.poll() is None, (pathlib.Path(folder) / "log").read_text(errors="replace")
            try:
                urllib.request.urlopen(f"{url}/api/v2/heartbeat", timeout=5).close()
                break
            except (OSError, urllib.error.URLError):
                assert time.monotonic() < deadline, "chroma run does not answer"
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def test_every_method_against_this_server(server):
    assert run("chroma_story", server.chroma_url).splitlines() == STORY


def test_every_method_against_the_original_server():
    with original_server() as url:
        assert run("chroma_story", url).splitlines() == STORY


EXAMPLES = {
    "chroma_quickstart": ["moby  0.02  A captain hunts a whale.", "dune  0.45  A boy inherits a desert."],
    "chroma_filters": ["eighties                 brazil", "eighties or rated        brazil cube", "tagged horror            alien",
                       "two years                alien cube", "text with 'mind'         brazil", "nearest after 1980       cube",
                       "refused                  rejected (400 InvalidArgumentError): Invalid where clause"],
    "chroma_retries": ["heartbeat retry attempt 2 status 0: no connection", "gave up after 3 attempts: no connection",
                       "heartbeat answer attempt 1 status 200", "retries 2", "chroma_client_retry_count{operation=\"heartbeat\"} 2"],
    "chroma_async": ["20 of 20 answers are right", "a callback counted 100", "stopped: cancelled"],
    "chroma_bulk_load": ["10000 of 10000 records", "the collection holds 10000"],
}


@pytest.mark.parametrize("example", sorted(EXAMPLES))
def test_example(server, example):
    said = run(example, environment={"CHROMA_ENDPOINT": server.chroma_url, "no_proxy": "*"})
    for words in EXAMPLES[example]:
        assert words in said, said


def test_a_collection_moves_to_a_qdrant_server(server):
    client = chromadb.HttpClient(host="127.0.0.1", port=server.chroma)
    source = client.create_collection("migrated_from", embedding_function=None, metadata={"hnsw:space": "cosine"})
    count = 1203
    source.add(ids=[f"id {n}" for n in range(count)],
               embeddings=[[math.cos(n / 200), math.sin(n / 200), 0.5] for n in range(count)],
               documents=[f"text {n}" if n % 2 else None for n in range(count)],
               metadatas=[{"n": n, "share": n / 2, "tags": ["a", str(n)], "odd": bool(n % 2)} for n in range(count)])
    # Both dialects name the same collections here: the target is another server.
    with Server() as target:
        environment = {"no_proxy": "*"}
        said = run("qdrant_migrate", server.chroma_url, target.rest_url, "migrated_from", environment=environment)
        last = f"{count} records, {count} points; nearest to id 0: id 0"
        assert said.splitlines()[0] == "made migrated_from" and said.splitlines()[-1] == last
        again = run("qdrant_migrate", server.chroma_url, target.rest_url, "migrated_from", environment=environment)
        assert again.splitlines()[0] == "found migrated_from" and again.splitlines()[-1] == last

        points = qdrant_client.QdrantClient(url=target.rest_url)
        info = points.get_collection("migrated_from").config.params.vectors
        assert info.size == 3 and info.distance.value == "Cosine"
        found = points.query_points("migrated_from", [math.cos(7 / 200), math.sin(7 / 200), 0.5], limit=1).points[0]
        assert found.payload == {"n": 7, "share": 3.5, "tags": ["a", "7"], "odd": True, "document": "text 7", "id": "id 7"}
