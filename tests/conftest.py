"""Fixtures of the end-to-end tests: real servers on ports of their own."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from support.server import Server  # noqa: E402


@pytest.fixture(scope="module")
def server():
    """One server for the tests of a module."""
    with Server() as running:
        yield running
        assert running.is_alive(), f"the server died: {running.log()}"


@pytest.fixture
def fresh_server():
    """A server of its own for one test."""
    with Server() as running:
        yield running
