"""`alidade check` and `alidade repair` as an operator uses them, on folders of the real program."""

import shutil

import pytest
from support.http_json import qdrant
from support.server import Server, run_program

OK, LOCKED, DAMAGE_FOUND, LEFT_OUT = 0, 3, 5, 6
POINTS = 1500


def payload(name, i):
    return {"n": i, "text": f"{name} {i} " + "x" * 200}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The data folder of a server that was stopped in order: two collections and an alias. Their logs no
    longer reach back to the first write."""
    place = tmp_path_factory.mktemp("written")
    with Server(data=place) as server:
        http = qdrant(server)
        for name in ("books", "notes"):
            http.call("PUT", f"/collections/{name}", {"vectors": {"size": 8, "distance": "Cosine"}})
            for first in range(0, POINTS, 500):
                points = [{"id": i, "vector": [1 + i % 7, i % 11, i % 13, 1, 0, 0, 0, i], "payload": payload(name, i)}
                          for i in range(first, first + 500)]
                http.call("PUT", f"/collections/{name}/points?wait=true", {"points": points})
        http.call("POST", "/collections/aliases",
                  {"actions": [{"create_alias": {"collection_name": "books", "alias_name": "library"}}]})
        assert server.stop() == 0
    return place


@pytest.fixture
def damaged(written, tmp_path):
    """A copy to be damaged."""
    shutil.copytree(written / "data", tmp_path / "data")
    return tmp_path


def folder_of(data, name):
    for folder in sorted((data / "collections").iterdir()):
        if f'"name":"{name}"'.encode() in (folder / "collection.ald").read_bytes():
            return folder / "shard-0"
    raise AssertionError(f"no folder of '{name}'")


def only(folder, pattern):
    found = sorted(folder.glob(pattern))
    assert len(found) == 1, (folder, pattern, found)
    return found[0]


def flip(path, at):
    content = bytearray(path.read_bytes())
    content[at] ^= 0x20
    path.write_bytes(content)


def content_of(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def points_of(server, name):
    answer = qdrant(server).call("POST", f"/collections/{name}/points/scroll",
                                 {"limit": 10_000, "with_payload": True, "with_vector": True})
    return {point["id"]: point for point in answer["result"]["points"]}


def everything(place):
    with Server(data=place) as server:
        return {name: points_of(server, name) for name in ("books", "notes", "library")}


def repair(place, new="new/data"):
    (place / new).parent.mkdir(exist_ok=True)
    return run_program("repair", place / "data", "--salvage", place / new)


def test_undamaged_folder_is_copied(written, damaged):
    before = content_of(damaged / "data")
    ended = repair(damaged)
    assert ended.returncode == OK, ended.stdout + ended.stderr
    assert content_of(damaged / "data") == before
    assert run_program("check", damaged / "new/data").returncode == OK
    assert everything(damaged / "new") == everything(damaged)


def test_damaged_payload_block_costs_its_points(damaged):
    truth = everything(damaged)
    shutil.rmtree(damaged / "new", ignore_errors=True)
    payloads = only(folder_of(damaged / "data", "books"), "payload-*.ald")
    flip(payloads, 100)
    checked = run_program("check", damaged / "data")
    assert checked.returncode == DAMAGE_FOUND
    assert f"DAMAGED {payloads}: byte 64:" in checked.stdout
    ended = repair(damaged)
    assert ended.returncode == LEFT_OUT, ended.stdout + ended.stderr
    assert run_program("check", damaged / "new/data").returncode == OK
    report = (damaged / "new/data/salvage-report.txt").read_text()
    assert report == ended.stdout
    found = everything(damaged / "new")
    assert found["notes"] == truth["notes"] and found["library"] == found["books"]
    missing = truth["books"].keys() - found["books"].keys()
    assert 0 < len(missing) < POINTS
    assert all(found["books"][i] == truth["books"][i] for i in found["books"])
    assert all(f"\n    {i}\n" in report for i in missing)


def test_lost_small_files(damaged):
    (damaged / "data/catalogue.ald").unlink()
    flip(folder_of(damaged / "data", "notes").parent / "collection.ald", 60)
    with Server(data=damaged) as server:
        http = qdrant(server)
        assert len(points_of(server, "books")) == POINTS
        for request in (("GET", "/collections/notes"), ("GET", "/collections/library"),
                        ("PUT", "/collections/notes", {"vectors": {"size": 2, "distance": "Dot"}})):
            status, answer = http.send(*request)
            assert status >= 500 and ".ald" in str(answer), (request, status, answer)
        assert "catalogue.ald" in server.log() and "collection.ald" in server.log()
    assert run_program("check", damaged / "data").returncode == DAMAGE_FOUND
    ended = repair(damaged)
    assert ended.returncode == LEFT_OUT, ended.stdout + ended.stderr
    assert "aliases" in ended.stdout and "collection.ald" in ended.stdout
    with Server(data=damaged / "new") as server:
        assert len(points_of(server, "books")) == POINTS
        assert qdrant(server).send("GET", "/collections/notes")[0] == 404


def test_folder_in_use_and_wrong_target(damaged):
    with Server(data=damaged):
        assert repair(damaged).returncode == LOCKED
    assert repair(damaged, "data/inside").returncode == 2
    assert run_program("repair", damaged / "data").returncode == 2
    assert run_program("repair", damaged / "none", "--salvage", damaged / "x").returncode == 1
