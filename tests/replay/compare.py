"""Compares an answer with the recorded one: equal but for what the step says may differ.

Integers and floats are different values (1 is not 1.0); large integers are exact. Paths look like
`$.result[*].id`, `$.result.*.count`, `$.a["key with . in it"]`, `$.list[0]`.
"""

import math
import re

_STEP = re.compile(r'\.\*|\[\*\]|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\.([^.\[]+)')


def parse_path(path):
    """The steps behind `$`: a key (str), an index (int), or None for every element or value."""
    steps, at = [], 1
    while at < len(path):
        found = _STEP.match(path, at)
        if not found:
            raise ValueError(f"not a path: {path}")
        if found.group(1) is not None:
            steps.append(int(found.group(1)))
        elif found.group(2) is not None:
            steps.append(found.group(2).replace('\\"', '"'))
        elif found.group(3) is not None:
            steps.append(found.group(3))
        else:
            steps.append(None)
        at = found.end()
    return steps


def values_at(value, steps):
    """The values that a path reaches, with the container and key of each."""
    if not steps:
        return []
    step, rest = steps[0], steps[1:]
    if step is None:
        keys = range(len(value)) if isinstance(value, list) else list(value) if isinstance(value, dict) else []
    elif isinstance(step, int):
        keys = [step] if isinstance(value, list) and step < len(value) else []
    else:
        keys = [step] if isinstance(value, dict) and step in value else []
    if not rest:
        return [(value, key) for key in keys]
    return [entry for key in keys for entry in values_at(value[key], rest)]


def get_at(value, path):
    found = values_at(value, parse_path(path))
    if not found:
        raise KeyError(path)
    container, key = found[0]
    return container[key]


def remove_at(value, path):
    for container, key in reversed(values_at(value, parse_path(path))):
        del container[key]


class Comparison:
    """Collects the places in which two answers differ."""

    def __init__(self, step):
        self.tolerance = step.get("tolerance", 1e-5)
        self.key_order = step.get("key_order", False)
        self.shape_only = step.get("compare") == "shape"
        self.unordered = [parse_path(p) for p in step.get("unordered", [])]
        self.ties = [parse_path(p) for p in step.get("ties", [])]
        self.words = [parse_path(p) for p in step.get("words", []) or []] if isinstance(step.get("words"), list) else []
        self.differences = []

    def compare(self, expected, got, place=()):
        if self._matches(place, self.ties) and isinstance(expected, list) and isinstance(got, list):
            return self._compare_ties(expected, got, place)
        if self._matches(place, self.unordered) and isinstance(expected, list) and isinstance(got, list):
            return self._compare_unordered(expected, got, place)
        if isinstance(expected, bool) or isinstance(got, bool) or expected is None or got is None:
            same = type(expected) is type(got) and (expected == got or self.shape_only)
        elif isinstance(expected, dict) and isinstance(got, dict):
            return self._compare_objects(expected, got, place)
        elif isinstance(expected, list) and isinstance(got, list):
            return self._compare_lists(expected, got, place)
        elif isinstance(expected, float) and isinstance(got, float):
            same = self.shape_only or self._close(expected, got)
        elif isinstance(expected, str) and isinstance(got, str):
            if self._matches(place, self.words):
                same = sorted(_bag(expected)) == sorted(_bag(got))
            else:
                same = self.shape_only or expected == got
        else:
            same = type(expected) is type(got) and (self.shape_only or expected == got)
        if not same:
            self._differ(place, expected, got)

    def _close(self, a, b):
        if math.isnan(a) or math.isnan(b):
            return math.isnan(a) and math.isnan(b)
        return a == b or abs(a - b) <= self.tolerance + self.tolerance * abs(a)

    def _compare_objects(self, expected, got, place):
        if expected.keys() != got.keys():
            missing = sorted(expected.keys() - got.keys())
            extra = sorted(got.keys() - expected.keys())
            self._differ(place, f"keys {missing}" if missing else "no more keys", f"keys {extra}" if extra else "fewer keys")
            return
        if self.key_order and list(expected) != list(got):
            self._differ(place, f"order {list(expected)}", f"order {list(got)}")
        for key in expected:
            self.compare(expected[key], got[key], (*place, key))

    def _compare_lists(self, expected, got, place):
        if self.shape_only:
            if expected and got:
                self.compare(expected[0], got[0], (*place, 0))
            return
        if len(expected) != len(got):
            self._differ(place, f"{len(expected)} items: {expected}", f"{len(got)} items: {got}")
            return
        for i, (e, g) in enumerate(zip(expected, got)):
            self.compare(e, g, (*place, i))

    def _equal(self, expected, got, place):
        probe = Comparison.__new__(Comparison)
        probe.__dict__.update(self.__dict__)
        probe.differences = []
        probe.unordered, probe.ties = [], []
        probe.compare(expected, got, place)
        return not probe.differences

    def _compare_unordered(self, expected, got, place):
        left = list(got)
        for item in expected:
            match = next((i for i, g in enumerate(left) if self._equal(item, g, (*place, 0))), None)
            if match is None:
                self._differ(place, f"an item like {item}", f"none in {left}")
                return
            del left[match]
        if left:
            self._differ(place, "no more items", left)

    def _compare_ties(self, expected, got, place):
        """Order among equal scores does not count; of the last score only the number counts."""
        if len(expected) != len(got):
            self._differ(place, f"{len(expected)} items: {expected}", f"{len(got)} items: {got}")
            return
        if not expected:
            return
        last = _score(expected[-1])
        kept = [item for item in expected if not self._same_score(_score(item), last)]
        kept_got = got[: len(kept)]
        tail = got[len(kept):]
        if any(not self._same_score(_score(item), last) for item in tail):
            self._differ(place, f"{len(tail)} items of score {last}", tail)
        at = 0
        while at < len(kept):
            end = at
            while end < len(kept) and self._same_score(_score(kept[end]), _score(kept[at])):
                end += 1
            self._compare_unordered(kept[at:end], kept_got[at:end], place)
            at = end

    def _same_score(self, a, b):
        if isinstance(a, (int, float)) and isinstance(b, (int, float)):
            return self._close(float(a), float(b))
        return a == b

    @staticmethod
    def _matches(place, patterns):
        return any(
            len(pattern) == len(place) and all(p is None or p == s for p, s in zip(pattern, place))
            for pattern in patterns)

    def _differ(self, place, expected, got):
        text = "$" + "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in place)
        self.differences.append((text, expected, got))


def _score(item):
    if isinstance(item, dict):
        for key in ("score", "order_value", "count"):
            if key in item:
                return item[key]
        if "hits" in item and item["hits"]:
            return _score(item["hits"][0])
    return None


def _bag(text):
    return re.findall(r"[^\s;,\[\]]+", text)
