"""JSON over HTTP on one kept-alive socket, without the cost of http.client: the model test is as fast
as its slowest part, and that is this client."""

import json
import socket
import time

IDLE_LIMIT_S = 3   # The server closes connections that nobody uses.

_dumps = json.JSONEncoder(separators=(",", ":")).encode


class ConnectionLost(Exception):
    """The server closed the connection or went away before the whole answer was there."""


class Connection:
    """@param port on the loopback address; @param prefix stands before every path."""

    def __init__(self, port, prefix="", timeout_s=60):
        self._address, self._prefix, self._timeout_s = ("127.0.0.1", port), prefix, timeout_s
        self._socket, self._rest, self._last_used = None, b"", 0.0

    def send(self, method, path, body=None):
        """(status, body as JSON, as text where it is none)."""
        content = b"" if body is None else body if isinstance(body, bytes) else _dumps(body).encode()
        head = (f"{method} {self._prefix}{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n")
        request = head.encode() + content
        # Nothing is ever sent twice: a connection that is lost in use is an answer in itself.
        if self._socket is not None and time.monotonic() - self._last_used > IDLE_LIMIT_S:
            self.close()
        answer = self._exchange(request)
        self._last_used = time.monotonic()
        return answer

    def _exchange(self, request):
        try:
            if self._socket is None:
                self._rest = b""
                self._socket = socket.create_connection(self._address, self._timeout_s)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.sendall(request)
            return self._read_answer()
        except OSError as error:
            self.close()
            raise ConnectionLost(str(error)) from error
        except BaseException:
            self.close()
            raise

    def _more(self):
        chunk = self._socket.recv(1 << 18)
        if not chunk:
            raise ConnectionLost("closed")
        return chunk

    def _read_answer(self):
        data = self._rest
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head = data[:end].lower()
        status = int(head[9:12])
        at = head.find(b"content-length:")
        length = int(head[at + 15:].split(b"\r\n", 1)[0]) if at >= 0 else 0
        end += 4
        while len(data) < end + length:
            data += self._more()
        body, self._rest = data[end:end + length], data[end + length:]
        if b"connection: close" in head:
            self.close()
        try:
            return status, json.loads(body)
        except ValueError:
            return status, body.decode("utf-8", "replace")

    def close(self):
        if self._socket is not None:
            self._socket.close()
            self._socket = None
