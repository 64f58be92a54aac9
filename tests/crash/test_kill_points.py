"""Lets the server die at every named place (src/base/kill_points.def) while it is written to, while it starts,
while it stops; nothing acknowledged may be lost.

Needs a build with ALD_KILLPOINTS=ON, as the preset `asan`; with another one it is skipped.
"""

import pathlib
import random
import re
import signal
import sys
import uuid

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import cycle as cycles  # noqa: E402
from cycle import SEED, SETTINGS, Store, commit, reproduce  # noqa: E402
from support.server import ROOT, Server, StartError  # noqa: E402

TABLE = ROOT / "src/base/kill_points.def"
ROUNDS = 20 if cycles.IS_LONG else 1
OPERATIONS_MOST = 3000   # Until a point must have been passed; then the server is stopped, which passes more.
NO_SUCH_POINT = 70       # Exit status.


def names():
    return re.findall(r"^ALD_KILL_POINT_ROW\((\w+)\)", TABLE.read_text(), re.M)


def torn_tail(store_folder):
    """What a crash in the middle of a write leaves at the end of a log."""
    logs = [f for f in sorted(store_folder.glob("collections/*/shard-0/log/*.log")) if f.stat().st_size > 64]
    newest = {f.parent: f for f in logs}
    for file in newest.values():
        with open(file, "ab") as log:
            log.write(b"\x10\x02\x00\x00\xe1\xad\x1d\xa1" + b"torn" * 20)


def half_made_collection(store_folder):
    (store_folder / "collections" / str(uuid.uuid4()) / "shard-0").mkdir(parents=True)


def nothing(_):
    pass


# Points that a start passes, and what the folder needs for that.
AT_START = {"log_recovery_before_cut": torn_tail, "log_recovery_after_cut": torn_tail,
            "recovery_before_removal": nothing, "recovery_before_replay": nothing, "recovery_amid_replay": nothing,
            "leftover_before_removal": half_made_collection}


@pytest.fixture(scope="module", autouse=True)
def needs_kill_points(tmp_path_factory):
    try:
        with Server(data=tmp_path_factory.mktemp("probe"), environment={"ALD_KILLPOINT": "no_such_point"}) as server:
            server.stop()
    except StartError as error:
        assert error.status == NO_SUCH_POINT, error
        return
    pytest.skip("the program has no kill points (ALD_KILLPOINTS=OFF)")


def die_at(store, folder, point, passing):
    """Runs a server on the folder until it dies. @return whether it died at the point."""
    environment = {**SETTINGS, "ALD_KILLPOINT": f"{point}:{passing}"}
    AT_START.get(point, nothing)(folder / "data")
    try:
        with Server(data=folder, environment=environment) as server:
            store.write_until(server, OPERATIONS_MOST, end="stop")
            return server.process.returncode == -signal.SIGKILL
    except StartError as error:
        assert error.status == -signal.SIGKILL, error
        return True


def test_nothing_is_lost_at_any_point(tmp_path):
    print(f"\nseed={SEED} commit={commit()}")
    rng = random.Random(SEED)
    store, cycle, hits = Store(rng), 0, dict.fromkeys(names(), 0)
    with Server(data=tmp_path, environment=SETTINGS) as server:
        store.create(server)
        store.write_until(server, 200, end="stop")
    for round_number in range(ROUNDS):
        for point in names():
            # Every point at its first passing; in the long form also at later ones, as far as they come.
            passing = 1 if round_number == 0 else rng.randrange(1, 40)
            where = f"cycle {cycle}, {point}:{passing}"
            try:
                died = die_at(store, tmp_path, point, passing)
                assert died or passing > 1, "the point was never passed"
                hits[point] += died
                with Server(data=tmp_path, environment=SETTINGS) as server:
                    store.check(server, cycle)
                    server.kill()
            except (AssertionError, StartError) as error:
                raise reproduce(error, where) from error
            cycle += 1
    print(f"{len(hits)} points, {sum(hits.values())} deaths at them, {sum(store.counts.values())} acknowledged operations, 0 lost")
    print(store.report())
    assert all(hits.values())
