"""Collections and aliases of both dialects, restarts, and requests that have to be refused."""

from model import chroma_operations
from model.compare import check, check_json
from model.qdrant_writes import path_of
from model.store import Collection


def create(session, name, vectors):
    """By a Qdrant client. vectors: name -> [size, distance]"""
    config = {n: {"size": size, "distance": distance} for n, (size, distance) in vectors.items()}
    body = {"vectors": config[""] if list(config) == [""] else config}
    if name in session.store.collections:
        text = session.result("PUT", path_of(name), body, 409)
        return check_json(text, f"Wrong input: Collection `{name}` already exists!", "refusal")
    if name in session.store.aliases:
        session.result("PUT", path_of(name), body, 400)
        return None
    check_json(session.result("PUT", path_of(name), body), True, "created")
    session.store.collections[name] = Collection(name, {n: list(v) for n, v in vectors.items()}, False)
    return chroma_operations.look(session, name)


def create_chroma(session, name, space, get_or_create):
    body = {"name": name, "configuration": {"hnsw": {"space": space}}, "get_or_create": get_or_create}
    found = session.store.collections.get(name)
    status, answer = session.chroma("POST", "/collections", body)
    if found is not None and get_or_create and found.shown_to_chroma:
        return check(status == 200 and answer["id"] == found.uuid, "get_or_create", (status, answer), found.uuid)
    if found is not None or name in session.store.aliases:
        return check(status in (400, 409), "refusal of a name in use", (status, answer), 409)
    check(status == 200 and answer["name"] == name and answer["dimension"] is None, "created", (status, answer), 200)
    distance = {"cosine": "Cosine", "l2": "Euclid", "ip": "Dot"}[space]
    session.store.collections[name] = Collection(name, {"": [None, distance]}, True)
    return chroma_operations.look(session, name)


def drop(session, name):
    """An alias is not followed: nothing is dropped."""
    check_json(session.result("DELETE", path_of(name)), name in session.store.collections, "dropped")
    session.store.drop(name)


def drop_chroma(session, name):
    found = session.store.collections.get(name)
    status, answer = session.chroma("DELETE", f"/collections/{name}")
    if found is None or not found.shown_to_chroma:
        return check(status == 404, "drop of what is not there", (status, answer), 404)
    check(status == 200 and answer == {}, "drop", (status, answer), {})
    return session.store.drop(name)


def rename(session, name, new_name):
    """By a Chroma client; aliases stay with the collection."""
    found = session.store.find(name)
    if found is None or not found.shown_to_chroma:
        return None
    status, answer = session.chroma("PUT", f"/collections/{found.uuid}", {"new_name": new_name})
    if new_name != found.name and session.store.find(new_name) is not None:
        return check(status == 409, "refusal of a name in use", (status, answer), 409)
    check(status == 200 and answer == {}, "rename", (status, answer), {})
    return session.store.rename(found, new_name)


def change_aliases(session, actions):
    """actions: [[kind, alias, other]]; all of them, or none when one is refused."""
    bodies, aliases, status = [], dict(session.store.aliases), 200
    for kind, alias, other in actions:
        if kind == "create":
            bodies.append({"create_alias": {"alias_name": alias, "collection_name": other}})
            if other not in session.store.collections:
                status = 404 if status == 200 else status
            elif alias in session.store.collections:
                status = 409 if status == 200 else status
            else:
                aliases[alias] = session.store.collections[other]
        elif kind == "delete":
            bodies.append({"delete_alias": {"alias_name": alias}})
            aliases.pop(alias, None)
        else:
            bodies.append({"rename_alias": {"old_alias_name": alias, "new_alias_name": other}})
            if alias not in aliases:
                status = 404 if status == 200 else status
            else:
                aliases[other] = aliases.pop(alias)
    got = session.result("POST", "/collections/aliases", {"actions": bodies}, status)
    if status == 200:
        check_json(got, True, "aliases changed")
        session.store.aliases = aliases


def restart(session, how):
    session.restart(how)
    for collection in list(session.store.collections.values()):
        chroma_operations.look(session, collection.name)


def compact(session, name):
    """A checkpoint that leaves out what is dead. No answer may change by it."""
    status, answer = session.qdrant("POST", f"/alidade/collections/{name}/compact")
    expected = 200 if session.store.find(name) is not None else 404
    check(status == expected, "compact", (status, answer), expected)


