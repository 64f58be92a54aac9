"""Where the compiled programs of the C++ clients are, and how the tests run them."""

import os
import pathlib
import subprocess

from support.server import BINARY

# Beside the server that is tested, unless somebody says otherwise.
PROGRAMS = pathlib.Path(os.environ.get("ALIDADE_CLIENT_PROGRAMS", BINARY.parent / "client/programs"))


def run(name, *arguments, environment=None, timeout=120):
    """Runs a program to its end. @return its output; its failure fails the test, with all it said."""
    path = PROGRAMS / name
    assert path.is_file(), f"{path} is not built (target client_programs)"
    done = subprocess.run([str(path), *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
                          env={**os.environ, **(environment or {})})
    assert done.returncode == 0, f"{name}: exit status {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout
