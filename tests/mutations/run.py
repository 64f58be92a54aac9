"""Tests of the tests: applies each deliberate fault of this folder to a copy of the sources, runs the tests that have
to find it, and reports which were found.

    python3 tests/mutations/run.py [NAME…]     all `*.patch` by default; ./test mutations

A patch begins with lines `what: …` (the fault in words), `build: TARGET…` and one or more `find: COMMAND…` (run in the
copy's folder; the build folder is {build}); the rest is a unified diff. A fault counts as found when a command fails;
all of a patch's commands must pass without the patch, which is checked first.
"""

import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
COPY = ROOT / "build/mutations/source"
BUILD = COPY / "build/release"
COMMAND_LIMIT_S = 300


class Mutation:
    def __init__(self, path):
        self.path, self.name = path, path.stem
        self.what, self.targets, self.commands = "", [], []
        for line in path.read_text().splitlines():
            key, _, value = line.partition(": ")
            if key == "what":
                self.what = value
            elif key == "build":
                self.targets += value.split()
            elif key == "find":
                self.commands.append(value)
            elif line.startswith("diff "):
                break
        if not (self.what and self.targets and self.commands):
            raise SystemExit(f"{path.name}: needs lines what:, build: and find:")


# The copy lies inside a repository; git must take it for a plain folder. Its objects come from the same cache as those
# of the real sources.
ENVIRONMENT = {**os.environ, "GIT_CEILING_DIRECTORIES": str(COPY.parent), "CCACHE_BASEDIR": str(COPY),
               "CCACHE_NOHASHDIR": "1"}


def run(command, limit=None):
    return subprocess.run(command, cwd=COPY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=limit, env=ENVIRONMENT)


def must(command):
    done = run(command)
    if done.returncode != 0:
        raise SystemExit(f"{shlex.join(map(str, command))} failed:\n{done.stdout[-4000:]}")


def make_copy():
    """The sources as they are, changes that are not committed included. A file that is the same already keeps its
    time, so that a second run builds nothing anew."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, text=True, check=True).stdout
    names = {name for name in listed.split("\0") if (ROOT / name).is_file()}
    for name in names:
        source, copy = ROOT / name, COPY / name
        if copy.is_file() and copy.read_bytes() == source.read_bytes():
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
        shutil.copymode(source, copy)
    for path in [p for p in COPY.rglob("*") if p.is_file() and "build" not in p.relative_to(COPY).parts[:1]]:
        if str(path.relative_to(COPY)) not in names:
            path.unlink()
    link = COPY / "build/venv"
    link.parent.mkdir(exist_ok=True)
    if not link.exists():
        link.symlink_to(ROOT / "build/venv")
    if not (BUILD / "build.ninja").exists():
        # A fault changes one file; in batches its neighbours would be compiled with it.
        must(["cmake", "--preset", "release", "-DALD_UNITY=OFF"])


def build(targets):
    return run(["cmake", "--build", "--preset", "release", "--target", *targets])


def fails(command):
    """Whether the command fails; one that hangs has failed, too."""
    words = command.replace("{build}", str(BUILD))
    try:
        return run(["bash", "-c", words], limit=COMMAND_LIMIT_S).returncode != 0
    except subprocess.TimeoutExpired:
        return True


def check_baseline(mutations):
    built = build(sorted({target for m in mutations for target in m.targets}))
    if built.returncode != 0:
        raise SystemExit(f"the sources do not build:\n{built.stdout[-4000:]}")
    for command in dict.fromkeys(c for m in mutations for c in m.commands):
        if fails(command):
            raise SystemExit(f"fails without any fault: {command}")


def try_one(mutation):
    """@return the command that found it, "" when none did."""
    must(["git", "apply", "--whitespace=nowarn", str(mutation.path)])
    try:
        built = build(mutation.targets)
        if built.returncode != 0:
            print(f"{mutation.name} does not build:\n{built.stdout[-2000:]}")
            return ""
        return next((command for command in mutation.commands if fails(command)), "")
    finally:
        must(["git", "apply", "-R", "--whitespace=nowarn", str(mutation.path)])


def main():
    folder = pathlib.Path(__file__).resolve().parent
    paths = [folder / f"{name}.patch" for name in sys.argv[1:]] or sorted(folder.glob("*.patch"))
    mutations = [Mutation(path) for path in paths]
    started = time.monotonic()
    make_copy()
    check_baseline(mutations)
    missed = []
    for mutation in mutations:
        begun = time.monotonic()
        found = try_one(mutation)
        if not found:
            missed.append(mutation.name)
        print(f"{'found ' if found else 'MISSED'} {mutation.name}: {mutation.what} "
              f"[{found or 'no test failed'}; {time.monotonic() - begun:.0f} s]", flush=True)
    print(f"{len(mutations) - len(missed)} of {len(mutations)} found in {(time.monotonic() - started) / 60:.0f} minutes")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
