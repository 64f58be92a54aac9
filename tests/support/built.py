"""Parts of the build that only some trees have."""

import os

import pytest


def needs(file):
    """Leaves the test out where the file is not built. In `./test`, which builds everything, that is a failure."""
    if file.exists():
        return
    if os.environ.get("ALIDADE_WHOLE_BUILD"):
        pytest.fail(f"{file} is not built")
    pytest.skip(f"{file.name} is not built in this tree")
