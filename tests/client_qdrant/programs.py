"""The C++ programs of the client's tests and examples: built in the tree of the server under test, or in that of
ALIDADE_PROGRAMS."""

import os
import pathlib
import subprocess

import pytest

from support.server import BINARY, ROOT

BUILD = pathlib.Path(os.environ.get("ALIDADE_PROGRAMS", BINARY.parent)).resolve()


def program(path):
    """The program at that path of the build tree."""
    found = BUILD / path
    if not found.is_file():
        pytest.fail(f"{found} is not built (target {found.name})")
    return found


def run(path, *arguments, environment=None, text="", timeout=120, cwd=None):
    """Runs it to its end. Variables that steer clients are not inherited."""
    inherited = {name: value for name, value in os.environ.items()
                 if not name.endswith(("_API_KEY", "_PROXY", "_proxy", "_BASE_URL", "_HOST", "_URL"))}
    return subprocess.run([str(program(path)), *map(str, arguments)], input=text, capture_output=True, text=True,
                          timeout=timeout, cwd=cwd or ROOT, env={**inherited, **(environment or {})})
