"""A wrong world at the start: each refusal says what is wrong and what to do, with its own exit status."""

import json
import pathlib
import re
import socket

import pytest
from support.http_json import chroma, qdrant
from support.server import WITHOUT_GRPC, Server, StartError, run_program

USAGE, LOCKED, PORT_IN_USE, DAMAGE_FOUND = 2, 3, 4, 5


def start_refused(**options):
    with pytest.raises(StartError) as refused, Server(**options):
        pass
    return refused.value


def test_version_and_help():
    assert re.match(r"alidade \d+\.\d+\.\d+", run_program("--version").stdout)
    assert "--data" in run_program("--help").stdout


def test_second_server_on_the_folder(tmp_path):
    with Server(data=tmp_path) as first:
        refused = start_refused(data=tmp_path)
        assert refused.status == LOCKED
        assert "in use by another server" in refused.log
        assert qdrant(first).send("GET", "/healthz")[0] == 200
    # A killed server leaves no lock behind.
    with Server(data=tmp_path):
        pass


def test_wrong_configuration_key(tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text("host: 127.0.0.1\nqdrant_prot: 7000\n")
    refused = start_refused(options=["--config", config])
    assert refused.status == USAGE
    assert f"{config}:2" in refused.log and "qdrant_port" in refused.log


def test_wrong_configuration_value(tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text("max_request_size_mb: plenty\n")
    refused = start_refused(options=["--config", config])
    assert refused.status == USAGE and f"{config}:1" in refused.log


def test_unknown_flag():
    ended = run_program("serve", "--dta", "x")
    assert ended.returncode == USAGE and "--dta" in ended.stderr


def test_port_in_use():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for place, flag in enumerate(("--qdrant-port", "--grpc-port", "--chroma-port")):
            if WITHOUT_GRPC and flag == "--grpc-port":
                continue
            ports = ["0", "0", "0"]
            ports[place] = port
            refused = start_refused(ports=ports)
            assert refused.status == PORT_IN_USE, flag
            assert str(port) in refused.log and flag in refused.log


def test_configurations_of_the_peers(tmp_path):
    config = tmp_path / "qdrant.yaml"
    config.write_text(f"storage:\n  storage_path: {tmp_path}/elsewhere\nservice:\n  api_key: secret\n  max_request_size_mb: 1\n"
                      "cluster:\n  enabled: false\n")
    with Server(options=["--config-path", config]) as server:
        assert qdrant(server).send("GET", "/collections")[0] == 401
        assert qdrant(server, headers={"api-key": "secret"}).send("GET", "/collections")[0] == 200
        assert chroma(server).send("GET", "/collections")[0] == 401
        assert chroma(server, headers={"x-chroma-token": "secret"}).send("GET", "/collections")[0] == 200


def test_stop_in_order_keeps_everything(tmp_path):
    with Server(data=tmp_path) as server:
        http = qdrant(server)
        http.call("PUT", "/collections/c", {"vectors": {"size": 2, "distance": "Dot"}})
        http.call("PUT", "/collections/c/points?wait=false", {"points": [{"id": 1, "vector": [1, 2], "payload": {"a": 1}}]})
        assert server.stop() == 0
    with Server(data=tmp_path) as server:
        found = qdrant(server).call("GET", "/collections/c/points/1")["result"]
        assert found == {"id": 1, "payload": {"a": 1}, "vector": [1.0, 2.0]}


# ---------------------------------------------------------------- damaged files

def fill(server, *names):
    http = qdrant(server)
    for name in names:
        http.call("PUT", f"/collections/{name}", {"vectors": {"size": 64, "distance": "Dot"}})
        # Several requests: each log record says that those before it are durable, so damage to one
        # of them is no torn tail.
        for first in range(0, 1500, 300):
            points = [{"id": i, "vector": [i % 7] * 64, "payload": {"text": f"{name} {i} " + "x" * 50}}
                      for i in range(first, first + 300)]
            http.call("PUT", f"/collections/{name}/points?wait=true", {"points": points})


def collection_folder(data, name):
    """The folder whose collection.ald (or any small file) names the collection."""
    for folder in sorted((data / "collections").iterdir()):
        if any(name.encode() in file.read_bytes() for file in folder.glob("*.ald")):
            return folder
    raise AssertionError(f"no folder of '{name}' below {data}")


def flip_in_the_middle(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x40
    path.write_bytes(content)


def data_files(folder):
    """Files of rows: what no collection can do without."""
    return [f for f in sorted(folder.rglob("*")) if f.is_file() and f.stat().st_size > 4096]


@pytest.fixture
def two_collections(tmp_path):
    with Server(data=tmp_path) as server:
        fill(server, "broken", "healthy")
        assert server.stop() == 0
    return tmp_path


def test_check_finds_nothing_in_a_sound_folder(two_collections):
    ended = run_program("check", two_collections / "data")
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_damaged_file_is_named_and_the_rest_serves(two_collections):
    tmp_path = two_collections
    files = data_files(collection_folder(tmp_path / "data", "broken"))
    assert files, "a stopped server has written its rows"
    for file in files:
        sound = file.read_bytes()
        flip_in_the_middle(file)
        checked = run_program("check", tmp_path / "data")
        assert checked.returncode == DAMAGE_FOUND, f"{file}: {checked.stdout}{checked.stderr}"
        assert file.name in checked.stdout
        with Server(data=tmp_path) as server:
            http = qdrant(server)
            assert http.call("POST", "/collections/healthy/points/count", {})["result"]["count"] == 1500
            status, answer = http.send("POST", "/collections/broken/points/scroll", {"limit": 1500, "with_vector": True})
            if status == 200:
                # Derived, or rebuilt from elsewhere: then every answer is right.
                points = answer["result"]["points"]
                assert len(points) == 1500
                assert all(p["vector"] == [float(p["id"] % 7)] * 64 for p in points)
                assert all(p["payload"]["text"].startswith(f"broken {p['id']} ") for p in points)
            else:
                assert status >= 500, answer
                assert file.name in server.log() + json.dumps(answer), server.log()
                assert re.search(r"(byte|offset) \d+", server.log() + json.dumps(answer)), server.log()
            assert server.stop() == 0
        file.write_bytes(sound)
    with Server(data=tmp_path) as server:
        assert qdrant(server).call("POST", "/collections/broken/points/count", {})["result"]["count"] == 1500


def test_damage_to_each_collection_file(two_collections):
    """Small files, too: whatever is damaged, the server starts and the other collection serves."""
    tmp_path = pathlib.Path(two_collections)
    folder = collection_folder(tmp_path / "data", "broken")
    for file in [f for f in sorted(folder.rglob("*")) if f.is_file() and f.stat().st_size > 0]:
        sound = file.read_bytes()
        file.write_bytes(sound[: len(sound) // 2])
        with Server(data=tmp_path) as server:
            count = qdrant(server).call("POST", "/collections/healthy/points/count", {})["result"]["count"]
            assert count == 1500, file
        file.write_bytes(sound)
