"""alidade-bench measures on the sample: every command runs through, and what it prints and writes holds together."""

import json
import pathlib
import subprocess

import pytest
from support.built import needs
from support.server import BINARY, ROOT, Server

BENCH = BINARY.parent / "alidade-bench"
SAMPLE = ROOT / "examples/data/sample"



@pytest.fixture(autouse=True, scope="module")
def _built():
    needs(BENCH)


def bench(*arguments, status=0):
    done = subprocess.run([str(BENCH), *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout if status == 0 else done.stderr


def results(path):
    return json.loads(pathlib.Path(path).read_text(encoding="utf-8"))["results"]


@pytest.fixture(name="synthetic", scope="module")
def _synthetic(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench") / "syn"
    assert "intrinsic dimension" in bench("gen", "--rows", 3000, "--queries", 50, "--dim", 96, "--least-intrinsic", 6, folder)
    return folder


def test_engine_compares_with_hnswlib_on_the_same_rows(tmp_path):
    text = bench("engine", "--data", SAMPLE, "--queries", 50, "--rounds", 1, "--json", tmp_path / "engine.json")
    assert "recall 0.95: ours" in text and "hnswlib / ours = " in text
    found = results(tmp_path / "engine.json")
    assert found["exact_different"] == 0
    for curve in found["curves"].values():
        recalls = [point["recall"] for point in curve]
        assert recalls[-1] > 0.98 and recalls[-1] >= recalls[0]
    text = bench("engine", "--data", SAMPLE, "--queries", 5, "--rounds", 1, "--no-rival")
    assert "recall 0.95: ours" not in text


def test_a_synthetic_set_is_the_same_every_time_and_can_be_searched(synthetic, tmp_path):
    bench("gen", "--rows", 3000, "--queries", 50, "--dim", 96, "--least-intrinsic", 6, tmp_path / "again")
    assert (synthetic / "rows.f32").read_bytes() == (tmp_path / "again/rows.f32").read_bytes()
    bench("engine", "--data", synthetic, "--rounds", 1, "--no-rival", "--json", tmp_path / "engine.json")
    assert results(tmp_path / "engine.json")["curves"]["alidade"][-1]["recall"] > 0.98


def test_a_set_that_is_too_easy_is_refused(tmp_path):
    assert "too easy" in bench("gen", "--rows", 500, "--dim", 32, "--latent", 2, tmp_path / "easy", status=2)
    assert not (tmp_path / "easy").exists()


def test_filters_are_answered_by_every_plan(tmp_path):
    bench("filter", "--data", SAMPLE, "--queries", 10, "--rounds", 1, "--json", tmp_path / "filter.json")
    found = results(tmp_path / "filter.json")
    names = [row["filter"] for row in found["filters"]]
    assert "tag_program" in names and "random 10.00 %" in names and "against 5.00 %" in names
    for row in found["filters"]:
        assert row["default_recall"] > 0.9, row
        assert row["scan"] > 0 and row["chosen"] > 0, row


def test_churn_is_compared_with_a_fresh_graph(tmp_path):
    bench("churn", "--data", SAMPLE, "--queries", 20, "--rounds", 1, "--json", tmp_path / "churn.json")
    curves = results(tmp_path / "churn.json")["curves"]
    assert curves["churned"][-1]["recall"] > 0.98 and curves["fresh"][-1]["recall"] > 0.98


def test_a_report_has_tables_and_plots(tmp_path):
    bench("churn", "--data", SAMPLE, "--queries", 10, "--rounds", 1, "--json", tmp_path / "churn.json")
    bench("micro", "--data", SAMPLE, "--queries", 10, "--rounds", 1, "--json", tmp_path / "micro.json")
    bench("report", "--out", tmp_path / "report", tmp_path / "churn.json", tmp_path / "micro.json")
    text = (tmp_path / "report/report.md").read_text(encoding="utf-8")
    assert "## churn: sample" in text and "| ef | recall | us |" in text and "portable" in text
    for name in [line[line.index("(") + 1:-1] for line in text.splitlines() if line.startswith("![")]:
        assert (tmp_path / "report" / name).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("face", ["qdrant", "chroma"])
def test_load_through_a_running_server(face, tmp_path):
    with Server() as server:
        url = {"qdrant": server.rest_url, "chroma": server.chroma_url}[face]
        common = ["load", f"--{face}", url, "--data", SAMPLE, "--queries", 20, "--pid", server.pid]
        assert "connections" in bench(*common, "--upload", "--seconds", 0.5, "--json", tmp_path / "load.json")
        closed = results(tmp_path / "load.json")
        assert closed["recall"] > 0.95 and closed["requests"] > 10 and closed["failures"] == 0
        bench(*common, "--rate", 40, "--seconds", 1, "--connections", 2, "--inserts", 100, "--json", tmp_path / "open.json")
        opened = results(tmp_path / "open.json")
        assert 35 <= opened["requests"] <= 41 and opened["failures"] == 0 and opened["rows_written"] == 100


@pytest.mark.parametrize("arguments, says", [
    (["nothing"], "usage"),
    (["engine", "--nothing"], "there is no option --nothing"),
    (["engine", "--data", "no/such/folder"], "cannot read"),
    (["load"], "wants --qdrant or --chroma"),
    (["load", "--qdrant", "localhost"], "http://HOST:PORT"),
    (["load", "--qdrant", "http://127.0.0.1:1"], "no answer"),
    (["report", "README.md"], "holds no results"),
])
def test_wrong_calls_end_with_a_sentence(arguments, says):
    assert says in bench(*arguments, status=2)
