"""What costs much is not begun before it is known who asks: no long, chunked or packed body is read, and no
packed message is unpacked, for who shows no key."""

import gzip
import json
import pathlib
import re
import socket
import struct
import zlib

import grpc
import pytest
from support.http_json import CHROMA_PATH
from support.protobuf import delimited
from support.raw_http2 import DATA, END_STREAM, RawHttp2
from support.server import WITHOUT_GRPC, Server

KEY = "a-key-of-more-than-16-bytes"
TIMEOUT_S = 30
MIB = 1 << 20
needs_grpc = pytest.mark.skipif(WITHOUT_GRPC, reason="built without gRPC")
COSTLY = {
    "long": ["Content-Length: 1000000"],
    "long, asking first": ["Content-Length: 1000000", "Expect: 100-continue"],
    "chunked": ["Transfer-Encoding: chunked"],
    "long and packed": ["Content-Encoding: gzip", "Content-Length: 70000"],
    "packed": ["Content-Encoding: gzip", "Content-Length: 20"],
}
PATHS = {"rest": "/collections/c/points/query", "chroma": CHROMA_PATH + "/collections"}
OPEN = {"rest": "/healthz", "chroma": "/api/v2/version"}


@pytest.fixture(scope="module")
def guarded():
    limits = {"QDRANT__SERVICE__API_KEY": KEY, "ALIDADE__MAX_PENDING_REQUESTS_MB": "64"}
    with Server(environment=limits) as server:
        yield server
        assert server.is_alive(), server.log()


def answer_to_head(port, method, path, headers):
    """(status, connection closes, body) of a request whose body never comes."""
    head = "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json", *headers])
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as connection:
        connection.sendall(head.encode() + b"\r\n\r\n")
        text = b""
        while piece := connection.recv(65_536):
            text += piece
    head, _, body = text.partition(b"\r\n\r\n")
    return int(head.split()[1]), b"connection: close" in head.lower(), body


# Packed bodies are no more to the Chroma face than other bytes are.
@pytest.mark.parametrize(("face", "kind"), [(face, kind) for face in PATHS for kind in COSTLY
                                            if (face, kind) != ("chroma", "packed")])
def test_a_costly_body_is_not_waited_for(guarded, face, kind):
    port = getattr(guarded, face)
    for wrong in ([], ["api-key: wrong"]):
        status, closes, body = answer_to_head(port, "POST", PATHS[face], COSTLY[kind] + wrong)
        assert (status, closes) == (401, True), body
        assert b"API key" in body
    # What everyone may ask is answered without its body.
    status, closes, _ = answer_to_head(port, "GET", OPEN[face], COSTLY[kind])
    assert (status, closes) == (200, True)


def test_who_may_come_in_sends_what_he_likes(guarded):
    body = json.dumps({"vectors": {"size": 2, "distance": "Dot"}, "metadata": {"long": "x" * 100_000}}).encode()
    packed = gzip.compress(body)
    for name, headers, content in (("long", ["Content-Length: %d" % len(body)], body),
                                   ("chunked", ["Transfer-Encoding: chunked"], b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)),
                                   ("packed", ["Content-Encoding: gzip", "Content-Length: %d" % len(packed)], packed)):
        head = "\r\n".join([f"PUT /collections/{name} HTTP/1.1", "Host: localhost", "Content-Type: application/json",
                            "Connection: close", f"api-key: {KEY}", *headers])
        with socket.create_connection(("127.0.0.1", guarded.rest), TIMEOUT_S) as connection:
            connection.sendall(head.encode() + b"\r\n\r\n" + content)
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200 "), name


def varint(value):
    out = b""
    while value >= 128:
        out += bytes([value % 128 + 128])
        value //= 128
    return out + bytes([value])


