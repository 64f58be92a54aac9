"""A data folder that an earlier build wrote opens, and answers as it did then."""

import gzip
import json
import pathlib
import sys
import tarfile

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import fixture  # noqa: E402
from support.server import Server, run_program  # noqa: E402

FIXTURES = sorted(path.name.removesuffix(".tar.gz") for path in HERE.glob("*.tar.gz"))


def rounded(answer):
    """Sums of floats differ in their last bits between the kernels of two CPUs."""
    if isinstance(answer, float):
        return round(answer, 4)
    if isinstance(answer, dict):
        return {key: rounded(value) for key, value in answer.items()}
    return [rounded(value) for value in answer] if isinstance(answer, list) else answer


@pytest.fixture(params=FIXTURES)
def folder(request, tmp_path):
    with tarfile.open(HERE / f"{request.param}.tar.gz") as tar:
        tar.extractall(tmp_path, filter="data")
    return request.param, tmp_path


def test_opens_and_answers_as_it_did(folder):
    name, place = folder
    checked = run_program("check", place / "data")
    assert checked.returncode == 0, checked.stdout
    with gzip.open(HERE / f"{name}.json.gz", "rt") as file:
        wanted = rounded(json.load(file))
    with Server(data=place) as server:
        found = rounded(fixture.answers(server))
        for question, answer in wanted.items():
            assert found[question] == answer, question
        assert server.stop() == 0
    # Written anew by this build, and still the same.
    with Server(data=place) as server:
        assert rounded(fixture.answers(server)) == wanted
