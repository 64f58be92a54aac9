"""Fixtures of the end-to-end tests: real servers on ports of their own."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from support.server import Server  # noqa: E402


# These take longest and begin first, so that no worker is left alone with one at the end.
LONG = ("tests/endtoend", "tests/crash", "tests/start", "tests/replay", "tests/model")


def group_of(item):
    """What stays with one worker: the tests of a module, which share its server. The real data is loaded once
    through each face, so each face is a group of its own."""
    loaded = getattr(item, "callspec", None) and item.callspec.params.get("loaded")
    return f"{item.location[0]}:{loaded}" if loaded else item.location[0]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Groups and their order for pytest-xdist, which ./test uses; without it nothing changes."""
    if not config.pluginmanager.hasplugin("xdist"):
        return
    for item in items:
        item.add_marker(pytest.mark.xdist_group(group_of(item)))
    place = {folder: number for number, folder in enumerate(LONG)}
    items.sort(key=lambda item: next((n for folder, n in place.items() if item.location[0].startswith(folder)), len(LONG)))


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
