"""Runs every scenario: written through one face, read through all."""

import json
import math
import pathlib
import random
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
from faces import EXECUTORS, fill  # noqa: E402
from scenario_file import READS, REQUESTS, Scenario  # noqa: E402

SCENARIOS = [Scenario(path) for path in sorted(HERE.rglob("*.scn")) if not path.name.endswith(".slow.scn")]


@pytest.fixture(scope="module")
def faces(server):
    return {name: make(server) for name, make in EXECUTORS.items() if name != "qdrant_grpc" or server.grpc}


def differs(want, got, exact_ids, place="answer"):
    """The first place that differs, or None. Only the members that `want` names are looked at."""
    if isinstance(want, dict) and isinstance(got, dict):
        for key, value in want.items():
            if key not in got:
                return f"{place}.{key}: expected {value!r}, is lacking"
            if key == "payload":
                found = payload_differs(value, got[key], f"{place}.payload")
            elif key == "id" and not exact_ids:
                found = None if str(value) == str(got[key]) else f"{place}.id: expected {value}, got {got[key]}"
            else:
                found = differs(value, got[key], exact_ids, f"{place}.{key}")
            if found:
                return found
        return None
    if isinstance(want, list) and isinstance(got, list):
        if len(want) != len(got):
            return f"{place}: expected {want}, got {got}"
        found = (differs(w, g, exact_ids, f"{place}[{i}]") for i, (w, g) in enumerate(zip(want, got)))
        return next((f for f in found if f), None)
    if _is_number(want) and _is_number(got):
        same = math.isclose(want, got, rel_tol=1e-5, abs_tol=1e-5)
    else:
        same = type(want) is type(got) and want == got
    return None if same else f"{place}: expected {want!r}, got {got!r}"


def payload_differs(want, got, place):
    """Payloads are compared whole, and 1 is not 1.0."""
    same = json.dumps(want, sort_keys=True) == json.dumps(got, sort_keys=True)
    return None if same else f"{place}: expected {want!r}, got {got!r}"


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


class Run:
    """One scenario by one writer, on a collection of its own."""

    def __init__(self, scenario, writer, faces):
        self.scenario, self.writer, self.faces = scenario, writer, faces
        self.name = "scn-" + "".join(random.choices("abcdefghijklmnop", k=10))

    def run(self):
        for operation in self.scenario.operations:
            if operation.name in READS:
                for reader in self.scenario.readers:
                    if reader in self.faces:
                        self._read(operation, reader)
            elif operation.name in REQUESTS:
                self._request(operation)
            else:
                face = self.faces["qdrant_rest" if operation.name == "index" else self.writer]
                getattr(face, operation.name)(self.name, operation.argument)

    def _read(self, operation, reader):
        face = self.faces[reader]
        answer = getattr(face, operation.name)(self.name, operation.argument)
        own = operation.expected.get(face.dialect)
        want = operation.expected.get("") if own is None else own
        if want is None:
            return
        if operation.name == "get" and not operation.argument.get("in_order"):
            answer = sorted(answer, key=lambda r: str(r["id"]))
            want = sorted(want, key=lambda r: str(r["id"]))
        self._check(operation, reader, differs(want, answer, exact_ids=own is not None))

    def _request(self, operation):
        chroma = self.faces["chroma"]
        face = chroma if operation.name == "chroma" else self.faces["qdrant_rest"]
        request = operation.argument
        body = request.get("body")
        if body is not None:
            body = json.loads(json.dumps(body).replace("{c}", self.name))
        status, answer = face.request(request["method"], fill(request["path"], self.name, chroma), body)
        want = operation.expected.get("", {"status": 200})
        want = json.loads(json.dumps(want).replace("{c}", self.name))
        self._check(operation, operation.name, differs(want, {"status": status, "body": answer}, exact_ids=True))

    def _check(self, operation, reader, difference):
        place = f"{self.scenario.path.relative_to(HERE)}:{operation.line}"
        assert not difference, (f"{place} ({self.scenario.about})\n  written by {self.writer}, {operation.name} "
                                f"read by {reader}: {difference}")

    def clean_up(self):
        self.faces["qdrant_rest"].request("DELETE", f"/collections/{self.name}")


@pytest.mark.parametrize("writer", list(EXECUTORS))
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.path.relative_to(HERE).with_suffix("").as_posix())
def test_scenario(scenario, writer, faces):
    if writer not in scenario.writers:
        pytest.skip("not a story for this writer")
    if writer not in faces:
        pytest.skip("built without gRPC")
    run = Run(scenario, writer, faces)
    try:
        run.run()
    finally:
        run.clean_up()


def test_every_row_of_the_published_table_has_its_scenario():
    guide = (HERE.parents[1] / "docs/guides/two-dialects.md").read_text()
    named = {part for part in guide.split("`") if part.endswith(".scn")}
    assert named, "the table names its proofs"
    lacking = [path for path in sorted(named) if not (HERE.parents[1] / path).is_file()]
    assert not lacking
