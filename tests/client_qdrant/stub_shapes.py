"""What each provider takes and answers: request and answer shapes, limits and refusals, without HTTP."""

import base64
import re
import struct

from stub_vectors import vector, words

VALID_KEY = "stub-key"

# model -> (size by default, sizes that may be asked for)
_GEMINI = {"gemini-embedding-001": (3072, range(128, 3073)), "gemini-embedding-2": (3072, range(128, 3073))}
_OPENAI = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072, "text-embedding-ada-002": 1536}
_OLLAMA = {"nomic-embed-text": 768, "embeddinggemma": 768, "all-minilm": 384}
_OLLAMA_CONTEXT = 2048
_COHERE = {"embed-v4.0": 1536, "embed-english-v3.0": 1024}
_GEMINI_TASKS = {"RETRIEVAL_DOCUMENT", "RETRIEVAL_QUERY", "SEMANTIC_SIMILARITY", "CLASSIFICATION", "CLUSTERING",
                 "QUESTION_ANSWERING", "FACT_VERIFICATION", "CODE_RETRIEVAL_QUERY"}
_COHERE_TYPES = {"search_document", "search_query", "classification", "clustering"}
_JINA_TASKS = {"retrieval.query", "retrieval.passage", "text-matching", "classification", "separation"}
GEMINI_BATCH, COHERE_BATCH, OPENAI_BATCH, TEI_BATCH, VOYAGE_BATCH = 100, 96, 2048, 32, 128
TEI_SIZE = 384


class Refusal(Exception):
    def __init__(self, status, body):
        super().__init__(str(body))
        self.status, self.body = status, body


def answer(path, headers, body):
    gemini = re.fullmatch(r"/v1beta/models/([^/:]+):(embedContent|batchEmbedContents)", path)
    if gemini:
        return _gemini(gemini.group(1), gemini.group(2), headers, body)
    handlers = {"/openai/v1/embeddings": _openai, "/api/embed": _ollama, "/v2/embed": _cohere,
                "/jina/v1/embeddings": _jina, "/voyage/v1/embeddings": _voyage, "/embed": _tei,
                "/qdrant-inference": _qdrant_inference}
    if path not in handlers:
        raise Refusal(404, {"error": f"no such path: {path}"})
    return handlers[path](headers, body)


def _bearer(headers, refusal):
    if headers.get("authorization") != f"Bearer {VALID_KEY}":
        raise Refusal(401, refusal)


# Gemini

def _google(code, status, message):
    return Refusal(code, {"error": {"code": code, "message": message, "status": status}})


