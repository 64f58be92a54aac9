"""The checker itself: histories that are known to be right or wrong, and small random ones against a
search that tries every order."""

import itertools
import math
import random

from linearizable.checker import UNKNOWN, Operation, first_problem
from linearizable.point_model import ABSENT, step


def history(*rows):
    """rows: (client, kind, argument, result, called, returned)"""
    return [Operation(*row) for row in rows]


def is_right(operations):
    return first_problem(operations, ABSENT, step) is None


def test_an_empty_history_is_right():
    assert is_right([])


def test_a_read_sees_the_write_before_it():
    assert is_right(history((0, "upsert", 1, None, 0, 1), (1, "read", None, (1, None), 2, 3)))


def test_a_read_may_see_a_write_that_overlaps_it_or_not():
    for seen in ((1, None), ABSENT):
        assert is_right(history((0, "upsert", 1, None, 0, 3), (1, "read", None, seen, 1, 2)))


def test_a_stale_read_is_found():
    wrong = history((0, "upsert", 1, None, 0, 1), (0, "upsert", 2, None, 2, 3), (1, "read", None, (1, None), 4, 5))
    assert first_problem(wrong, ABSENT, step) is wrong[2]


def test_a_read_of_what_was_never_written_is_found():
    assert not is_right(history((0, "upsert", 1, None, 0, 1), (1, "read", None, (7, None), 0, 2)))


def test_two_reads_may_not_see_two_writes_in_opposite_orders():
    writes = [(0, "upsert", 1, None, 0, 10), (1, "upsert", 2, None, 0, 10)]
    reads = [(2, "read", None, (1, None), 1, 2), (2, "read", None, (2, None), 3, 4)]
    assert is_right(history(*writes, *reads))
    assert not is_right(history(*writes, *reads, (3, "read", None, (2, None), 1, 2), (3, "read", None, (1, None), 3, 4)))


def test_a_lost_write_is_found():
    assert not is_right(history((0, "upsert", 1, None, 0, 1), (1, "read", None, ABSENT, 2, 3)))


def test_a_deleted_point_that_comes_back_is_found():
    right = [(0, "upsert", 1, None, 0, 1), (0, "delete", None, None, 2, 3), (1, "read", None, ABSENT, 4, 5)]
    assert is_right(history(*right))
    assert not is_right(history(*right, (1, "read", None, (1, None), 6, 7)))


def test_an_operation_that_was_cut_off_happened_or_not_but_only_once():
    cut = [(0, "upsert", 1, None, 0, 1), (0, "upsert", 2, UNKNOWN, 2, math.inf)]
    assert is_right(history(*cut, (1, "read", None, (1, None), 3, 4)))
    assert is_right(history(*cut, (1, "read", None, (2, None), 3, 4)))
    assert is_right(history(*cut, (1, "read", None, (1, None), 3, 4), (1, "read", None, (2, None), 5, 6)))
    assert not is_right(history(*cut, (1, "read", None, (2, None), 3, 4), (1, "read", None, (1, None), 5, 6)))
    assert not is_right(history((0, "upsert", 2, UNKNOWN, 2, math.inf), (1, "read", None, (2, None), 0, 1)))


def test_answers_that_tell_the_state_count():
    assert is_right(history((0, "set_note", 5, False, 0, 1)))
    assert not is_right(history((0, "set_note", 5, True, 0, 1)))
    assert is_right(history((0, "upsert", 1, None, 0, 1), (0, "set_note", 5, True, 2, 3), (1, "read", None, (1, 5), 4, 5)))
    assert not is_right(history((0, "upsert", 1, None, 0, 1), (0, "set_note", 5, False, 2, 3)))


def test_a_half_applied_change_is_found():
    kept = [(0, "upsert", 1, None, 0, 1), (0, "set_note", 5, True, 2, 3)]
    assert not is_right(history(*kept, (0, "upsert", 2, None, 4, 5), (1, "read", None, (2, 5), 6, 7)))
    assert is_right(history(*kept, (0, "merge", 2, None, 4, 5), (1, "read", None, (2, 5), 6, 7)))
    assert not is_right(history(*kept, (0, "add", 2, None, 4, 5), (1, "read", None, (2, 5), 6, 7)))


def _is_right_by_trying(operations):
    for wanted in itertools.product(*[[True] if o.returned != math.inf else [True, False] for o in operations]):
        chosen = [o for o, there in zip(operations, wanted) if there]
        for order in itertools.permutations(chosen):
            if any(order[j].returned < order[i].called for i in range(len(order)) for j in range(i + 1, len(order))):
                continue
            state, fits = ABSENT, True
            for operation in order:
                fits, state = step(state, operation)
                if not fits:
                    break
            if fits:
                return True
    return not operations


def test_small_histories_agree_with_trying_every_order():
    rng, verdicts = random.Random(20260101), {True: 0, False: 0}
    for _ in range(600):
        operations = []
        for number in range(rng.randrange(1, 6)):
            called = rng.randrange(8)
            kind = rng.choice(["read", "read", "upsert", "merge", "add", "delete", "set_note"])
            result = {"read": rng.choice([ABSENT, (0, None), (1, None), (1, 9)]), "set_note": rng.random() < 0.6}.get(kind)
            returned = called + rng.randrange(1, 6)
            if kind != "read" and rng.random() < 0.2:
                result, returned = UNKNOWN, math.inf
            operations.append(Operation(number, kind, 9 if kind == "set_note" else rng.randrange(2), result, called, returned))
        right = is_right(operations)
        assert right == _is_right_by_trying(operations), [str(o) for o in operations]
        verdicts[right] += 1
    assert min(verdicts.values()) > 100, verdicts
