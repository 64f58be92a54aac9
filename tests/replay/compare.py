"""Compares an answer with the recorded one: equal but for what the step says may differ.

Integers and floats are different values (1 is not 1.0); large integers are exact. Paths look like
`$.result[*].id`, `$.result.*.count`, `$.a["key with . in it"]`, `$.list[0]`.

Both answers are first brought into one form (ignored parts out, lists without an order sorted, ties
merged), then compared part by part. A difference is (place, expected, got).
"""

import copy
import json
import re

_STEP = re.compile(r'\.\*|\[\*\]|\[(-?\d+)\]|\[("(?:[^"\\]|\\.)*")\]|\.([^.\[\]"]+)')
_POSITION = re.compile(r" at line \d+ column \d+")
NOTHING = "(nothing)"


# ---------------------------------------------------------------- paths

def parse_path(path):
    """The steps behind `$`: a key (str), an index (int), or None for every element or value."""
    steps, at = [], 1
    while at < len(path):
        found = _STEP.match(path, at)
        if not found:
            raise ValueError(f"not a path: {path}")
        index, quoted, key = found.groups()
        steps.append(int(index) if index else json.loads(quoted) if quoted else key)
        at = found.end()
    return steps


def _keys(value, step):
    if isinstance(value, list):
        if step is None:
            return range(len(value))
        return [step] if isinstance(step, int) and -len(value) <= step < len(value) else []
    if isinstance(value, dict):
        return list(value) if step is None else [step] if step in value else []
    return []


def values_at(value, path):
    """The places that a path reaches, each as its container and key."""
    steps = parse_path(path)
    if not steps:
        return []
    reached = [value]
    for step in steps[:-1]:
        reached = [v[k] for v in reached for k in _keys(v, step)]
    return [(v, k) for v in reached for k in _keys(v, steps[-1])]


def get_at(value, path):
    """The first value that a path reaches. @raise KeyError when there is none."""
    if path == "$":
        return value
    for container, key in values_at(value, path):
        return container[key]
    raise KeyError(path)


# ---------------------------------------------------------------- one form

def without_positions(value):
    """The value with "at line 1 column 20" taken out of its texts."""
    if isinstance(value, str):
        return _POSITION.sub("", value)
    if isinstance(value, list):
        return [without_positions(item) for item in value]
    if isinstance(value, dict):
        return {k: without_positions(v) for k, v in value.items()}
    return value


def _sort_key(value):
    """Orders JSON values without regard to the last digits of floats."""
    if isinstance(value, float):
        return "%.4g" % value
    if isinstance(value, list):
        return "[%s]" % ",".join(_sort_key(item) for item in value)
    if isinstance(value, dict):
        return "{%s}" % ",".join(f"{json.dumps(k)}:{_sort_key(value[k])}" for k in sorted(value))
    return json.dumps(value)


def _score(item):
    """The score of a hit, or of the best hit of a group."""
    if isinstance(item, dict):
        hits = item.get("hits")
        if isinstance(hits, list) and hits:
            return _score(hits[0])
        score = item.get("score")
        if isinstance(score, (int, float)) and not isinstance(score, bool):
            return score
    return None


def _same_score(a, b):
    if a is None or b is None:
        return a is b
    return a == b or abs(a - b) <= 1e-6 * (1 + abs(a))


def _merge_ties(items, cut):
    """Equal scores share an entry, in which order is lost. When a limit cut the list, it is chance
    which items of the last score made it: of those only the number counts."""
    merged = []
    for item in items:
        score = _score(item)
        if not merged or not _same_score(merged[-1]["score"], score):
            merged.append({"score": score, "items": []})
        merged[-1]["items"].append(item)
    for entry in merged:
        entry["items"].sort(key=_sort_key)
    if merged and cut:
        merged[-1] = {"score": merged[-1]["score"], "count": len(merged[-1]["items"])}
    return merged


def _may_be_cut(items, path, request):
    body = request.get("body")
    if path not in ("$.result.points", "$.result") or not isinstance(body, dict):
        return True
    return len(items) >= (body.get("limit") or 10)


def _inner_first(paths):
    return sorted(paths, key=lambda path: -len(parse_path(path)))


def _lists_at(value, path):
    found = [(None, None)] if path == "$" else values_at(value, path)
    for container, key in found:
        reached = value if container is None else container[key]
        if isinstance(reached, list):
            yield container, key, reached


