"""Kills the server again and again while it is written to; nothing acknowledged may be lost."""

import os
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import cycle as cycles  # noqa: E402
from cycle import SEED, SETTINGS, Store, commit, reproduce  # noqa: E402
from support.server import Server  # noqa: E402

CYCLES = int(os.environ.get("ALIDADE_CRASH_CYCLES") or (2000 if cycles.IS_LONG else 25))
OPERATIONS_MOST = 300  # acknowledged in one cycle


def test_nothing_acknowledged_is_lost(tmp_path):
    print(f"\nseed={SEED} commit={commit()}")
    rng = random.Random(SEED)
    store, starts = Store(rng), []
    for cycle in range(CYCLES + 1):
        started = time.monotonic()
        with Server(data=tmp_path, environment=SETTINGS) as server:
            starts.append(time.monotonic() - started)
            if cycle == 0:
                store.create(server)
            try:
                store.check(server, cycle)
                if cycle < CYCLES:
                    store.write_until(server, rng.randrange(1, OPERATIONS_MOST))
            except AssertionError as error:
                raise reproduce(error, f"cycle {cycle}") from error
        if cycle % 100 == 99:
            print(f"{cycle + 1} kills, {sum(store.counts.values())} acknowledged operations", flush=True)
    known = sum(len(points) for points in store.points.values())
    print(f"{CYCLES} kills, {sum(store.counts.values())} acknowledged operations, 0 lost, {known} points at the end")
    print(store.report())
    starts.sort()
    print(f"start after a kill: median {starts[len(starts) // 2]:.2f} s, longest {starts[-1]:.2f} s")
