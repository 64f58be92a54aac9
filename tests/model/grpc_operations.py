"""A share of the Qdrant dialect over gRPC, by the official client; the rules are those of REST."""

from qdrant_client import QdrantClient, models
from qdrant_client.conversions.conversion import RestToGrpc

from model import filters
from model.compare import check, check_json, check_ranking
from model.qdrant_reads import check_parts
from model.qdrant_writes import apply_upsert, selected
from model.store import id_order, score, smaller_is_better


def connect(server):
    return QdrantClient(host="127.0.0.1", port=server.rest, grpc_port=server.grpc, prefer_grpc=True,
                        check_compatibility=False, timeout=60)


def _filter(condition):
    """None also where the client itself cannot write the filter down (an empty `any`)."""
    if condition is None:
        return None
    try:
        made = models.Filter(**condition)
        RestToGrpc.convert_filter(made)
    except Exception:
        return None
    return made


def _matching(found, made, condition):
    condition = None if made is None else condition
    return {i: p for i, p in found.points.items() if condition is None or filters.matches(condition, i, p)}


def _found(session, name):
    """Only collections that are there and have their sizes: REST and Chroma see to the others."""
    found = session.store.find(name)
    if found is None or any(size is None for size, _ in found.vectors.values()):
        return None
    session.recent.append(("grpc", name, "", "", "", ""))
    return found


def upsert(session, name, points, wait):
    found = _found(session, name)
    if found is None:
        return
    structs = [models.PointStruct(id=i, vector=vectors, payload=payload) for i, vectors, payload in points]
    answer = session.grpc.upsert(name, wait=wait, points=structs)
    check(answer.status == ("completed" if wait else "acknowledged"), "upsert", answer, wait)
    apply_upsert(found, points)


def delete(session, name, ids, wait):
    found = _found(session, name)
    if found is not None:
        session.grpc.delete(name, ids, wait=wait)
        found.delete(selected(found, {"points": ids})[0])


def _as_json(point):
    return {"id": point.id, "payload": point.payload, "vector": point.vector}


def retrieve(session, name, ids):
    found = _found(session, name)
    if found is None:
        return
    got = session.grpc.retrieve(name, ids, with_payload=True, with_vectors=True)
    check_json([p.id for p in got], [i for i in dict.fromkeys(ids) if i in found.points], "retrieved ids")
    for point in got:
        check_parts(found, _as_json(point), point.id, True, True)


def scroll(session, name, condition, limit):
    found = _found(session, name)
    if found is None:
        return
    made = _filter(condition)
    points, following = session.grpc.scroll(name, scroll_filter=made, limit=limit, with_payload=True, with_vectors=False)
    ids = sorted(_matching(found, made, condition), key=id_order)
    check_json([p.id for p in points], ids[:limit], "scrolled ids")
    check_json(following, ids[limit] if len(ids) > limit else None, "next page")
    for point in points:
        check_parts(found, _as_json(point), point.id, True, False)


def count(session, name, condition):
    found = _found(session, name)
    if found is None:
        return
    made = _filter(condition)
    got = session.grpc.count(name, count_filter=made, exact=True).count
    check(got == len(_matching(found, made, condition)), f"count of {condition}", got, None)


def query(session, name, using, vector, condition, limit):
    found = _found(session, name)
    if found is None or using not in found.vectors or len(vector) != found.vectors[using][0]:
        return
    made = _filter(condition)
    hits = session.grpc.query_points(name, query=vector, using=using or None, query_filter=made, limit=limit,
                                     search_params=models.SearchParams(exact=True)).points
    distance = found.vectors[using][1]
    scores = {i: score(distance, vector, p.vectors[using]) for i, p in _matching(found, made, condition).items() if using in p.vectors}
    check_ranking([(h.id, h.score) for h in hits], scores, smaller_is_better(distance), 0, limit, f"gRPC query {distance}")


OPERATIONS = {f"grpc_{f.__name__}": f for f in (upsert, delete, retrieve, scroll, count, query)}
