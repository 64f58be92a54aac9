"""Writes of the Qdrant dialect: each does one request and the same to the model."""

from model import filters
from model.store import merged, merged_at, without_path


def path_of(name, rest=""):
    return f"/collections/{name}{rest}"


def missing(session, name, method, rest, body):
    """The answer for a collection that is not there."""
    text = session.result(method, path_of(name, rest), body, 404)
    assert text == f"Not found: Collection `{name}` doesn't exist!", text


def _write(session, name, method, rest, body, wait, status=200):
    found = session.store.find(name)
    if found is None:
        missing(session, name, method, rest, body)
        return None
    answer = session.result(method, path_of(name, f"{rest}?wait={str(wait).lower()}"), body, status)
    if status == 200:
        expected = "completed" if wait else "acknowledged"
        assert answer["status"] == expected, answer
    return found


def _named(vectors):
    return {"": vectors} if isinstance(vectors, list) else vectors


def upsert(session, name, points, mode, update_filter, batch, wait):
    """points: [[id, vectors, payload or None]]"""
    if batch:
        unnamed = all(isinstance(vectors, list) for _, vectors, _ in points)
        names = [] if unnamed else sorted({n for _, vectors, _ in points for n in vectors})
        columns = ([vectors for _, vectors, _ in points] if unnamed
                   else {n: [vectors[n] for _, vectors, _ in points] for n in names})
        body = {"batch": {"ids": [i for i, _, _ in points], "vectors": columns, "payloads": [p for _, _, p in points]}}
    else:
        body = {"points": [{"id": i, "vector": v, **({} if p is None else {"payload": p})} for i, v, p in points]}
    if mode != "upsert":
        body["update_mode"] = mode
    if update_filter is not None:
        body["update_filter"] = update_filter
    found = _write(session, name, "PUT", "/points", body, wait)
    if found is not None:
        apply_upsert(found, points, mode, update_filter)


def apply_upsert(found, points, mode="upsert", update_filter=None):
    rows = {}
    for point_id, vectors, payload in points:
        if mode != "insert_only" or point_id not in rows:
            rows[point_id] = (vectors, payload)
        found.decide_size(_named(vectors))
    # Conditions look at the points before the request.
    allowed = [i for i in rows if _allowed(found, i, mode, update_filter)]
    for point_id in allowed:
        vectors, payload = rows[point_id]
        found.put(point_id, "", _named(vectors), payload or {})


def _allowed(found, point_id, mode, update_filter):
    old = found.points.get(point_id)
    if old is None:
        return mode != "update_only"
    return mode != "insert_only" and (update_filter is None or filters.matches(update_filter, point_id, old))


def selected(found, selector):
    """(known ids of a selector, the first unknown one)."""
    if "points" in selector:
        known = [i for i in dict.fromkeys(selector["points"]) if i in found.points]
        unknown = [i for i in selector["points"] if i not in found.points]
        return known, unknown[0] if unknown else None
    return [i for i, p in found.points.items() if filters.matches(selector["filter"], i, p)], None


def delete(session, name, selector, wait):
    found = _write(session, name, "POST", "/points/delete", selector, wait)
    if found is not None:
        found.delete(selected(found, selector)[0])


def _edit(session, name, method, rest, selector, body, wait, change):
    """An unknown id is a 404 of a waited write, and the known ones change all the same. (An unwaited
    one is acknowledged.)"""
    found = session.store.find(name)
    known, unknown = selected(found, selector) if found else ([], None)
    refused = unknown is not None and wait
    _write(session, name, method, rest, {**body, **selector}, wait, 404 if refused else 200)
    if refused:
        answer = session.recent[-1][5]["status"]["error"]
        assert answer == f"Not found: No point with id {unknown} found", answer
    for point_id in known:
        change(found.points[point_id])


def _set(point, payload):
    point.payload = payload


def set_payload(session, name, selector, payload, key, wait):
    body = {"payload": payload, **({} if key is None else {"key": key})}
    steps = key.split(".") if key else []
    _edit(session, name, "POST", "/points/payload", selector, body, wait,
          lambda point: _set(point, merged_at(point.payload, steps, payload)))


