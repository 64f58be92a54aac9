"""Writes and reads of the Chroma dialect, on the server and on the model."""

import re

from model import filters
from model.compare import check, check_json, check_ranking, check_vector
from model.store import chroma_distance, id_of_text, shown_to_chroma

UNKNOWN_UUID = "00000000-0000-4000-8000-000000000000"


def _records(session, name, verb, body):
    """(collection, status, answer). A collection that Chroma does not see is told as not existing."""
    found = session.store.find(name)
    uuid = found.uuid if found is not None and found.uuid else UNKNOWN_UUID
    status, answer = session.chroma("POST", f"/collections/{uuid}/{verb}", body)
    if found is not None and found.shown_to_chroma:
        return found, status, answer
    expected = {"error": "NotFoundError", "message": f"Collection [{uuid}] does not exist."}
    check(status == 404 and answer == expected, f"{verb} of a hidden collection", (status, answer), expected)
    return None, status, answer


def write(session, name, verb, ids, embeddings, metadatas, documents, uris):
    """`embeddings` may be None or hold None in an update."""
    body = {"ids": ids, "embeddings": embeddings, "metadatas": metadatas, "documents": documents, "uris": uris}
    found, status, answer = _records(session, name, verb, body)
    if found is None:
        return
    size = found.vectors[""][0]
    given = [v for v in embeddings or [] if v is not None]
    wrong = next((len(v) for v in given if size is not None and len(v) != size), None)
    if wrong is not None:
        expected = {"error": "InvalidArgumentError",
                    "message": f"Collection expecting embedding with dimension of {size}, got {wrong}"}
        check(status == 400 and answer == expected, "dimension", (status, answer), expected)
        return
    check(status == (201 if verb == "add" else 200) and answer == {}, verb, (status, answer), {})
    for vector in given:
        found.decide_size({"": vector})
    if verb == "add":
        _add(found, ids, embeddings, metadatas, documents, uris)
        return
    for i, text in enumerate(ids):
        point_id, original = id_of_text(text)
        if verb == "update" and point_id not in found.points:
            continue
        vectors = {} if embeddings is None or embeddings[i] is None else {"": embeddings[i]}
        found.merge(point_id, original, vectors, _patch(i, metadatas, documents, uris))


def _patch(i, metadatas, documents, uris):
    out = {}
    for column, key in ((documents, "chroma:document"), (uris, "chroma:uri")):
        if column is not None and column[i] is not None:
            out[key] = column[i]
    for key, value in ((metadatas[i] if metadatas else None) or {}).items():
        if key not in out:
            out[key] = None if value == [] else value
    return out


def _add(found, ids, embeddings, metadatas, documents, uris):
    """What is there already stays as it is, and the first of repeated ids counts."""
    for i, text in enumerate(ids):
        point_id, original = id_of_text(text)
        if point_id not in found.points:
            payload = {k: v for k, v in _patch(i, metadatas, documents, uris).items() if v is not None}
            found.put(point_id, original, {"": embeddings[i]}, payload)


def _matching(found, ids, where, where_document):
    """Ids in order of insertion."""
    wanted = None if ids is None else {id_of_text(text)[0] for text in ids if text}
    out = [i for i, p in found.points.items()
           if (wanted is None or i in wanted) and (where is None or filters.where(where, p.payload))
           and (where_document is None or filters.where_document(where_document, p.payload))]
    return sorted(out, key=lambda i: found.points[i].seen)


def delete(session, name, ids, where, where_document, limit):
    body = {"ids": ids, "where": where, "where_document": where_document, "limit": limit}
    found, status, answer = _records(session, name, "delete", body)
    if found is None:
        return
    filtered = where is not None or where_document is not None
    gone = _matching(found, ids, where, where_document)[:limit] if ids is not None or filtered else []
    expected = len(ids) if ids is not None and not filtered else len(gone)
    check(status == 200, "delete", (status, answer), 200)
    check_json(answer, {"deleted": expected}, "deleted")
    found.delete(gone)


def _check_rows(found, ids, rows, include, what):
    """Columns of an answer for these records."""
    shown = [shown_to_chroma(found.points[i].payload) for i in ids]
    for column, at in (("documents", 0), ("uris", 1), ("metadatas", 2)):
        expected = [row[at] for row in shown] if column in include else None
        check_json(rows[column], expected, f"{what}, {column}")
    if "embeddings" not in include:
        check_json(rows["embeddings"], None, what)
        return
    for point_id, vector in zip(ids, rows["embeddings"]):
        check_vector(vector, found.points[point_id].vectors.get(""), f"{what}, embedding of {point_id}")


