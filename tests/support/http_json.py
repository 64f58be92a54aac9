"""JSON over HTTP on one kept-alive connection; nothing but the standard library."""

import http.client
import json
import time
import urllib.parse

IDLE_LIMIT_S = 5


class HttpJson:
    """@param base address with port, and with a path that is put before every path."""

    def __init__(self, base, headers=None, timeout=120):
        self._url = urllib.parse.urlsplit(base)
        self._headers = headers or {}
        self._timeout = timeout
        self._connection = None
        self._last_used = 0.0

    def send(self, method, path, body=None):
        """(status, body as JSON, or as text where it is none). `body` may be bytes as they are."""
        # The server closes connections that nobody uses.
        if self._connection is not None and time.monotonic() - self._last_used > IDLE_LIMIT_S:
            self.close()
        self._last_used = time.monotonic()
        if self._connection is None:
            self._connection = http.client.HTTPConnection(
                self._url.hostname, self._url.port, timeout=self._timeout)
        headers = dict(self._headers)
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
        try:
            self._connection.request(method, self._url.path.rstrip("/") + path, content, headers)
            response = self._connection.getresponse()
            answer = response.read()
        except BaseException:
            self.close()
            raise
        try:
            return response.status, json.loads(answer)
        except ValueError:
            return response.status, answer.decode("utf-8", "replace")

    def call(self, method, path, body=None):
        """The body of an answer that has to be a good one."""
        status, answer = self.send(method, path, body)
        assert 200 <= status < 300, f"{method} {path}: {status} {answer}"
        return answer

    def close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None


CHROMA_PATH = "/api/v2/tenants/default_tenant/databases/default_database"


def qdrant(server, **options):
    return HttpJson(server.rest_url, **options)


def chroma(server, **options):
    return HttpJson(server.chroma_url + CHROMA_PATH, **options)