def in_one_form(body, step):
    """A copy of a body without what is not compared, and with one order where there is none."""
    body = copy.deepcopy(body)
    for path in step.get("ignore", []):
        for container, key in reversed(values_at(body, path)):
            del container[key]
    for path in _inner_first(step.get("ties", [])):
        for container, key, items in _lists_at(body, path):
            if container is not None:
                container[key] = _merge_ties(items, _may_be_cut(items, path, step["request"]))
    for path in step.get("words", []):
        for container, key in values_at(body, path):
            if isinstance(container[key], str):
                container[key] = " ".join(sorted(re.findall(r"\w+", container[key])))
    for path in _inner_first(step.get("unordered", [])):
        for _, _, items in _lists_at(body, path):
            items.sort(key=_sort_key)
    return body


# ---------------------------------------------------------------- differences

def _kind(value):
    if value is None:
        return "null"
    return {bool: "bool", int: "integer", float: "float", str: "string", list: "list", dict: "object"}[type(value)]


def full_differences(want, got, tolerance=1e-5, key_order=False, place="$"):
    if _kind(want) != _kind(got):
        yield place, want, got
    elif isinstance(want, dict):
        for key in [*want, *(k for k in got if k not in want)]:
            if key not in want or key not in got:
                yield f"{place}.{key}", want.get(key, NOTHING), got.get(key, NOTHING)
            else:
                yield from full_differences(want[key], got[key], tolerance, key_order, f"{place}.{key}")
        if key_order and list(want) != list(got) and want.keys() == got.keys():
            yield f"{place} (order of keys)", list(want), list(got)
    elif isinstance(want, list):
        for i in range(max(len(want), len(got))):
            if i >= len(want) or i >= len(got):
                yield (f"{place}[{i}]", want[i] if i < len(want) else NOTHING, got[i] if i < len(got) else NOTHING)
            else:
                yield from full_differences(want[i], got[i], tolerance, key_order, f"{place}[{i}]")
    elif isinstance(want, float):
        # Not the other way round: NaN is near to nothing.
        if want != got and not abs(want - got) <= tolerance + tolerance * abs(want):
            yield place, want, got
    elif want != got:
        yield place, want, got


def shape_differences(want, got, place="$"):
    """Same keys and types, whatever the values. An element must look like one of the recorded."""
    numbers = ("integer", "float")
    if _kind(want) != _kind(got) and not (_kind(want) in numbers and _kind(got) in numbers):
        yield place, f"<{_kind(want)}>", f"<{_kind(got)}>"
    elif isinstance(want, dict):
        for key in [*want, *(k for k in got if k not in want)]:
            if key not in want or key not in got:
                yield (f"{place}.{key}", f"<{_kind(want[key])}>" if key in want else NOTHING,
                       f"<{_kind(got[key])}>" if key in got else NOTHING)
            else:
                yield from shape_differences(want[key], got[key], f"{place}.{key}")
    elif isinstance(want, list) and want:
        for i, item in enumerate(got):
            yield from min((list(shape_differences(w, item, f"{place}[{i}]")) for w in want), key=len)


def _metric_types(text):
    return dict(re.findall(r"^# TYPE (\S+) (\S+)", text, re.MULTILINE))


def media_type(value):
    return (value or "").split(";")[0].strip().lower()


def _body_differences(want, got, step):
    if "body" not in got:
        return [("$", want["body"], got.get("text", NOTHING))]
    expected, came = in_one_form(want["body"], step), in_one_form(got["body"], step)
    if step.get("compare") == "shape":
        return list(shape_differences(expected, came))
    return list(full_differences(expected, came, step.get("tolerance", 1e-5), step.get("key_order", False)))


def _text_differences(want, got, step):
    came = got.get("text", json.dumps(got["body"]) if "body" in got else None)
    if step.get("compare") == "shape" and came is not None:
        return list(full_differences(_metric_types(want["text"]), _metric_types(came)))
    return [] if came == want["text"] else [("text", want["text"], came)]


def answer_differences(want, got, step, positions=False):
    """All differences between the recorded answer of a step and the one that came."""
    if not positions and want["status"] >= 400:
        want, got = without_positions(want), without_positions(got)
    differences = []
    if want["status"] != got["status"]:
        differences.append(("status", want["status"], got["status"]))
    if step.get("compare") == "status":
        return differences
    if media_type(want.get("content_type")) != media_type(got.get("content_type")):
        differences.append(("content-type", want.get("content_type"), got.get("content_type")))
    for name, value in want.get("headers", {}).items():
        if got.get("headers", {}).get(name) != value:
            differences.append((f"header {name}", value, got.get("headers", {}).get(name)))
    if "body" in want:
        differences += _body_differences(want, got, step)
    elif "text" in want:
        differences += _text_differences(want, got, step)
    return differences
