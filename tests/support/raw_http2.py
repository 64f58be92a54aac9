"""Just enough of HTTP/2 to be a gRPC client that no library would be: one that pings without end, never
reads its answer or breaks off within a message. Headers are sent as they are, without compression."""

import socket
import struct

DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM = ACK = 0x1
END_HEADERS = 0x4
INITIAL_WINDOW_SIZE = 4
DEFAULT_WINDOW = 65_535
FRAME_BYTES = 16_384


def literal(text):
    """A string of a header, not compressed: its length in seven bits and then in seven a byte."""
    data = text if isinstance(text, bytes) else text.encode()
    if len(data) < 127:
        return bytes([len(data)]) + data
    length, rest = b"\x7f", len(data) - 127
    while rest >= 128:
        length += bytes([rest % 128 + 128])
        rest //= 128
    return length + bytes([rest]) + data


class RawHttp2:
    """One connection. `window` is what the server may send per stream before it is asked for more."""

    def __init__(self, port, window=DEFAULT_WINDOW, timeout=30):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self._pending = b""
        self._next_stream = 1
        self._windows = {0: DEFAULT_WINDOW}  # What the server takes, on the connection (0) and per stream.
        self.refused = set()  # Streams that the server has reset.
        self.ended = {}  # Stream -> the last headers, of streams that the server has ended.
        self.is_closed = False  # By the server, as far as a call here has met it.
        settings = struct.pack(">HI", INITIAL_WINDOW_SIZE, window)
        self.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        self.send(SETTINGS, 0, 0, settings)

    def send(self, kind, flags, stream, content=b""):
        head = struct.pack(">I", len(content))[1:] + bytes([kind, flags]) + struct.pack(">I", stream)
        try:
            self.socket.sendall(head + content)
        except (BrokenPipeError, ConnectionResetError):
            self.is_closed = True

    def receive(self):
        """(kind, flags, stream, content) of the next frame; None when the server has closed."""
        while len(self._pending) < 9 or len(self._pending) < 9 + int.from_bytes(self._pending[:3], "big"):
            try:
                piece = self.socket.recv(65_536)
            except ConnectionResetError:
                piece = b""
            if not piece:
                self.is_closed = True
                return None
            self._pending += piece
        size = int.from_bytes(self._pending[:3], "big")
        kind, flags = self._pending[3], self._pending[4]
        stream = int.from_bytes(self._pending[5:9], "big") & 0x7FFF_FFFF
        content, self._pending = self._pending[9:9 + size], self._pending[9 + size:]
        if kind == SETTINGS and not flags & ACK:
            self.send(SETTINGS, ACK, 0)
        if kind == WINDOW_UPDATE and stream in self._windows:
            self._windows[stream] += int.from_bytes(content, "big")
        if kind == RESET:
            self.refused.add(stream)
        if kind == HEADERS and flags & END_STREAM:
            self.ended[stream] = content
        return kind, flags, stream, content

    def begin_call(self, method, metadata=()):
        """Opens a stream for a call; returns its number."""
        stream, self._next_stream = self._next_stream, self._next_stream + 2
        headers = [(":method", "POST"), (":scheme", "http"), (":path", method), (":authority", "localhost"),
                   ("content-type", "application/grpc"), ("te", "trailers"), *metadata]
        self._windows[stream] = DEFAULT_WINDOW
        self.send(HEADERS, END_HEADERS, stream,
                  b"".join(b"\x00" + literal(name) + literal(value) for name, value in headers))
        return stream

    def send_message(self, stream, message):
        """A small message, whole, and the end of what is sent."""
        self.send(DATA, END_STREAM, stream, b"\0" + struct.pack(">I", len(message)) + message)

    def send_part(self, stream, content):
        """Sends what flow control allows, waiting for more of it; the stream stays open. Returns how much
        was sent when the server wants no more of it or has closed."""
        sent = 0
        while sent < len(content) and not self.is_closed and stream not in self.refused and stream not in self.ended:
            size = min(len(content) - sent, self._windows[0], self._windows[stream], FRAME_BYTES)
            if size <= 0:
                try:
                    self.receive()
                except TimeoutError:
                    break
                continue
            self.send(DATA, 0, stream, content[sent:sent + size])
            sent += size
            self._windows[0] -= size
            self._windows[stream] -= size
        return sent

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
