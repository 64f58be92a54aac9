"""Reads of the Qdrant dialect, each compared with the model."""

from model import filters
from model.compare import Difference, check, check_json, check_ranking, check_vector
from model.qdrant_writes import missing, path_of
from model.store import id_order, score, smaller_is_better, unit


def _shown_vector(found, point, name):
    vector = point.vectors.get(name)
    return unit(vector) if vector is not None and found.vectors[name][1] == "Cosine" else vector


def check_parts(found, got, point_id, with_payload, with_vector):
    """`got` is a point of an answer, and may show payload and vectors."""
    point = found.points.get(point_id)
    if point is None:
        raise Difference(f"{point_id} is not there, and was answered: {got}")
    payload = got.get("payload")
    if with_payload is True:
        check_json(payload, point.payload, f"payload of {point_id}")
    elif with_payload:
        check_json(payload, {k: v for k, v in point.payload.items() if k in with_payload}, f"chosen payload of {point_id}")
    else:
        check(payload is None, f"payload of {point_id} was not asked for", payload, None)
    vectors = got.get("vector")
    if not with_vector:
        check(vectors is None, f"vector of {point_id} was not asked for", vectors, None)
    elif list(found.vectors) == [""] and "" in point.vectors:
        check_vector(vectors, _shown_vector(found, point, ""), f"vector of {point_id}")
    else:
        check(set(vectors or {}) == set(point.vectors), f"vector names of {point_id}", vectors, point.vectors)
        for name in point.vectors:
            check_vector(vectors[name], _shown_vector(found, point, name), f"vector '{name}' of {point_id}")


def _matching(found, condition):
    return {i: p for i, p in found.points.items() if condition is None or filters.matches(condition, i, p)}


def get_point(session, name, point_id):
    found = session.store.find(name)
    if found is None:
        return missing(session, name, "GET", f"/points/{point_id}", None)
    if point_id not in found.points:
        text = session.result("GET", path_of(name, f"/points/{point_id}"), None, 404)
        return check_json(text, f"Not found: Point with id {point_id} does not exists!", "refusal")
    got = session.result("GET", path_of(name, f"/points/{point_id}"))
    check_json(got["id"], point_id, "id")
    return check_parts(found, got, point_id, True, True)


def retrieve(session, name, ids, with_payload, with_vector):
    found = session.store.find(name)
    body = {"ids": ids, "with_payload": with_payload, "with_vector": with_vector}
    if found is None:
        return missing(session, name, "POST", "/points", body)
    got = session.result("POST", path_of(name, "/points"), body)
    expected = [i for i in dict.fromkeys(ids) if i in found.points]
    check_json([p["id"] for p in got], expected, "retrieved ids")
    for point in got:
        check_parts(found, point, point["id"], with_payload, with_vector)
    return None


def scroll(session, name, condition, limit, offset, with_payload, with_vector):
    found = session.store.find(name)
    body = {"limit": limit, "with_payload": with_payload, "with_vector": with_vector}
    if condition is not None:
        body["filter"] = condition
    if offset is not None:
        body["offset"] = offset
    if found is None:
        return missing(session, name, "POST", "/points/scroll", body)
    page = session.result("POST", path_of(name, "/points/scroll"), body)
    ids = sorted(_matching(found, condition), key=id_order)
    if offset is not None:
        ids = [i for i in ids if id_order(i) >= id_order(offset)]
    check_json([p["id"] for p in page["points"]], ids[:limit], "scrolled ids")
    check_json(page["next_page_offset"], ids[limit] if len(ids) > limit else None, "next page")
    for point in page["points"]:
        check_parts(found, point, point["id"], with_payload, with_vector)
    return None


def _order_value(kind, value):
    """What the index orders by; None when the point has no place in it."""
    if kind == "datetime":
        return filters.microseconds(value) if isinstance(value, str) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if kind == "float" else value if isinstance(value, int) else None


def scroll_ordered(session, name, condition, limit, key, direction):
    """`key` is a field with one value a point, so that every point comes once."""
    found = session.store.find(name)
    body = {"limit": limit, "order_by": {"key": key, "direction": direction}, "with_payload": False}
    if condition is not None:
        body["filter"] = condition
    if found is None:
        return missing(session, name, "POST", "/points/scroll", body)
    kind = found.indexes.get(key)
    if kind not in ("integer", "float", "datetime"):
        text = session.result("POST", path_of(name, "/points/scroll"), body, 400)
        return check(text.startswith(f"Wrong input: No range index for `order_by` key: `{key}`."), "refusal", text, None)
    page = session.result("POST", path_of(name, "/points/scroll"), body)
    values = {}
    for point_id, point in _matching(found, condition).items():
        value = next((_order_value(kind, v) for v in filters.values_at(point.payload, key)), None)
        if value is not None:
            values[point_id] = value
    got = [(p["id"], p["order_value"]) for p in page["points"]]
    check_ranking(got, values, direction == "asc", 0, limit, f"order by {key}")
    check_json(page["next_page_offset"], None, "next page of an order")
    return None


