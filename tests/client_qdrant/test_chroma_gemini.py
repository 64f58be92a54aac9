"""The application examples/chroma-gemini, run by its own script: with a stub of Gemini, since no key is set."""

import os
import re
import shutil
import subprocess

import pytest
import yaml

import programs
from stub_providers import VALID_KEY, Stub
from support.server import BINARY, ROOT

FOLDER = ROOT / "examples/chroma-gemini"


@pytest.fixture
def script(tmp_path):
    """Runs one of its scripts in a copy of the folder, where no .env lies, with the programs that are built already."""
    copy = tmp_path / "examples/chroma-gemini"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns(".env"))
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    inherited = {name: value for name, value in os.environ.items()
                 if name not in ("GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_GEMINI_BASE_URL")}
    built = programs.program("examples/chroma-gemini/chroma_gemini_main").parent

    def run(name, **environment):
        return subprocess.run(["bash", str(copy / "scripts" / name)], capture_output=True, text=True, timeout=300,
                              env={**inherited, "CHROMA_GEMINI_PROGRAMS": str(built), "ALIDADE_BINARY": str(BINARY),
                                   "CHROMA_HOST": "http://127.0.0.1:1", "RETRY_DELAY_MS": "10", **environment})
    run.folder = copy
    return run


def test_setup_makes_the_settings_and_finds_the_database(script, server):
    ran = script("setup.sh", CHROMA_HOST=server.chroma_url)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"a database answers at {server.chroma_url}" in ran.stdout
    assert (script.folder / ".env").read_text() == (FOLDER / ".env.example").read_text()
    # What the user wrote stays.
    (script.folder / ".env").write_text("GOOGLE_API_KEY=mine\n")
    assert script("setup.sh", CHROMA_HOST=server.chroma_url).returncode == 0
    assert (script.folder / ".env").read_text() == "GOOGLE_API_KEY=mine\n"


def test_everything_runs_without_a_key_and_says_so(script):
    ran = script("test-all.sh")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("GOOGLE_API_KEY is not set: vectors come from the stub provider") == 2
    assert "stored 12 documents" in ran.stdout and "stored 250 documents" in ran.stdout
    # The answers: nearest first, of the topic that was asked for, changed, deleted.
    assert re.search(r"How long are idle connections kept\?\n  \d\.\d+  pool ", ran.stdout)
    assert re.search(r"What happens when a request fails\?\n(  \d\.\d+  (timeouts|retries|errors) .*\n){3}", ran.stdout)
    assert "containers has level 3 now" in ran.stdout and "deleted 1" in ran.stdout
    assert re.search(r"texts 2 to 3 have no vectors: .*empty Part", ran.stdout)
    assert re.search(r"deadline: .*deadline", ran.stdout)
    assert ran.stdout.count("done\n") == 2 and "== all passed" in ran.stdout


def test_a_server_that_is_there_is_used(script, server):
    with Stub() as stub:
        ran = script("test-all.sh", CHROMA_HOST=server.chroma_url, GOOGLE_GEMINI_BASE_URL=stub.url,
                     GOOGLE_API_KEY=VALID_KEY)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert "database of this run" not in ran.stdout and "stub provider" not in ran.stdout
        assert f"database: {server.chroma_url}" in ran.stdout
        sizes = [len(request["body"]["requests"]) for request in stub.requests if "requests" in request["body"]]
        assert sorted(sizes)[-3:] == [50, 100, 100] and 12 in sizes


def test_without_key_and_stub_the_program_says_what_to_do(tmp_path):
    ran = programs.run("examples/chroma-gemini/chroma_gemini_main", cwd=tmp_path)
    assert ran.returncode == 1 and "GOOGLE_API_KEY is not set" in ran.stderr


def test_the_environment_file_is_read(tmp_path, server):
    with Stub() as stub:
        (tmp_path / ".env").write_text(f"# made by hand\nGOOGLE_API_KEY=\nGOOGLE_API_KEY={VALID_KEY}\r\n"
                                       f"CHROMA_HOST={server.chroma_url}\nGOOGLE_GEMINI_BASE_URL={stub.url}\n")
        ran = programs.run("examples/chroma-gemini/chroma_gemini_main", cwd=tmp_path)
        assert ran.returncode == 0 and "stored 12 documents" in ran.stdout, ran.stdout + ran.stderr


def test_compose_file_and_example_settings_fit_the_programs():
    compose = yaml.safe_load((FOLDER / "compose.yaml").read_text())
    assert compose["services"]["chromadb"]["ports"] == ["127.0.0.1:8000:8000"]
    names = re.findall(r"^(\w+)=(.*)$", (FOLDER / ".env.example").read_text(), re.M)
    assert dict(names) == {"CHROMA_HOST": "http://localhost:8000", "GOOGLE_API_KEY": "", "MAX_RETRIES": "3",
                           "RETRY_DELAY_MS": "1000", "CONNECTION_TIMEOUT_MS": "30000", "REQUEST_TIMEOUT_MS": "60000"}
