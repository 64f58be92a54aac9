"""Chroma's reset, killed at any moment: what was reset stays so, what is left is whole, nothing comes back."""

import os
import pathlib
import random
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from cycle import IS_LONG, SEED, SETTINGS, commit, reproduce  # noqa: E402
from support.http_json import HttpJson, qdrant  # noqa: E402
from support.server import Server  # noqa: E402

CYCLES = int(os.environ.get("ALIDADE_CRASH_CYCLES") or 0) // 20 or (200 if IS_LONG else 12)
ROOT = "/api/v2"
COLLECTIONS, POINTS = 6, 20
ALLOW = {**SETTINGS, "ALIDADE__ALLOW_RESET": "true"}


def fill(server, generation):
    """Collections of both dialects in two databases, with an alias. @return {(database, name): word}"""
    http, chroma = qdrant(server), HttpJson(server.chroma_url)
    chroma.send("POST", f"{ROOT}/tenants", {"name": "acme"})
    chroma.send("POST", f"{ROOT}/tenants/acme/databases", {"name": "papers"})
    made = {}
    for i in range(COLLECTIONS):
        name, word = f"name{i}", f"word {generation} {i}"
        if i % 2:
            http.call("PUT", f"/collections/{name}", {"vectors": {"size": 2, "distance": "Dot"}})
            http.call("PUT", f"/collections/{name}/points?wait=true", {"points": [
                {"id": n, "vector": [n, 1], "payload": {"word": word}} for n in range(POINTS)]})
            made["default_tenant/default_database", name] = word
        else:
            place = "acme/papers" if i % 4 else "default_tenant/default_database"
            tenant, database = place.split("/")
            path = f"{ROOT}/tenants/{tenant}/databases/{database}/collections"
            created = chroma.call("POST", path, {"name": name})
            chroma.call("POST", f"{path}/{created['id']}/add", {
                "ids": [str(n) for n in range(POINTS)], "embeddings": [[n, 1.0] for n in range(POINTS)],
                "metadatas": [{"word": word}] * POINTS})
            made[place, name] = word
    http.call("POST", "/collections/aliases", {"actions": [
        {"create_alias": {"collection_name": "name1", "alias_name": "current"}}]})
    http.close()
    chroma.close()
    return made


def read(server):
    """Like fill()'s answer; a collection that is not whole is an error."""
    chroma, found = HttpJson(server.chroma_url), {}
    for place in ("default_tenant/default_database", "acme/papers"):
        tenant, database = place.split("/")
        path = f"{ROOT}/tenants/{tenant}/databases/{database}/collections"
        status, listed = chroma.send("GET", path)
        for collection in listed if status == 200 else []:
            records = chroma.call("POST", f"{path}/{collection['id']}/get", {"include": ["metadatas"]})
            words = {metadata["word"] for metadata in records["metadatas"]}
            assert len(records["ids"]) == POINTS and len(words) == 1, f"{collection['name']} is there in part: {records}"
            found[place, collection["name"]] = words.pop()
    chroma.close()
    return found


def reset_and_kill(server, delay):
    """@return whether the reset was acknowledged."""
    killer = threading.Timer(delay, server.kill)
    killer.start()
    chroma = HttpJson(server.chroma_url)
    try:
        return chroma.send("POST", f"{ROOT}/reset")[0] == 200
    except OSError:
        return False
    finally:
        killer.join()
        chroma.close()


def test_a_reset_is_never_undone(tmp_path):
    print(f"\nseed={SEED} commit={commit()}")
    rng, acknowledged, partial = random.Random(SEED), 0, 0
    for cycle in range(CYCLES):
        try:
            with Server(data=tmp_path, environment=ALLOW) as server:
                made = fill(server, cycle)
                assert read(server) == made
                done = reset_and_kill(server, rng.uniform(0, 0.12))
                acknowledged += done
                server.start()
                left = read(server)
                assert left.items() <= made.items(), f"{left}: more than there was"
                assert not (done and left), f"the reset was answered, and {left} came back"
                partial += 0 < len(left) < len(made)
                # Aliases of what is gone are gone; the reset can be repeated, and then nothing is left.
                aliases = qdrant(server).call("GET", "/aliases")["result"]["aliases"]
                known = ("default_tenant/default_database", "name1") in left
                assert [a["collection_name"] for a in aliases] == (["name1"] if known else [])
                HttpJson(server.chroma_url).call("POST", f"{ROOT}/reset")
                server.kill()
                server.start()
                assert read(server) == {}
        except AssertionError as error:
            raise reproduce(error, f"cycle {cycle}") from error
    print(f"{CYCLES} resets with a kill, {acknowledged} answered before, {partial} left in part, nothing came back")
