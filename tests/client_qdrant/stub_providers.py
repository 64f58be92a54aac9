"""A stub of the embedding providers: their paths, keys, shapes, limits and errors, on one port of loopback.

    python3 tests/client_qdrant/stub_providers.py [--port 0]      prints `listening on http://127.0.0.1:PORT`

Every provider lives at its own path, so one stub serves all of them:

    POST /v1beta/models/{model}:embedContent, :batchEmbedContents      Gemini
    POST /openai/v1/embeddings                                         OpenAI
    POST /api/embed                                                    Ollama
    POST /v2/embed                                                     Cohere
    POST /jina/v1/embeddings, /voyage/v1/embeddings                    Jina, Voyage
    POST /embed                                                        HF text-embeddings-inference
    POST /qdrant-inference                                             the remote service of Qdrant

A test steers it through `Stub.script` (the next answers, whatever is asked) and reads `Stub.requests`. The valid key is
`stub-key`; a provider that needs a key refuses every other one as the real one does.
"""

import argparse
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import stub_shapes

VALID_KEY = stub_shapes.VALID_KEY


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        stub = self.server.stub
        scripted = stub.take(self.path, headers, body)
        if scripted is not None:
            if scripted.get("close"):
                self.close_connection = True
                return
            self._answer(scripted["status"], scripted.get("body", {}), scripted.get("headers", {}))
            return
        try:
            self._answer(200, stub_shapes.answer(self.path, headers, json.loads(body)))
        except stub_shapes.Refusal as refusal:
            self._answer(refusal.status, refusal.body)
        except (ValueError, KeyError, TypeError) as error:
            self._answer(400, {"error": f"the stub cannot read this: {error!r}"})

    def _answer(self, status, body, headers=()):
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


class Stub:
    """One running stub. `requests` holds path, headers (names in lower case) and decoded body of each request."""

    def __init__(self, port=0):
        self._listener = _Listener(("127.0.0.1", port), _Handler)
        self._listener.stub = self
        self._lock = threading.Lock()
        self._scripted = []
        self.requests = []
        self._thread = threading.Thread(target=self._listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self):
        return f"http://127.0.0.1:{self._listener.server_address[1]}"

    def script(self, *answers):
        """The next answers: {"status", "body", "headers"} or {"close": True}, one per request."""
        with self._lock:
            self._scripted.extend(answers)

    def clear(self):
        with self._lock:
            self._scripted.clear()
            self.requests.clear()

    def take(self, path, headers, body):
        with self._lock:
            try:
                decoded = json.loads(body)
            except ValueError:
                decoded = None
            self.requests.append({"path": path, "headers": headers, "body": decoded})
            return self._scripted.pop(0) if self._scripted else None

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        self._listener.shutdown()
        self._listener.server_close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


def main():
    parser = argparse.ArgumentParser(description="Stub of the embedding providers.")
    parser.add_argument("--port", type=int, default=0)
    stub = Stub(parser.parse_args().port).start()
    print(f"listening on {stub.url}", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        stub.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
