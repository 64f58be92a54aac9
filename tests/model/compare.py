"""Comparing an answer with what the model says. Texts and whole numbers exactly, floats as far as
f32 arithmetic in another order may differ."""

import json

TOLERANCE = 2e-5


class Difference(AssertionError):
    """The server's answer is not the model's."""


_canonical = json.JSONEncoder(sort_keys=True).encode


def same_json(got, expected):
    """1, 1.0 and true are three values."""
    return got == expected and _canonical(got) == _canonical(expected)


def check(condition, what, got, expected):
    if not condition:
        raise Difference(f"{what}:\n  got      {got!r}\n  expected {expected!r}")


def check_json(got, expected, what):
    check(same_json(got, expected), what, got, expected)


def close(a, b):
    return abs(a - b) <= TOLERANCE * max(1.0, abs(a), abs(b))


def check_vector(got, expected, what):
    fits = (got is None) == (expected is None) and (
        got is None or len(got) == len(expected) and all(close(x, y) for x, y in zip(got, expected)))
    check(fits, what, got, expected)


def check_ranking(got, scores, ascending, first, limit, what, optional=()):
    """`got` are (id, score) as answered; `scores` maps every candidate to its score. Ties may come in
    any order. `optional` candidates may or may not be there (they lie on a threshold)."""
    certain = sorted((s for i, s in scores.items() if i not in optional), reverse=not ascending)
    ids = [point_id for point_id, _ in got]
    check(len(set(ids)) == len(ids), what + ", an id twice", ids, None)
    for point_id, score in got:
        check(point_id in scores, what + ", not a candidate", point_id, sorted(scores, key=str))
        check(close(score, scores[point_id]), f"{what}, score of {point_id}", score, scores[point_id])
    shown = [score for _, score in got]
    for one, next_one in zip(shown, shown[1:]):
        check(one <= next_one + TOLERANCE if ascending else one >= next_one - TOLERANCE, what + ", order", shown, None)
    if optional:
        return
    expected = certain[first:first + limit]
    check(len(got) == len(expected), what + ", number of hits", got, expected)
    check(all(close(x, y) for x, y in zip(shown, expected)), what + ", scores", shown, expected)