def count(session, name, condition):
    found = session.store.find(name)
    body = {"exact": True, **({} if condition is None else {"filter": condition})}
    if found is None:
        return missing(session, name, "POST", "/points/count", body)
    got = session.result("POST", path_of(name, "/points/count"), body)["count"]
    expected = _matching(found, condition)
    return check(got == len(expected), f"count of {condition}", got, sorted(expected, key=id_order))


def facet(session, name, key, condition, limit):
    found = session.store.find(name)
    body = {"key": key, "limit": limit, "exact": True, **({} if condition is None else {"filter": condition})}
    if found is None:
        return missing(session, name, "POST", "/facet", body)
    if found.indexes.get(key) not in ("integer", "keyword", "bool"):
        text = session.result("POST", path_of(name, "/facet"), body, 400)
        return check(text.startswith(f"Wrong input: No appropriate index for faceting: `{key}`."), "refusal", text, None)
    counts = {}
    for point in _matching(found, condition).values():
        values = [v for value in filters.values_at(point.payload, key) for v in (value if isinstance(value, list) else [value])]
        for value in {v for v in values if v is not None}:
            counts[value] = counts.get(value, 0) + 1
    ranked = sorted(counts.items(), key=lambda hit: (-hit[1], hit[0].encode() if isinstance(hit[0], str) else hit[0]))
    got = session.result("POST", path_of(name, "/facet"), body)["hits"]
    return check_json([[hit["value"], hit["count"]] for hit in got], [list(hit) for hit in ranked[:limit]], f"facet of {key}")


def _query_vector(session, found, using, query):
    """(vector, the id that is no candidate), or the text of the refusal."""
    if isinstance(query, list):
        return query, None
    if query not in found.points:
        return f"Not found: No point with id {query} found", None
    vector = found.points[query].vectors.get(using)
    return (f'Not found: Vector with name "{using}" for point not found' if vector is None
            else _shown_vector(found, found.points[query], using)), query


def query(session, name, using, query, condition, limit, offset, threshold, with_payload, old_route):
    """An exact nearest-neighbour search; `query` is a vector or an id."""
    found = session.store.find(name)
    body = {"limit": limit, "offset": offset, "with_payload": with_payload, "params": {"exact": True}}
    if condition is not None:
        body["filter"] = condition
    if threshold is not None:
        body["score_threshold"] = threshold
    if old_route:
        route = "/points/search"
        body["vector"] = {"name": using, "vector": query} if using else query
    else:
        route = "/points/query"
        body["query"] = query
        if using:
            body["using"] = using
    if found is None:
        return missing(session, name, "POST", route, body)
    size, distance = found.vectors[using]
    vector, excluded = _query_vector(session, found, using, query)
    if isinstance(vector, str):
        return check_json(session.result("POST", path_of(name, route), body, 404), vector, "refusal")
    if size is not None and len(vector) != size:
        text = session.result("POST", path_of(name, route), body, 400)
        return check_json(text, f"Wrong input: Vector dimension error: expected dim: {size}, got {len(vector)}", "refusal")
    got = session.result("POST", path_of(name, route), body)
    hits = got if old_route else got["points"]
    ascending = smaller_is_better(distance)
    scores = {i: score(distance, vector, p.vectors[using]) for i, p in _matching(found, condition).items()
              if using in p.vectors and i != excluded}
    optional = ()
    if threshold is not None:
        scores = {i: s for i, s in scores.items() if (s < threshold + 1e-4 if ascending else s > threshold - 1e-4)}
        optional = {i for i, s in scores.items() if abs(s - threshold) <= 1e-4}
    check_ranking([(h["id"], h["score"]) for h in hits], scores, ascending, offset, limit, f"query {distance}", optional)
    for hit in hits:
        check_parts(found, hit, hit["id"], with_payload, False)
    return None


def collection_info(session, name):
    found = session.store.find(name)
    if found is None:
        return missing(session, name, "GET", "", None)
    info = session.result("GET", path_of(name))
    check(info["points_count"] == len(found.points), "points_count", info["points_count"], len(found.points))
    schema = {field: entry["data_type"] for field, entry in info["payload_schema"].items()}
    return check_json(schema, found.indexes, "payload_schema")


def list_all(session):
    names = [c["name"] for c in session.result("GET", "/collections")["collections"]]
    check_json(names, sorted(session.store.collections, key=str.encode), "collections")
    aliases = {a["alias_name"]: a["collection_name"] for a in session.result("GET", "/aliases")["aliases"]}
    check_json(aliases, {alias: target.name for alias, target in session.store.aliases.items()}, "aliases")


OPERATIONS = {f.__name__: f for f in (get_point, retrieve, scroll, scroll_ordered, count, facet, query, collection_info, list_all)}