def packed_message(collection, zeros, claim=None):
    """A message that names a collection and unfolds to `zeros` bytes more, in a field that nobody knows."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    out = packer.compress(delimited(1, collection) + varint(1000 << 3 | 2) + varint(zeros))
    for start in range(0, zeros, MIB):
        out += packer.compress(bytes(min(MIB, zeros - start)))
    out += packer.flush()
    return out if claim is None else out[:-4] + struct.pack("<I", claim)


def grpc_status(server, method, message, metadata=(), encoding="gzip"):
    """The number of the status that a call with this packed message ends with, and the answer's head."""
    with RawHttp2(server.grpc) as connection:
        stream = connection.begin_call(method, [("grpc-encoding", encoding), *metadata])
        connection.send_part(stream, b"\1" + struct.pack(">I", len(message)) + message)
        if stream not in connection.ended:
            connection.send(DATA, END_STREAM, stream)
        while stream not in connection.ended and stream not in connection.refused and connection.receive():
            pass
        head = connection.ended.get(stream, b"")
    found = re.search(rb"grpc-status.(\d+)", head)
    return next((code for code in grpc.StatusCode if found and code.value[0] == int(found.group(1))), None), head


def peak_mib(server):
    text = pathlib.Path(f"/proc/{server.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", text).group(1)) / 1024


@needs_grpc
def test_no_message_is_waited_for(guarded):
    """Only the beginning of a message comes, which would be of 60 MB."""
    for method, expected in (("/qdrant.Points/Upsert", b"16"), ("/qdrant.Collections/List", b"16"),
                             # What everyone may ask is answered without its message.
                             ("/qdrant.Qdrant/HealthCheck", b"0"), ("/grpc.health.v1.Health/Check", b"0")):
        for metadata in ([], [("api-key", "wrong")]):
            with RawHttp2(guarded.grpc) as connection:
                stream = connection.begin_call(method, metadata)
                connection.send(DATA, 0, stream, b"\0" + struct.pack(">I", 60_000_000) + bytes(1_000))
                while stream not in connection.ended and connection.receive():
                    pass
                head = connection.ended[stream]
                assert re.search(rb"grpc-status.(\d+)", head).group(1) == expected, head


@needs_grpc
def test_a_packed_message_costs_no_more_than_its_length_before_it_is_known_who_sends_it(guarded):
    before = peak_mib(guarded)
    for method, expected in (("/qdrant.Points/Count", grpc.StatusCode.UNAUTHENTICATED),
                             ("/qdrant.Qdrant/HealthCheck", grpc.StatusCode.OK)):
        code, head = grpc_status(guarded, method, packed_message(b"none", 200 * MIB))
        assert code == expected, head
    assert peak_mib(guarded) - before < 50


@needs_grpc
def test_a_packed_message_is_unpacked_within_the_account(guarded):
    key = [("api-key", KEY)]
    count = "/qdrant.Points/Count"
    before = peak_mib(guarded)
    assert grpc_status(guarded, count, packed_message(b"none", 200 * MIB), key)[0] == grpc.StatusCode.RESOURCE_EXHAUSTED
    # One that says less than it holds is given up there.
    for claim in (0, 1_000, 5 * MIB):
        code, head = grpc_status(guarded, count, packed_message(b"none", 200 * MIB, claim), key)
        assert code == grpc.StatusCode.INTERNAL and b"Error decompressing" in head, head
    assert peak_mib(guarded) - before < 80
    for zeros in (0, 100, 100_000, 5 * MIB):
        assert grpc_status(guarded, count, packed_message(b"none", zeros), key)[0] == grpc.StatusCode.NOT_FOUND
    assert grpc_status(guarded, count, packed_message(b"none", 100)[:-9], key)[0] == grpc.StatusCode.INTERNAL
    assert grpc_status(guarded, count, zlib.compress(b"a"), key, "deflate")[0] == grpc.StatusCode.UNIMPLEMENTED
    # What is open stays open, also packed.
    assert grpc_status(guarded, "/qdrant.Qdrant/HealthCheck", packed_message(b"none", 100))[0] == grpc.StatusCode.OK


@needs_grpc
def test_a_client_that_packs_everything_is_served(guarded):
    with grpc.insecure_channel(f"127.0.0.1:{guarded.grpc}", compression=grpc.Compression.Gzip) as channel:
        for method, text in (("/qdrant.Collections/Get", b"a" * 20_000), ("/qdrant.Collections/List", b"")):
            call = channel.unary_unary(method)
            message = delimited(1000, text) + delimited(1, b"none") if text else b""
            try:
                call(message, metadata=[("api-key", KEY)], timeout=TIMEOUT_S)
            except grpc.RpcError as refused:
                assert refused.code() == grpc.StatusCode.NOT_FOUND, refused
