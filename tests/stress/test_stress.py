"""The stress of stress.py, in rounds with restarts between them. With a sanitizer's build
(ALIDADE_BINARY) every report of it fails the test."""

import os
import pathlib
import time

from model import run
from stress import stress
from support.server import Server

LONG = os.environ.get("ALIDADE_LONG") == "1"
SECONDS = float(os.environ.get("ALIDADE_STRESS_SECONDS", "600" if LONG else "6"))
ROUND_S = 30.0
THREADS = 8
SUPPRESSIONS = pathlib.Path(__file__).resolve().parents[2] / "cmake/tsan.supp"
REPORTS = ("WARNING: ThreadSanitizer", "ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:")


def test_nothing_hangs_and_no_sanitizer_reports():
    seed, requests, rounds, started = run.seed(), 0, 0, time.monotonic()
    print(f"\nseed={seed} commit={run.commit()}")
    options = f"suppressions={SUPPRESSIONS} second_deadlock_stack=1 " + os.environ.get("TSAN_OPTIONS", "")
    with Server(environment={"TSAN_OPTIONS": options}) as server:
        while rounds == 0 or time.monotonic() - started < SECONDS:
            how = "kill" if rounds % 3 == 2 else "stop"
            try:
                left = max(1.0, SECONDS - (time.monotonic() - started))
                requests += stress.round_of(server, seed + rounds, THREADS, min(ROUND_S, left), how)
                status = server.stop()
                assert how == "kill" or status == 0, f"exit status {status}"
                text = (server.folder / "log").read_text(errors="replace")
                found = [report for report in REPORTS if report in text]
                assert not found, f"{found}:\n{text[max(0, text.find(found[0])):][:20000]}"
            except Exception as error:
                raise AssertionError(f"seed={seed} commit={run.commit()} round {rounds}: {error}") from error
            rounds += 1
            server.start()
    print(f"{requests} requests of {THREADS} threads in {rounds} rounds, {time.monotonic() - started:.0f} s, no report, nothing hung")
