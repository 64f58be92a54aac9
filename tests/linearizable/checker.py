"""Is there an order of these operations, each between its call and its answer, that explains every
answer? The search of Wing and Gong (Testing and verifying concurrent objects, 1993) with the memory of
visited (done operations, state) pairs that Lowe added (Testing for linearizability, 2017, section 3).
A history splits by id: it is linearizable if the part of each id is (locality; Herlihy and Wing 1990)."""

import dataclasses
import math

UNKNOWN = object()   # The answer of an operation that was cut off: it may have happened, or not.


@dataclasses.dataclass
class Operation:
    """`returned` is infinite when no answer came; such an operation may happen at any time after
    `called`, or never."""
    client: int
    kind: str
    argument: object
    result: object
    called: float
    returned: float = math.inf

    def __str__(self):
        result = "?" if self.result is UNKNOWN else self.result
        return f"[{self.called:.6f}, {self.returned:.6f}] client {self.client} {self.kind}({self.argument}) -> {result}"


class _Event:
    __slots__ = ("index", "is_call", "match", "before", "after")

    def __init__(self, index, is_call):
        self.index, self.is_call, self.match, self.before, self.after = index, is_call, None, None, None

    def lift(self):
        self.before.after = self.after
        if self.after is not None:
            self.after.before = self.before

    def unlift(self):
        self.before.after = self
        if self.after is not None:
            self.after.before = self


def _event_list(operations):
    """Calls and answers in order of time; an answer and a call at one moment count as overlapping."""
    events = []
    for index, operation in enumerate(operations):
        call = _Event(index, True)
        events.append((operation.called, 0, call))
        if operation.returned != math.inf:
            call.match = _Event(index, False)
            events.append((operation.returned, 1, call.match))
    events.sort(key=lambda event: event[:2])
    head = last = _Event(-1, True)
    for _, _, event in events:
        last.after, event.before = event, last
        last = event
    return head, sum(operation.returned != math.inf for operation in operations)


def first_problem(operations, initial, step):
    """None when the operations (of one id) are linearizable; otherwise the operation at whose answer
    the longest attempt failed.

    @param step (state, operation) -> (whether its answer is possible, state after it); states are
    hashable."""
    head, answers_left = _event_list(operations)
    state, done, taken, seen = initial, 0, [], set()
    furthest, problem = -1, None
    event = head.after
    while answers_left:
        if event is not None and event.is_call:
            possible, following = step(state, operations[event.index])
            visited = (done | 1 << event.index, following)
            if possible and visited not in seen:
                seen.add(visited)
                taken.append((event, state))
                state, done = following, visited[0]
                event.lift()
                if event.match is not None:
                    event.match.lift()
                    answers_left -= 1
                event = head.after
            else:
                event = event.after
            continue
        # An answer is reached whose operation has no place yet: what was tried last was wrong.
        if event is not None and len(taken) > furthest:
            furthest, problem = len(taken), operations[event.index]
        if not taken:
            return problem or operations[0]
        undone, state = taken.pop()
        done &= ~(1 << undone.index)
        if undone.match is not None:
            undone.match.unlift()
            answers_left += 1
        undone.unlift()
        event = undone.after
    return None
