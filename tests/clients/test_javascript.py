"""The official JavaScript clients of Qdrant and Chroma, unmodified."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from support.server import Server  # noqa: E402

NODE_FOLDER = HERE.parents[1] / "build/node"


def node():
    """The system's, or the one that tools/lib/clients.sh took because the system's is too old."""
    own = NODE_FOLDER / "node_modules/node/bin/node"
    return str(own) if own.exists() else shutil.which("node")


@pytest.mark.parametrize("story", ["qdrant_story.mjs", "chroma_story.mjs"])
def test_story(story):
    if not (NODE_FOLDER / "node_modules").exists() or not node():
        pytest.skip("the clients are not installed (tools/lib/clients.sh)")
    with Server() as server:
        port = server.rest if story.startswith("qdrant") else server.chroma
        ended = subprocess.run([node(), str(HERE / story), str(port)], capture_output=True, text=True, timeout=120,
                               env={**os.environ, "ALIDADE_NODE_FOLDER": str(NODE_FOLDER)})
        assert ended.returncode == 0 and "done" in ended.stdout, f"{ended.stdout}\n{ended.stderr[-3000:]}"
        assert server.is_alive()
