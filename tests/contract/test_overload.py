"""More bodies at once than the server takes: the last ones are told so in each peer's form, the others are served."""

import json
import select
import socket
import time

import grpc
import pytest
from support.http_json import chroma, qdrant
from support.server import Server

BODY_BYTES = 900_000
TIMEOUT_S = 30


@pytest.fixture(scope="module")
def small_server():
    """Takes one body of its largest size at a time."""
    limits = {"ALIDADE__MAX_PENDING_REQUESTS_MB": "1", "ALIDADE__MAX_REQUEST_SIZE_MB": "1",
              "ALIDADE__MAX_PAYLOAD_SIZE_BYTES": "1000000"}
    with Server(environment=limits) as server:
        yield server
        assert server.is_alive(), server.log()


def begin(port, method, path):
    """A request whose body has come but for its end."""
    connection = socket.create_connection(("127.0.0.1", port), TIMEOUT_S)
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {BODY_BYTES}\r\n\r\n"
    connection.sendall(head.encode() + b" " * (BODY_BYTES - 2))
    return connection


def answer_of(connection):
    """(status, parsed body); the server may have closed the connection behind it."""
    with connection, connection.makefile("rb") as stream:
        status = int(stream.readline().split()[1])
        length = 0
        while (line := stream.readline().strip()):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return status, json.loads(stream.read(length))


def is_held(server):
    """Whether there is no place for another body; asked with one, so that nothing has to be waited for."""
    return answer_of(begin_whole(server))[0] == 503


def begin_whole(server):
    connection = begin(server.rest, "POST", "/collections/none/points/scroll")
    try:
        connection.sendall(b"{}")
    except OSError:
        pass  # Refused before its end came; the answer is there.
    return connection


def hold(server):
    """A connection whose body has the place. A probe may have had it while the body came; the body is
    refused then, and sent again."""
    deadline = time.monotonic() + TIMEOUT_S
    held = begin(server.rest, "POST", "/collections/none/points/scroll")
    while not is_held(server):
        assert time.monotonic() < deadline, "bodies are not counted"
        if select.select([held], [], [], 0)[0]:
            held.close()
            held = begin(server.rest, "POST", "/collections/none/points/scroll")
    return held


def call_by_grpc(server, message):
    """The refusal of an upsert of these bytes."""
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc}") as channel:
        with pytest.raises(grpc.RpcError) as refused:
            channel.unary_unary("/qdrant.Points/Upsert")(message, timeout=TIMEOUT_S)
    return refused.value


def test_a_body_too_many_is_told_that_the_server_is_busy(small_server):
    first = hold(small_server)
    status, body = answer_of(begin(small_server.rest, "PUT", "/collections/none/points"))
    assert status == 503
    assert body["status"]["error"] == "Service unavailable: the server is busy, try again later"
    status, body = answer_of(begin(small_server.chroma, "POST", "/api/v2/tenants/default_tenant/databases"))
    assert (status, body) == (429, {"error": "ChromaError", "message": "the server is busy; try again later"})
    if small_server.grpc:
        refused = call_by_grpc(small_server, b"\xff" * BODY_BYTES)
        assert refused.code() == grpc.StatusCode.UNAVAILABLE
        assert refused.details() == "Service unavailable: the server is busy, try again later"
        assert call_by_grpc(small_server, b"\xff").code() == grpc.StatusCode.INTERNAL  # Small, and looked into.
    # What is small finds its place beside it.
    assert qdrant(small_server).send("GET", "/collections")[0] == 200
    assert chroma(small_server).send("GET", "/collections")[0] == 200
    # The first one is served as if it had been alone, and its place is free again.
    first.sendall(b"{}")
    assert answer_of(first)[0] == 404
    assert answer_of(begin_whole(small_server))[0] == 404