def get(session, name, ids, where, where_document, limit, offset, include):
    body = {"ids": ids, "where": where, "where_document": where_document, "limit": limit, "offset": offset, "include": include}
    found, status, answer = _records(session, name, "get", body)
    if found is None:
        return
    check(status == 200, "get", (status, answer), 200)
    expected = _matching(found, ids, where, where_document)[offset or 0:]
    expected = expected if limit is None else expected[:limit]
    check_json(answer["ids"], [found.chroma_id(i) for i in expected], "ids of get")
    check_json(answer["include"], include, "include")
    _check_rows(found, expected, answer, include, "get")


def query(session, name, vectors, n_results, ids, where, where_document, include):
    body = {"query_embeddings": vectors, "n_results": n_results, "ids": ids, "where": where,
            "where_document": where_document, "include": include}
    found, status, answer = _records(session, name, "query", body)
    if found is None:
        return
    size, distance = found.vectors[""]
    if size is None:
        check(status == 200 and answer["ids"] == [[] for _ in vectors], "query without vectors", (status, answer), [])
        return
    wrong = next((len(v) for v in vectors if len(v) != size), None)
    if wrong is not None:
        text = f"Collection expecting embedding with dimension of {size}, got {wrong}"
        check(status == 400 and answer["message"] == text, "dimension", (status, answer), text)
        return
    # An unknown id matters only where ids alone decide, and after the length of the vectors.
    by_ids_alone = where is None and where_document is None
    if by_ids_alone and any(id_of_text(text)[0] not in found.points for text in ids or []):
        check(status == 500 and "Error finding id" in answer["message"], "unknown id", (status, answer), 500)
        return
    check(status == 200, "query", (status, answer), 200)
    candidates = [i for i in _matching(found, ids, where, where_document) if "" in found.points[i].vectors]
    by_text = {found.chroma_id(i): i for i in candidates}
    for row, vector in enumerate(vectors):
        scores = {text: chroma_distance(distance, vector, found.points[i].vectors[""]) for text, i in by_text.items()}
        shown = answer["ids"][row]
        if "distances" in include:
            check_ranking(list(zip(shown, answer["distances"][row])), scores, True, 0, n_results, f"query {distance}")
        else:
            check_json(answer["distances"], None, "distances")
            check(len(shown) == min(n_results, len(scores)) and set(shown) <= set(scores), "query ids", shown, scores)
        columns = {c: answer[c] and answer[c][row] for c in ("documents", "uris", "metadatas", "embeddings")}
        _check_rows(found, [by_text[text] for text in shown], columns, include, "query")


def count(session, name):
    found = session.store.find(name)
    if found is None or not found.shown_to_chroma:
        return
    status, answer = session.chroma("GET", f"/collections/{found.uuid}/count")
    check(status == 200 and answer == len(found.points), "count", (status, answer), len(found.points))


def list_all(session):
    got = session.expect(session.chroma("GET", "/collections"), 200)
    shown = {c.name: c.uuid for c in session.store.collections.values() if c.shown_to_chroma}
    check_json({c["name"]: c["id"] for c in got}, shown, "collections of Chroma")
    for collection in got:
        expected = session.store.collections[collection["name"]].vectors[""][0]
        check(collection["dimension"] == expected, f"dimension of {collection['name']}", collection["dimension"], expected)


def look(session, name):
    """GET by name: follows aliases, and tells a new collection's UUID."""
    found = session.store.find(name)
    status, answer = session.chroma("GET", f"/collections/{name}")
    if found is None or not found.shown_to_chroma:
        text = {"error": "NotFoundError", "message": f"Collection [{name}] does not exist"}
        check(status == 404 and answer == text, "hidden collection", (status, answer), text)
        return
    check(status == 200 and answer["name"] == found.name, "collection", (status, answer), found.name)
    assert re.fullmatch(r"[0-9a-f-]{36}", answer["id"]), answer
    check(found.uuid in (None, answer["id"]), "UUID of a collection", answer["id"], found.uuid)
    found.uuid = answer["id"]


OPERATIONS = {f"chroma_{f.__name__}": f for f in (write, delete, get, query, count, list_all, look)}
