"""One point, one operation after another: what every operation does and may answer.

A state is None (no such point) or (stamp, note). Whole writes bring a new stamp; a set-payload changes
the note alone."""

from linearizable.checker import UNKNOWN

ABSENT = None


def step(state, operation):
    """(whether the answer is possible in this state, the state afterwards)."""
    kind, argument, result = operation.kind, operation.argument, operation.result
    if kind == "read":
        return result == state, state
    if kind == "upsert":                      # Replaces the whole point.
        return True, (argument, None)
    if kind == "merge":                       # Chroma's upsert keeps what it does not name.
        return True, (argument, None if state is None else state[1])
    if kind == "add":                         # Changes nothing that is there.
        return True, (argument, None) if state is None else state
    if kind == "delete":
        return True, ABSENT
    if kind == "set_note":                    # Answers whether the point is there.
        following = None if state is None else (state[0], argument)
        return result is UNKNOWN or result == (state is not None), following
    raise AssertionError(kind)
