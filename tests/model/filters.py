"""Qdrant's filters and Chroma's `where`, evaluated on one point in the plainest way."""

import datetime
import re

from model.store import DOCUMENT


def _steps(path):
    """Member names; "[]" stands for itself. A quoted path is one name."""
    if path.startswith('"'):
        return [path.strip('"')]
    out = []
    for part in path.split("."):
        name, brackets, _ = part.partition("[]")
        out.append(name)
        if brackets:
            out.append("[]")
    return out


def values_at(payload, path):
    found = [payload]
    for step in _steps(path):
        following = []
        for value in found:
            if step == "[]":
                following += value if isinstance(value, list) else []
            elif isinstance(value, dict) and step in value:
                following.append(value[step])
        found = following
    return found


def _elements(values):
    for value in values:
        if isinstance(value, list):
            yield from value
        else:
            yield value


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _same(value, wanted):
    """5 is not 5.0, and neither is True 1."""
    return type(value) is type(wanted) and value == wanted


def microseconds(text):
    try:
        moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    since = moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return (since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds


def _inside(value, bounds):
    return (("lt" not in bounds or value < bounds["lt"]) and ("gt" not in bounds or value > bounds["gt"])
            and ("lte" not in bounds or value <= bounds["lte"]) and ("gte" not in bounds or value >= bounds["gte"]))


def _words(text):
    return {word.lower() for word in re.findall(r"[^\W_]+", text)}


def _match(match, values):
    (kind, operand), = match.items()
    elements = list(_elements(values))
    if kind == "value":
        return any(_same(value, operand) for value in elements)
    if kind == "any":
        return any(_same(value, wanted) for value in elements for wanted in operand)
    if kind == "except":
        return any(value is not None and not any(_same(value, other) for other in operand) for value in elements)
    if kind == "text":
        wanted = _words(operand)
        return bool(wanted) and any(isinstance(value, str) and wanted <= _words(value) for value in elements)
    if kind == "prefix":
        return any(isinstance(value, str) and value.startswith(operand) for value in elements)
    raise AssertionError(kind)


def _in_range(bounds, values):
    if any(isinstance(bound, str) for bound in bounds.values()):
        limits = {name: microseconds(bound) for name, bound in bounds.items()}
        dates = (microseconds(value) for value in _elements(values) if isinstance(value, str))
        return any(date is not None and _inside(date, limits) for date in dates)
    return any(_is_number(value) and _inside(value, bounds) for value in _elements(values))


def _values_count(bounds, values):
    def count(value):
        return 0 if value is None else len(value) if isinstance(value, list) else 1
    return any(_inside(count(value), bounds) for value in values) if values else _inside(0, bounds)


def _field(condition, payload):
    values = values_at(payload, condition["key"])
    if "match" in condition:
        return _match(condition["match"], values)
    if "range" in condition:
        return _in_range(condition["range"], values)
    return _values_count(condition["values_count"], values)


def _condition(condition, point_id, point, payload):
    if "key" in condition:
        return _field(condition, payload)
    if "is_empty" in condition:
        return all(value is None or value == [] for value in values_at(payload, condition["is_empty"]["key"]))
    if "is_null" in condition:
        return any(value is None or isinstance(value, list) and None in value
                   for value in values_at(payload, condition["is_null"]["key"]))
    if "has_id" in condition:
        return point is not None and any(_same(point_id, wanted) for wanted in condition["has_id"])
    if "has_vector" in condition:
        return point is not None and condition["has_vector"] in point.vectors
    if "nested" in condition:
        nested = condition["nested"]
        return any(isinstance(element, dict) and matches(nested["filter"], None, None, element)
                   for value in values_at(payload, nested["key"].removesuffix("[]")) if isinstance(value, list) for element in value)
    return matches(condition, point_id, point, payload)


def matches(condition, point_id, point, payload=None):
    """A whole filter. Inside `nested` there is a payload but no point."""
    if payload is None:
        payload = point.payload

    def passed(part):
        return _condition(part, point_id, point, payload)
    if not all(passed(part) for part in condition.get("must", ())):
        return False
    if any(passed(part) for part in condition.get("must_not", ())):
        return False
    should = condition.get("should", ())
    if should and not any(passed(part) for part in should):
        return False
    least = condition.get("min_should")
    return least is None or sum(passed(part) for part in least["conditions"]) >= least["min_count"]


# Chroma ------------------------------------------------------------------------------------------

def _equal(value, operand):
    """Numbers by value, whatever their kind; never equal to a bool or a text."""
    if _is_number(value) and _is_number(operand):
        return value == operand
    return type(value) is type(operand) and not isinstance(value, (list, dict)) and value == operand


_COMPARE = {"$gt": lambda a, b: a > b, "$gte": lambda a, b: a >= b, "$lt": lambda a, b: a < b, "$lte": lambda a, b: a <= b}


def where(clause, payload):
    (key, operand), = clause.items()
    if key == "$and":
        return all(where(part, payload) for part in operand)
    if key == "$or":
        return any(where(part, payload) for part in operand)
    if key == "#document":
        return where_document(operand, payload)
    if not isinstance(operand, dict):
        operand = {"$eq": operand}
    (name, wanted), = operand.items()
    value, there = payload.get(key), key in payload
    if name == "$eq":
        return there and _equal(value, wanted)
    if name == "$ne":
        return not (there and _equal(value, wanted))
    if name in _COMPARE:
        return there and _is_number(value) and _COMPARE[name](value, wanted)
    if name in ("$in", "$nin"):
        found = there and any(_equal(value, each) for each in wanted)
        return found != (name == "$nin")
    held = isinstance(value, list) and any(_same(each, wanted) for each in value)
    return held != (name == "$not_contains")


def where_document(clause, payload):
    (name, operand), = clause.items()
    if name == "$and":
        return all(where_document(part, payload) for part in operand)
    if name == "$or":
        return any(where_document(part, payload) for part in operand)
    text = payload.get(DOCUMENT)
    there = isinstance(text, str)
    if name in ("$contains", "$not_contains"):
        return (there and operand in text) != (name == "$not_contains")
    return (there and re.search(operand, text) is not None) != (name == "$not_regex")
