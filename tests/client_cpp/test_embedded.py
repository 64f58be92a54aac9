"""The embedded engine: its programs in C++ and C, its library through ctypes, and a server on the same folder."""

import math
import os
import pathlib
import re
import signal
import subprocess
import sys
import textwrap
import time

import chromadb
import pytest

from client_cpp import ald
from client_cpp.programs import PROGRAMS, run
from client_cpp.test_chroma_programs import STORY
from support.built import needs
from support.server import Server

LIBRARY = PROGRAMS.parent / "libalidade_embedded.so"


@pytest.fixture(scope="module")
def library():
    needs(LIBRARY)
    return ald.Library(LIBRARY)


def test_every_method_of_the_chroma_client(tmp_path):
    assert run("embedded_story", tmp_path / "data").splitlines() == STORY


def test_the_example_asks_a_folder_or_a_server(server, tmp_path):
    words = ["moby   0.02  A captain hunts a whale.", "emma   0.50  A village in England."]
    said = run("embedded_quickstart", tmp_path / "data").splitlines()
    assert said == [*words, "second owner: DataFolderInUse", "the collection holds 3"]
    assert run("embedded_quickstart", server.chroma_url, environment={"no_proxy": "*"}).splitlines() == [
        *words, "the collection holds 3"]


def test_programs_in_c(tmp_path):
    assert run("embedded_c_test", tmp_path / "test") == "ok\n"
    said = run("embedded_c", tmp_path / "example").splitlines()
    assert said[1:] == ["moby  0.01  A captain hunts a whale.", "emma  0.29  A village in England.",
                        "refused: Invalid where clause"]


def test_nothing_but_the_interface_is_exported(library):
    listed = subprocess.run(["nm", "-D", "--defined-only", str(LIBRARY)], capture_output=True, text=True, check=True).stdout
    names = {line.split()[-1] for line in listed.splitlines()}
    header = (pathlib.Path(__file__).parents[2] / "include/alidade/alidade.h").read_text()
    assert names == set(re.findall(r"ALD_API [\w* ]*?(ald_\w+)\(", header))


def test_the_library_from_python(library, tmp_path):
    database = library.open(tmp_path / "data")
    books = library.collection(database, "books", create=True)
    library.write("add", books, ["moby", "dune"], [[1, 0], [0, 1]], ["A whale.", None], ['{"year": 1851}', None])
    library.write("upsert", books, ["dune"], [[0, 2]], ["A desert."])
    assert library.count(books) == 2
    assert library.query(books, [1, 0], 5) == [("moby", 0.0, "A whale."), ("dune", 5.0, "A desert.")]
    assert library.query(books, [1, 0], 1, include=0) == [("moby", None, None)]
    library.close(database)


def test_misuse_from_python(library, tmp_path):
    database = library.open(tmp_path / "data")
    books = library.collection(database, "books", create=True)

    def failure(work):
        with pytest.raises(ald.Failure) as raised:
            work()
        return raised.value

    assert failure(lambda: library.collection(database, "nobody")).status == ald.NOT_FOUND
    assert failure(lambda: library.open(tmp_path / "data")).status == ald.IN_USE
    assert failure(lambda: library.write("add", books, ["a"], [[math.nan, 1]])).status == ald.INVALID_ARGUMENT
    assert failure(lambda: library.count(database)).status == ald.INVALID_HANDLE
    assert failure(lambda: library.count(None)).status == ald.INVALID_HANDLE
    library.close(database)
    assert failure(lambda: library.close(database)).status == ald.INVALID_HANDLE
    closed = failure(lambda: library.count(books))
    assert closed.status == ald.CLOSED and "closed" in str(closed)


def test_a_server_reads_what_the_library_wrote_and_the_other_way_round(library, tmp_path):
    server = Server(data=tmp_path)
    database = library.open(server.data)
    books = library.collection(database, "books", create=True)
    library.write("add", books, ["moby"], [[1, 0]], ["A whale."], ['{"year": 1851, "ratio": 2.0}'])
    # A folder has one owner.
    refused = subprocess.run(server.command(), capture_output=True, text=True, timeout=60)
    assert refused.returncode == 3 and str(server.data) in refused.stderr
    library.close(database)

    server.start()
    try:
        with pytest.raises(ald.Failure) as raised:
            library.open(server.data)
        assert raised.value.status == ald.IN_USE
        client = chromadb.HttpClient(host="127.0.0.1", port=server.chroma)
        collection = client.get_collection("books", embedding_function=None)
        found = collection.get(include=["metadatas", "documents", "embeddings"])
        assert found["ids"] == ["moby"] and found["documents"] == ["A whale."]
        assert found["metadatas"] == [{"year": 1851, "ratio": 2.0}] and list(found["embeddings"][0]) == [1, 0]
        collection.add(ids=["dune"], embeddings=[[0, 1]], documents=["A desert."])
    finally:
        server.stop()
    database = library.open(server.data)
    assert library.query(library.collection(database, "books"), [0, 1], 1) == [("dune", 0.0, "A desert.")]
    library.close(database)


def test_what_was_answered_survives_kill_9(library, tmp_path):
    script = textwrap.dedent("""
        import sys
        from client_cpp import ald
        library = ald.Library(sys.argv[1])
        books = library.collection(library.open(sys.argv[2]), "books", create=True)
        number = 0
        while True:
            library.write("add", books, [str(number)], [[number, 1]])
            print(number, flush=True)
            number += 1
    """)
    environment = {**os.environ, "PYTHONPATH": str(pathlib.Path(__file__).parents[1])}
    process = subprocess.Popen([sys.executable, "-c", script, str(LIBRARY), str(tmp_path / "data")], env=environment,
                               stdout=subprocess.PIPE, text=True)
    try:
        answered = [int(process.stdout.readline()) for _ in range(50)]
        time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGKILL)
        answered += [int(line) for line in process.stdout.read().splitlines() if line.isdigit()]
        process.wait(timeout=30)
    database = library.open(tmp_path / "data")
    books = library.collection(database, "books")
    count = library.count(books)
    # One more may have been written than the process lived to tell.
    assert len(answered) <= count <= len(answered) + 1
    assert library.query(books, [answered[-1], 1], 1)[0][0] == str(answered[-1])
    library.close(database)