# Requests that change nothing. (face, method, path below the collection, body, status)
REFUSED = [
    ("qdrant", "PUT", "/points?wait=true", {"points": [{"id": 1, "vector": [0.25] * 9}]}, 400),
    ("qdrant", "PUT", "/points?wait=true", {"points": [{"id": 1, "vector": [1, 2]}, {"id": 2, "vector": {"nope": [1, 2]}}]}, 400),
    ("qdrant", "PUT", "/points?wait=true", {"points": [{"id": -1, "vector": [1, 2]}]}, 400),
    ("qdrant", "PUT", "/points?wait=true", {"points": [{"id": "not a uuid", "vector": [1, 2]}]}, 400),
    ("qdrant", "PUT", "/points?wait=true", {"points": [{"id": 3}]}, 400),
    ("qdrant", "PUT", "/points", b'{"points": [{"id": 1, "vector": [1, 2]}', 400),
    ("qdrant", "PUT", "/points?wait=maybe", {"points": []}, 400),
    ("qdrant", "POST", "/points/delete?wait=true", {}, 400),
    ("qdrant", "POST", "/points/delete", {"filter": {"must": [{"key": "tag", "nope": 1}]}}, 422),
    ("qdrant", "POST", "/points/delete", {"filter": {"muster": []}}, 400),
    ("qdrant", "POST", "/points/payload?wait=true", {"payload": {"n": 1}}, 400),
    ("qdrant", "POST", "/points/payload?wait=true", {"payload": [], "points": [1]}, 400),
    ("qdrant", "POST", "/points/payload?wait=true", {"payload": {"n": 1}, "points": [1], "key": "a..b"}, 400),
    ("qdrant", "POST", "/points/scroll", {"limit": 0}, 422),
    ("qdrant", "POST", "/points/query", {"query": [1, 2], "limit": 0}, 422),
    ("qdrant", "POST", "/points/query", {"query": [0.5, "x"]}, 400),
    ("qdrant", "PUT", "/index?wait=true", {"field_name": "tag"}, 400),
    ("qdrant", "PUT", "/index?wait=true", {"field_name": "tag", "field_schema": "nonsense"}, 400),
    ("chroma", "POST", "/add", {"ids": ["x"]}, 422),
    ("chroma", "POST", "/upsert", {"ids": ["x", "y"], "embeddings": [[1, 2], [1, 2, 3]]}, 400),
    ("chroma", "POST", "/upsert", {"ids": [""], "embeddings": [[1, 2]]}, 400),
    ("chroma", "POST", "/add", {"ids": ["x"], "embeddings": [[1, 2]], "metadatas": [{"a": None}]}, 422),
    ("chroma", "POST", "/update", {"ids": ["0"], "metadatas": [{"#a": 1}]}, 400),
    ("chroma", "POST", "/update", {"ids": ["0"], "metadatas": [{"a": {"b": 1}}]}, 422),
    ("chroma", "POST", "/upsert", b'{"ids": ["x"], "embeddings": [[1, NaN]]}', 400),
    ("chroma", "POST", "/get", {"where": {}}, 400),
    ("chroma", "POST", "/get", {"where": {"a": {"$nope": 1}}}, 400),
    ("chroma", "POST", "/get", {"where_document": {"$regex": "("}}, 400),
    ("chroma", "POST", "/delete", {"ids": []}, 400),
    ("chroma", "POST", "/delete", {"ids": ["0"], "limit": 1}, 400),
    ("chroma", "POST", "/query", {"n_results": 3}, 422),
]


def refused(session, name, which):
    face, method, rest, body, status = REFUSED[which]
    found = session.store.find(name)
    if found is None or (face == "chroma" and not found.shown_to_chroma):
        return
    if any(size is None for size, _ in found.vectors.values()) and isinstance(body, dict) and {"points", "embeddings"} & set(body):
        return  # A vector decides the size there, also one that is refused for another reason.
    if face == "qdrant":
        answer = session.qdrant(method, path_of(name, rest), body)
    else:
        answer = session.chroma(method, f"/collections/{found.uuid}{rest}", body)
    check(answer[0] == status, f"refusal {which}", answer, status)


OPERATIONS = {f.__name__: f for f in (create, create_chroma, drop, drop_chroma, rename, change_aliases, restart, compact, refused)}