def _gemini(model, method, headers, body):
    key = headers.get("x-goog-api-key")
    if not key:
        raise _google(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers (callers without "
                      "established identity). Please use API Key or other form of API consumer identity to call this API.")
    if key != VALID_KEY:
        raise _google(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.")
    if model not in _GEMINI:
        raise _google(404, "NOT_FOUND", f"models/{model} is not found for API version v1beta, or is not supported for "
                      "embedContent. Call ListModels to see the list of available models and their supported methods.")
    if method == "embedContent":
        return {"embedding": {"values": _gemini_one(model, body)}}
    requests = body["requests"]
    if len(requests) > GEMINI_BATCH:
        raise _google(400, "INVALID_ARGUMENT",
                      f"* BatchEmbedContentsRequest.requests: at most {GEMINI_BATCH} requests can be in one batch\n")
    for request in requests:
        if request.get("model") != f"models/{model}":
            raise _google(400, "INVALID_ARGUMENT", "* BatchEmbedContentsRequest.requests[0].model: model does not match "
                          "the model of the batch\n")
    return {"embeddings": [{"values": _gemini_one(model, request)} for request in requests]}


def _gemini_one(model, request):
    default, sizes = _GEMINI[model]
    size = request.get("outputDimensionality", default)
    if size not in sizes:
        raise _google(400, "INVALID_ARGUMENT", "* EmbedContentRequest.output_dimensionality: value is out of range\n")
    task = request.get("taskType")
    if task is not None and (task not in _GEMINI_TASKS or model == "gemini-embedding-2"):
        raise _google(400, "INVALID_ARGUMENT", f"Invalid value at 'task_type' (type.googleapis.com/google.ai."
                      f"generativelanguage.v1beta.TaskType), \"{task}\"")
    if "title" in request and task != "RETRIEVAL_DOCUMENT":
        raise _google(400, "INVALID_ARGUMENT", "* EmbedContentRequest.title: only RETRIEVAL_DOCUMENT takes a title\n")
    text = " ".join(part["text"] for part in request["content"]["parts"])
    if not text:
        raise _google(400, "INVALID_ARGUMENT", "* EmbedContentRequest.content: contains an empty Part.\n")
    # The full size has unit length, a shorter one is a cut and has not.
    return vector(text, size, 1.0 if size == default else 0.6)


# OpenAI and what looks like it

def _openai_error(status, message, kind, code):
    return Refusal(status, {"error": {"message": message, "type": kind, "param": None, "code": code}})


def _openai(headers, body):
    if headers.get("authorization") != f"Bearer {VALID_KEY}":
        raise _openai_error(401, "Incorrect API key provided.", "invalid_request_error", "invalid_api_key")
    model = body["model"]
    if model not in _OPENAI:
        raise _openai_error(404, f"The model `{model}` does not exist or you do not have access to it.",
                            "invalid_request_error", "model_not_found")
    texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
    if not texts or any(not text for text in texts) or len(texts) > OPENAI_BATCH:
        raise _openai_error(400, "'$.input' is invalid. Please check the API reference: "
                            "https://platform.openai.com/docs/api-reference.", "invalid_request_error", None)
    tokens = sum(len(words(text)) for text in texts)
    if tokens > 300_000:
        raise _openai_error(400, "Invalid 'input': maximum request size is 300000 tokens per request.",
                            "max_tokens_per_request", "max_tokens_per_request")
    size = body.get("dimensions", _OPENAI[model])
    if "dimensions" in body and model == "text-embedding-ada-002":
        raise _openai_error(400, "This model does not support specifying dimensions.", "invalid_request_error", None)
    vectors = [vector(text, size) for text in texts]
    # Last first: a client has to sort by `index`.
    data = [{"object": "embedding", "index": index, "embedding": _encoded(values, body.get("encoding_format"))}
            for index, values in reversed(list(enumerate(vectors)))]
    return {"object": "list", "data": data, "model": model, "usage": {"prompt_tokens": tokens, "total_tokens": tokens}}


def _encoded(values, form):
    if form == "base64":
        return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()
    return values


def _like_openai(texts, model, size, tokens):
    return {"object": "list", "model": model, "usage": {"total_tokens": tokens},
            "data": [{"object": "embedding", "index": index, "embedding": vector(text, size)}
                     for index, text in enumerate(texts)]}


def _jina(headers, body):
    _bearer(headers, {"detail": "Unauthorized"})
    if body.get("task") is not None and body["task"] not in _JINA_TASKS:
        raise Refusal(422, {"detail": f"[{{'loc': ('body', 'task'), 'msg': 'unknown task {body['task']}'}}]"})
    return _like_openai(body["input"], body["model"], body.get("dimensions", 1024), sum(map(len, body["input"])))


def _voyage(headers, body):
    _bearer(headers, {"detail": "Provided API key is invalid."})
    if len(body["input"]) > VOYAGE_BATCH:
        raise Refusal(400, {"detail": f"The batch size limit is {VOYAGE_BATCH}. Your batch size is {len(body['input'])}."})
    if body.get("input_type") not in (None, "query", "document"):
        raise Refusal(400, {"detail": "input_type is invalid."})
    size = body.get("output_dimension", 1024)
    if size not in (256, 512, 1024, 2048):
        raise Refusal(400, {"detail": f"output_dimension {size} is not supported."})
    return _like_openai(body["input"], body["model"], size, sum(map(len, body["input"])))


# The others

def _ollama(_, body):
    model = body["model"].removesuffix(":latest")
    if model not in _OLLAMA:
        raise Refusal(404, {"error": f"model \"{body['model']}\" not found, try pulling it first"})
    texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
    if not body.get("truncate", True) and any(len(words(text)) > _OLLAMA_CONTEXT for text in texts):
        raise Refusal(400, {"error": "the input length exceeds the context length"})
    size = body.get("dimensions", _OLLAMA[model])
    return {"model": body["model"], "embeddings": [vector(text, size) for text in texts], "total_duration": 14143917,
            "load_duration": 1019500, "prompt_eval_count": sum(len(words(text)) for text in texts)}


def _cohere(headers, body):
    _bearer(headers, {"message": "invalid api token"})
    if body.get("input_type") not in _COHERE_TYPES:
        raise Refusal(400, {"message": "invalid request: valid input_type must be provided with the provided model."})
    texts = body["texts"]
    if len(texts) > COHERE_BATCH:
        raise Refusal(400, {"message": "invalid request: total number of texts must be at most "
                                       f"{COHERE_BATCH} - received {len(texts)}"})
    if body["model"] not in _COHERE:
        raise Refusal(404, {"message": f"model '{body['model']}' not found, make sure the correct model ID was used"})
    size = body.get("output_dimension", _COHERE[body["model"]])
    return {"id": "5807ee2e-0cda-445a-9ec8-864c60a06606", "texts": texts,
            "embeddings": {kind: [vector(text, size) for text in texts] for kind in body["embedding_types"]},
            "meta": {"api_version": {"version": "2"}, "billed_units": {"input_tokens": sum(map(len, texts))}}}


def _tei(_, body):
    texts = body["inputs"] if isinstance(body["inputs"], list) else [body["inputs"]]
    if len(texts) > TEI_BATCH:
        raise Refusal(413, {"error": f"batch size {len(texts)} > maximum allowed batch size {TEI_BATCH}",
                            "error_type": "Validation"})
    if any(not text for text in texts):
        raise Refusal(422, {"error": "inputs cannot be empty", "error_type": "Validation"})
    return [vector(text, TEI_SIZE, 1.0 if body.get("normalize", True) else 3.0) for text in texts]


def _qdrant_inference(_, body):
    if body.get("token") != VALID_KEY:
        raise Refusal(401, {"error": "invalid token"})
    if body["inference"] not in ("update", "search"):
        raise Refusal(400, {"error": "unknown inference type"})
    embeddings = [vector(item["data"], (item.get("options") or {}).get("dimensions", 384)) for item in body["inputs"]]
    models = {item["model"]: {"tokens": sum(len(words(entry["data"])) for entry in body["inputs"])}
              for item in body["inputs"]}
    return {"embeddings": embeddings, "usage": {"models": models}}
