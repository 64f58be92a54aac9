"""Reads what a process cost, and prints tables."""

import os
import pathlib
import statistics
import time

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def _thread_seconds(pid):
    """What the living threads have run, exact to nanoseconds; a thread that has ended is not in it."""
    seconds = 0.0
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            seconds += int(task.read_text().split()[0]) / 1e9
        except (OSError, ValueError, IndexError):
            pass
    return seconds


def _process_seconds(pid):
    """User and system time of the process with all its threads, in ticks of 10 ms."""
    # The name may hold spaces and brackets; the fields begin behind the last one.
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_S


def process_cpu_s(pid):
    """What the process has run since it began."""
    return _process_seconds(pid)


def resident_bytes(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE


def disk_bytes(folder):
    """What the files take on disk, folders included."""
    total = 0
    for place, _, files in os.walk(folder):
        for path in [place, *(os.path.join(place, f) for f in files)]:
            try:
                total += os.lstat(path).st_blocks * 512
            except FileNotFoundError:
                pass
    return total


class Cost:
    """with Cost(server) as cost: …; then cost.cpu_s, cost.wall_s."""

    def __init__(self, server):
        self._pid = server.pid

    def __enter__(self):
        self._threads, self._process = _thread_seconds(self._pid), _process_seconds(self._pid)
        self._wall = time.monotonic()
        return self

    def __exit__(self, *_):
        # Ticks are too coarse for short work, and threads may end in long work.
        ticks = _process_seconds(self._pid) - self._process
        self.cpu_s = ticks if ticks > 2 else max(0.0, _thread_seconds(self._pid) - self._threads)
        self.wall_s = time.monotonic() - self._wall


def median_ms(call, times):
    seconds = []
    for i in range(times):
        started = time.perf_counter()
        call(i)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds) * 1000


def machine():
    model = next((line.partition(":")[2].strip() for line in open("/proc/cpuinfo", encoding="utf-8")
                  if line.startswith("model name")), "unknown CPU")
    return f"{os.cpu_count()} × {model}; load {os.getloadavg()[0]:.1f}; Linux {os.uname().release}"


def row(what, value, reach=""):
    print(f"| {what:74} | {value:>30} | {reach:22} |", flush=True)


def heading(text):
    print(f"\n{text}")
    row("what", "measured", "to reach")
    print(f"|{'-' * 76}|{'-' * 32}|{'-' * 24}|")


def each_binary(arguments, run, points, otherwise):
    """`[--points N] [BINARY…]`: calls run(binary, points) for each, without one for `otherwise`."""
    if arguments[:1] == ["--points"]:
        points, arguments = int(arguments[1]), arguments[2:]
    for binary in arguments or [otherwise]:
        run(binary, points)
