#!/usr/bin/env python3
"""Runs the fuzz targets.

    fuzz/run.py replay                 every input of corpus/ and regress/, once
    fuzz/run.py brief [--seconds 5]    each target for some seconds, two at a time: what CI runs
    fuzz/run.py long [--seconds 300]   the same for minutes; new inputs stay in build/fuzz/corpus
    fuzz/run.py merge [FOLDER]         writes corpus/ anew: the smallest inputs of it, of what `long`
                                       found and of FOLDER/<target> that reach the same code
    --only NAME                        one target (may be repeated)

Build first: cmake --preset fuzz && cmake --build --preset fuzz. Exits 1 when a target failed, after
printing the input and the command that replays it.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "fuzz"
PROGRAMS = BUILD / "fuzz"
CORPUS, REGRESS = ROOT / "fuzz" / "corpus", ROOT / "fuzz" / "regress"
FOUND, CRASHES = BUILD / "corpus", BUILD / "crashes"
# An input that takes 10 s, 1 GB in all or 256 MB at once is a failure like a crash.
LIMITS = ["-timeout=10", "-rss_limit_mb=1024", "-malloc_limit_mb=256", "-max_len=4096"]
CORPUS_LIMIT_BYTES = 100_000


def targets(only):
    names = sorted(path.stem.removesuffix("_fuzz") for path in (ROOT / "fuzz").glob("*_fuzz.cc"))
    unknown = set(only or ()) - set(names)
    if unknown:
        sys.exit(f"no such target: {', '.join(sorted(unknown))}")
    return [name for name in names if not only or name in only]


def commit():
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def folders(name, *more):
    return [str(path) for path in (*more, CORPUS / name, REGRESS / name) if path.is_dir()]


def start(name, arguments):
    CRASHES.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "UBSAN_OPTIONS": "print_stacktrace=1", "ASAN_OPTIONS": "detect_leaks=1"}
    began = time.monotonic()
    done = subprocess.run([PROGRAMS / f"{name}_fuzz", *arguments, *LIMITS, f"-artifact_prefix={CRASHES}/{name}-"],
                          capture_output=True, text=True, errors="replace", env=environment)
    return done.returncode, done.stderr, time.monotonic() - began


def summary(log):
    coverage = re.findall(r"cov: (\d+) ft: (\d+) corp: (\d+)", log)
    done = re.search(r"Done (\d+) runs|stat::number_of_executed_units:\s*(\d+)", log)
    runs = next((group for group in (done.groups() if done else ()) if group), "?")
    edges, features, inputs = coverage[-1] if coverage else ("?", "?", "?")
    return f"{runs:>9} runs  {edges:>6} edges  {features:>6} features  {inputs:>5} inputs"


def report(name, code, log, seconds):
    if code == 0:
        print(f"{name:<16} {summary(log)}  {seconds:6.1f} s", flush=True)
        return True
    written = re.findall(r"Test unit written to (\S+)", log)
    print(f"{name:<16} FAILED (commit={commit()})", flush=True)
    print("\n".join(line for line in log.splitlines() if not line.startswith(("#", "\t", "INFO")))[-6000:])
    for path in written:
        print(f"replay: build/fuzz/fuzz/{name}_fuzz {path}")
        print(f"keep:   cp {path} fuzz/regress/{name}/   (with the fix)")
    return False


def replay(name, _options):
    return start(name, ["-runs=0", *folders(name)])


def fuzz(name, options):
    found = FOUND / name
    if options.mode == "brief":  # Nothing stays: the next run begins where this one did.
        found = BUILD / "brief" / name
        shutil.rmtree(found, ignore_errors=True)
    found.mkdir(parents=True, exist_ok=True)
    seed = [f"-seed={options.seed}"] if options.seed else []
    return start(name, [f"-max_total_time={options.seconds}", "-print_final_stats=1", *seed, *folders(name, found)])


def merge(name, options):
    fresh = BUILD / "merged" / name
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    sources = folders(name, FOUND / name, *([options.folder / name] if options.folder else []))
    code, log, seconds = start(name, ["-merge=1", str(fresh), *sources])
    if code == 0:
        total = 0
        shutil.rmtree(CORPUS / name, ignore_errors=True)
        (CORPUS / name).mkdir(parents=True)
        for path in sorted(fresh.iterdir(), key=lambda path: (path.stat().st_size, path.name)):
            total += path.stat().st_size
            if total > CORPUS_LIMIT_BYTES:
                break
            shutil.copy(path, CORPUS / name / path.name[:16])
    return code, log, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=["replay", "brief", "long", "merge"])
    parser.add_argument("folder", nargs="?", type=pathlib.Path)
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--parallel", type=int, default=2)
    parser.add_argument("--seed", type=int, help="libFuzzer's choices; the time limit still ends them")
    parser.add_argument("--only", action="append")
    options = parser.parse_args()
    options.seconds = options.seconds or (300 if options.mode == "long" else 5)
    work = {"replay": replay, "brief": fuzz, "long": fuzz, "merge": merge}[options.mode]
    good = True
    with concurrent.futures.ThreadPoolExecutor(options.parallel) as pool:
        running = {pool.submit(work, name, options): name for name in targets(options.only)}
        for future in concurrent.futures.as_completed(running):
            good = report(running[future], *future.result()) and good
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
