"""Runs operations against a server and a model, and makes a failing run short."""

import os
import pathlib
import random
import subprocess
import time

from model import chroma_operations, ddl_operations, qdrant_reads, qdrant_writes
from model.compare import Difference
from model.plan import Planner
from model.session import Session
from support.server import WITHOUT_GRPC, Server

OPERATIONS = {**qdrant_writes.OPERATIONS, **qdrant_reads.OPERATIONS, **chroma_operations.OPERATIONS, **ddl_operations.OPERATIONS}
if not WITHOUT_GRPC:
    from model import grpc_operations
    OPERATIONS.update(grpc_operations.OPERATIONS)
SHRINK_S = 60
READS = {*qdrant_reads.OPERATIONS, "chroma_get", "chroma_query", "chroma_count", "chroma_list_all", "grpc_retrieve",
         "grpc_scroll", "grpc_count", "grpc_query", "refused"}


def commit():
    found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True,
                           cwd=pathlib.Path(__file__).parent)
    return found.stdout.strip() or "unknown"


def seed():
    return int(os.environ.get("ALIDADE_SEED", "0")) or random.randrange(1, 1 << 31)


class Run:
    """Operations until a number or a time is reached. `done` keeps them for replays in part."""

    def __init__(self, seed_number, restart_probability, options=(), environment=None):
        self.seed, self._restart_probability = seed_number, restart_probability
        self._server = {"options": options, "environment": environment}
        self.done, self.counts, self.seconds = [], {}, 0.0

    def go(self, most_operations, most_seconds):
        started = time.monotonic()
        with Server(**self._server) as server:
            session = Session(server, OPERATIONS)
            planner = Planner(random.Random(self.seed), session.store, self._restart_probability, OPERATIONS)
            try:
                while len(self.done) < most_operations and time.monotonic() - started < most_seconds:
                    step = planner.next()
                    self.done.append(step)
                    session.do(*step)
            except Exception as error:
                raise self._report(error, session) from error
            finally:
                self.counts, self.seconds = session.counts, time.monotonic() - started
            status = server.stop()
            assert status == 0, f"exit status {status}: {server.log()}"

    def _report(self, error, session):
        kind = "" if isinstance(error, (Difference, AssertionError)) else f"{type(error).__name__} "
        text = (f"seed={self.seed} commit={commit()} operation {len(self.done)}: {kind}{error}\n"
                f"the last requests:\n{session.history()}")
        if not session.server.is_alive():
            text += f"\nthe server ended: {session.server.log()}"
        short = shrink(self.done, self._server)
        text += f"\n{len(short)} operations show it on a fresh server:\n" + "\n".join(f"  {step}" for step in short[-25:])
        return AssertionError(text)


def _fails(steps, server_arguments):
    """Whether the last step fails, and none before it."""
    with Server(**server_arguments) as server:
        session = Session(server, OPERATIONS)
        for number, (name, arguments) in enumerate(steps, 1):
            try:
                session.do(name, arguments)
            except Exception:
                return number == len(steps)
    return False


def shrink(steps, server_arguments):
    """Leaves out the reads, then what is about other collections, then parts, ever smaller ones, as long
    as what is left still fails (delta debugging; Zeller and Hildebrandt 2002). Stops after SHRINK_S
    seconds with what it has."""
    deadline, rest, last = time.monotonic() + SHRINK_S, steps[:-1], steps[-1:]
    about = last[0][1].get("name")
    for keep in (lambda name, arguments: name not in READS,
                 lambda name, arguments: arguments.get("name", about) == about or name in ddl_operations.OPERATIONS):
        shorter = [step for step in rest if keep(*step)]
        if _fails(shorter + last, server_arguments):
            rest = shorter
    part = max(1, len(rest) // 2)
    while time.monotonic() < deadline:
        at, removed = 0, False
        while at < len(rest) and time.monotonic() < deadline:
            shorter = rest[:at] + rest[at + part:]
            if _fails(shorter + last, server_arguments):
                rest, removed = shorter, True
            else:
                at += part
        if part == 1 and not removed:
            break
        part = max(1, part // 2)
    return rest + last
