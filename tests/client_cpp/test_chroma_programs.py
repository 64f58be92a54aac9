"""The Chroma client's story and its examples, compiled, against this server and against the original one."""

import contextlib
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import pytest

from client_cpp.programs import run

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
