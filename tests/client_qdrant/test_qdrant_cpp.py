"""The C++ client of Qdrant: what it sends, its calls against the server, and its examples."""

import json
import re

import pytest

import programs
import qdrant_models


def test_every_form_is_one_of_the_official_client():
    """Filters, queries, changes and settings are read into the models of qdrant-client, member by member."""
    ran = programs.run("tests/client_qdrant/qdrant_forms")
    assert ran.returncode == 0, ran.stderr
    forms = [line.split("\t", 1) for line in ran.stdout.splitlines()]
    assert len(forms) > 80
    wrong = [(name, text, found) for name, text in forms
             if (found := qdrant_models.differences(name, json.loads(text)))]
    assert not wrong


def test_what_goes_over_grpc_is_what_the_official_client_sends():
    """Each form, as the message that ours makes of it and the one that qdrant-client converts the same model into."""
    forms = programs.run("tests/client_qdrant/qdrant_forms").stdout
    ran = programs.run("tests/client_qdrant/qdrant_grpc_forms", text=forms)
    assert ran.returncode == 0, ran.stderr
    compared = 0
    for form, message in zip(forms.splitlines(), ran.stdout.splitlines(), strict=True):
        name, text = form.split("\t", 1)
        type_name, digits = message.split("\t")
        expected = qdrant_models.grpc_message(name, json.loads(text))
        if expected is not None:
            compared += 1
            ours = type(expected).FromString(bytes.fromhex(digits))
            assert ours == expected, f"{form}\nours: {ours}\nofficial: {expected}"
            assert type(expected).DESCRIPTOR.name == type_name
    assert compared > 75


def test_calls_against_the_server_over_grpc(server):
    ran = programs.run("tests/client_qdrant/qdrant_grpc_e2e", timeout=300,
                       environment={"QDRANT_URL": f"http://127.0.0.1:{server.grpc}", "no_proxy": "*"})
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]


def test_calls_against_the_server(server):
    ran = programs.run("tests/client_qdrant/qdrant_e2e", environment={"QDRANT_URL": server.rest_url}, timeout=300)
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]


def test_quickstart(server):
    ran = programs.run("examples/qdrant-cpp/qdrant_quickstart", server.rest_url)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "uploaded 4 points" in ran.stdout
    assert re.search(r"nearest, made after 1500:\n  1  1\.000 .*\n  4  0\.\d+ .*theodolite", ran.stdout)
    assert "Wrong input: Vector dimension error: expected dim: 4, got 1" in ran.stdout
    assert "left: sextant (museum, 1731)" in ran.stdout and "compass" not in ran.stdout


@pytest.mark.parametrize("connections", [1, 3])
def test_bulk_load(server, connections):
    ran = programs.run("examples/qdrant-cpp/qdrant_bulk_load", 3000, 16, connections,
                       environment={"QDRANT_URL": server.rest_url})
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "sent 3000 points, 0 failed, 12 batches" in ran.stdout
    assert "the server counts 3000" in ran.stdout


def test_hybrid_search(server):
    """The word E1042 stands in one text only: the words find it, though its vector is not the nearest to the question."""
    ran = programs.run("examples/qdrant-cpp/qdrant_hybrid_search", "E1042", environment={"QDRANT_URL": server.rest_url})
    assert ran.returncode == 0, ran.stdout + ran.stderr
    hits = [line for line in ran.stdout.splitlines() if line.startswith("  ")]
    assert len(hits) == 3 and "E1042" in hits[0]


def test_no_server_is_an_error_not_a_crash():
    ran = programs.run("examples/qdrant-cpp/qdrant_quickstart", "http://127.0.0.1:1",
                       environment={"MAX_RETRIES": "0"})
    assert ran.returncode == 1
    assert "127.0.0.1" in ran.stderr or "connect" in ran.stderr.lower()
