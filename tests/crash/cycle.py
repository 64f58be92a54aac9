"""One store that is written to, killed and compared, again and again."""

import os
import pathlib
import random
import subprocess
import time

import catalogue_writers
import check
import dialects
import writers
from points import COLLECTIONS, INDEXES

SEED = int(os.environ.get("ALIDADE_SEED") or os.environ.get("ALIDADE_CRASH_SEED") or 0) or random.randrange(1, 1 << 31)
IS_LONG = os.environ.get("ALIDADE_LONG") == "1"
WRITERS = 3
# Checkpoints come all the time, so that kills fall into them.
SETTINGS = {"ALIDADE__CHECKPOINT_LOG_MB": "1"}
END_TIMEOUT_S = 60


def commit():
    found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True,
                           cwd=pathlib.Path(__file__).parent)
    return found.stdout.strip() or "unknown"


class Store:
    """The oracle of one data folder, over all starts of a server on it."""

    def __init__(self, rng):
        self.rng = rng
        self.points = {c.name: {} for c in COLLECTIONS}
        self.pending = []
        # One entry per client of the catalogue: class, number, state, pending.
        self.catalogue = [[catalogue_writers.QdrantCatalogue, 0, None, []],
                          [catalogue_writers.QdrantCatalogue, 1, None, []],
                          [catalogue_writers.ChromaCatalogue, 0, None, []]]
        for entry in self.catalogue:
            entry[2] = entry[0].empty()
        self.counts = {}

    def create(self, server):
        rest = dialects.Rest(server)
        for collection in COLLECTIONS:
            rest.http.call("PUT", f"/collections/{collection.name}", collection.body())
            for field, kind in INDEXES.items():
                rest.http.call("PUT", f"/collections/{collection.name}/index?wait=true",
                               {"field_name": field, "field_schema": kind})
        rest.close()

    def check(self, server, cycle):
        check.check_points(server, self.points, self.pending, WRITERS, cycle)
        self.pending = []
        for entry in self.catalogue:
            kind, number, state, pending = entry
            found = kind.read(server, number)
            assert found in [state, *pending], f"{kind.__name__} {number}: {found}, expected one of {[state, *pending]}"
            entry[2:] = found, []

    def write_until(self, server, target, end="kill"):
        """Writes through all faces until so many operations are acknowledged or the server is gone, then ends it:
        with SIGKILL amid the writing, or ("stop") with SIGTERM behind it."""
        progress = writers.Progress(target)
        clients = []
        for number in range(WRITERS):
            first, last = number * writers.IDS_PER_WORKER, (number + 1) * writers.IDS_PER_WORKER
            own = {name: {i: p for i, p in points.items() if first <= i < last} for name, points in self.points.items()}
            clients.append(writers.PointWriter(number, random.Random(self.rng.random()), own, progress))
        for kind, number, state, _ in self.catalogue:
            clients.append(kind(number, random.Random(self.rng.random()), state, progress))
        for client in clients:
            client.connect(server)
        for client in clients:
            client.start()
        deadline = time.monotonic() + END_TIMEOUT_S
        while not progress.reached.wait(0.02) and server.is_alive() and time.monotonic() < deadline:
            if any(client.problem or client.broken for client in clients):
                break
        self._assert_served(server, clients)
        if end == "kill":
            server.kill()
        for client in clients:
            client.stop.set()
        for client in clients:
            client.join(timeout=END_TIMEOUT_S)
            assert not client.is_alive(), f"{client.name} waits for an answer"
            client.close()
        server.stop()
        self._take_over(clients)

    @staticmethod
    def _assert_served(server, clients):
        """A connection breaks only because the server is gone, which may show a moment later."""
        broken = [client for client in clients if client.broken]
        deadline = time.monotonic() + 5
        while broken and server.is_alive():
            assert time.monotonic() < deadline, f"{broken[0].name}: {broken[0].broken!r}, but the server is alive"
            time.sleep(0.01)

    def _take_over(self, clients):
        for client in clients:
            if client.problem:
                raise AssertionError(f"{client.name}: {client.problem!r}") from client.problem
            for name, count in client.counts.items():
                self.counts[name] = self.counts.get(name, 0) + count
        point_writers = clients[:WRITERS]
        self.points = {c.name: {i: p for w in point_writers for i, p in w.points[c.name].items()} for c in COLLECTIONS}
        self.pending = [w.pending for w in point_writers]
        for entry, client in zip(self.catalogue, clients[WRITERS:]):
            entry[2:] = client.state, client.pending

    def report(self):
        return ", ".join(f"{name} {count}" for name, count in sorted(self.counts.items()))


def reproduce(error, where):
    return AssertionError(f"seed={SEED} commit={commit()} {where}: {error}")
