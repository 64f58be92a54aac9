"""alidade::embed against the stub of the providers: their own limits, shapes and refusals."""

import json

import pytest

import programs
from stub_providers import VALID_KEY, Stub

PROGRAM = "tests/client_qdrant/embed_texts"
TEXTS = [f"document {i} about nothing" for i in range(249)] + ["the keeper of the lighthouse"]
QUESTION = "who is the keeper of a lighthouse"
# provider, variables of key and address, path of the stub, requests for 250 texts, size, model
CASES = [
    ("gemini", "GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL", "", 3, 768, ""),
    ("gemini", "GEMINI_API_KEY", "GOOGLE_GEMINI_BASE_URL", "", 3, 768, "gemini-embedding-2"),
    ("openai", "OPENAI_API_KEY", "OPENAI_BASE_URL", "/openai/v1", 1, 1536, ""),
    ("ollama", None, "OLLAMA_HOST", "", 1, 768, ""),
    ("cohere", "CO_API_KEY", "CO_API_URL", "", 3, 1536, ""),
    ("jina", "JINA_API_KEY", "JINA_BASE_URL", "/jina/v1", 1, 1024, ""),
    ("voyage", "VOYAGE_API_KEY", "VOYAGE_BASE_URL", "/voyage/v1", 2, 1024, ""),
    ("tei", None, "TEI_URL", "", 8, 384, ""),
    ("qdrant", "QDRANT_INFERENCE_TOKEN", "QDRANT_INFERENCE_URL", "/qdrant-inference", 1, 384, ""),
]


@pytest.fixture
def stub():
    with Stub() as running:
        yield running


def embed(stub, case, *more, key=VALID_KEY, texts=TEXTS):
    provider, key_name, url_name, path, _, _, model = case
    environment = {url_name: stub.url + path, "RETRY_DELAY_MS": "1"}
    if key_name and key:
        environment[key_name] = key
    ran = programs.run(PROGRAM, provider, QUESTION, *(more or ([model] if model else [])),
                       environment=environment, text="\n".join(texts))
    assert ran.returncode in (0, 1), ran.stderr
    return json.loads(ran.stdout)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0] + case[-1])
def test_provider(stub, case):
    answer = embed(stub, case)
    _, _, _, _, requests, size, _ = case
    assert answer.get("count") == len(TEXTS), answer
    assert answer["dimensions"] == size
    assert answer["best"] == TEXTS[-1]
    assert answer["shortest"] == pytest.approx(1, abs=1e-4) and answer["longest"] == pytest.approx(1, abs=1e-4)
    assert len(stub.requests) == requests + 1


@pytest.mark.parametrize("case", [case for case in CASES if case[1]], ids=lambda case: case[0] + case[-1])
def test_wrong_key(stub, case):
    answer = embed(stub, case, key="wrong-key-of-somebody")
    assert answer["status"] in (400, 401) and answer["attempts"] == 1
    assert "wrong-key" not in answer["error"]


def test_no_key_is_told_before_anything_is_sent(stub):
    answer = embed(stub, CASES[0], key=None)
    assert "GOOGLE_API_KEY" in answer["error"] and not stub.requests


def test_sizes_that_gemini_does_not_make(stub):
    answer = embed(stub, CASES[0], "gemini-embedding-001", 4)
    assert answer["status"] == 400 and "output_dimensionality" in answer["error"]
    assert embed(stub, CASES[0], "gemini-embedding-001", 1536)["dimensions"] == 1536


def test_unknown_model(stub):
    answer = embed(stub, CASES[0], "text-embedding-004")
    assert answer["status"] == 404 and "models/text-embedding-004 is not found" in answer["error"]


def test_refusals_and_broken_connections_pass(stub):
    stub.script({"status": 429, "headers": {"Retry-After": "0"}, "body": {}}, {"close": True}, {"status": 503})
    assert embed(stub, CASES[0], texts=TEXTS[-1:])["count"] == 1
    # Three that failed, the batch, the question.
    assert len(stub.requests) == 5


def test_a_smaller_limit_is_found_by_halving(stub, monkeypatch):
    import stub_shapes
    monkeypatch.setattr(stub_shapes, "TEI_BATCH", 10)
    answer = embed(stub, CASES[7])
    assert answer["count"] == len(TEXTS) and answer["best"] == TEXTS[-1]


def test_empty_text(stub):
    answer = embed(stub, CASES[0], texts=["one", "", "three"])
    assert answer["status"] == 400 and "texts 0 to 2" in answer["error"] and "empty Part" in answer["error"]