def overwrite_payload(session, name, selector, payload, wait):
    _edit(session, name, "PUT", "/points/payload", selector, {"payload": payload}, wait,
          lambda point: _set(point, dict(payload)))


def without_keys(payload, keys):
    for key in keys:
        payload = without_path(payload, key.split("."))
    return payload


def delete_payload(session, name, selector, keys, wait):
    _edit(session, name, "POST", "/points/payload/delete", selector, {"keys": keys}, wait,
          lambda point: _set(point, without_keys(point.payload, keys)))


def clear_payload(session, name, selector, wait):
    _edit(session, name, "POST", "/points/payload/clear", selector, {}, wait, lambda point: _set(point, {}))


def update_vectors(session, name, points, wait):
    """points: [[id, vectors]]"""
    found = session.store.find(name)
    unknown = next((i for i, _ in points if found and i not in found.points), None)
    body = {"points": [{"id": i, "vector": v} for i, v in points]}
    status = 404 if unknown is not None and wait else 200
    _write(session, name, "PUT", "/points/vectors", body, wait, status)
    if found is None:
        return
    for point_id, vectors in points:
        found.decide_size(_named(vectors))   # By an unknown id, too.
        if point_id in found.points:
            found.points[point_id].vectors.update(_named(vectors))


def delete_vectors(session, name, selector, names, wait):
    def change(point):
        for vector_name in names:
            point.vectors.pop(vector_name, None)
    _edit(session, name, "POST", "/points/vectors/delete", selector, {"vector": names}, wait, change)


def batch(session, name, operations):
    """Several writes in one request, in order; it stops at the first that names an unknown id, whose
    known ones have changed by then. operations: [[kind, arguments]]"""
    body, found, unknown = {"operations": []}, session.store.find(name), None
    for kind, arguments in operations:
        one, change = _BATCHED[kind](**arguments)
        body["operations"].append({kind: one})
        if found is not None and unknown is None:
            unknown = change(found)
    if found is None:
        missing(session, name, "POST", "/points/batch", body)
        return
    status = 404 if unknown is not None else 200
    results = session.result("POST", path_of(name, "/points/batch?wait=true"), body, status)
    if status == 200:
        assert [r["status"] for r in results] == ["completed"] * len(operations), results


def _batched_upsert(points):
    body = {"points": [{"id": i, "vector": v, "payload": p} for i, v, p in points]}
    return body, lambda found: apply_upsert(found, points)


def _batched_delete(selector):
    return selector, lambda found: found.delete(selected(found, selector)[0])


def _edited(selector, edit):
    def change(found):
        known, unknown = selected(found, selector)
        for point_id in known:
            found.points[point_id].payload = edit(found.points[point_id].payload)
        return unknown
    return change


def _batched_set(selector, payload):
    return {**selector, "payload": payload}, _edited(selector, lambda old: merged(old, payload))


def _batched_overwrite(selector, payload):
    return {**selector, "payload": payload}, _edited(selector, lambda old: dict(payload))


def _batched_delete_keys(selector, keys):
    return {**selector, "keys": keys}, _edited(selector, lambda old: without_keys(old, keys))


def _batched_clear(selector):
    return selector, _edited(selector, lambda old: {})


_BATCHED = {"upsert": _batched_upsert, "delete": _batched_delete, "set_payload": _batched_set,
            "overwrite_payload": _batched_overwrite, "delete_payload": _batched_delete_keys,
            "clear_payload": _batched_clear}


def create_index(session, name, field, kind):
    found = _write(session, name, "PUT", "/index", {"field_name": field, "field_schema": kind}, True)
    if found is not None:
        found.indexes[field] = kind


def drop_index(session, name, field):
    found = _write(session, name, "DELETE", f"/index/{field}", None, True)
    if found is not None:
        found.indexes.pop(field, None)


OPERATIONS = {f.__name__: f for f in (upsert, delete, set_payload, overwrite_payload, delete_payload, clear_payload,
                                      update_vectors, delete_vectors, batch, create_index, drop_index)}
