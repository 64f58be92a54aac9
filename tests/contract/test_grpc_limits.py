"""What a gRPC connection may ask for: pings, long metadata, large messages; and what it cannot make the server hold."""

import base64
import hashlib
import hmac
import json
import struct
import time

import grpc
import pytest
from support.http_json import qdrant
from support.protobuf import delimited
from support.raw_http2 import ACK, END_STREAM, GOAWAY, HEADERS, PING, RawHttp2
from support.server import WITHOUT_GRPC, Server

pytestmark = pytest.mark.skipif(WITHOUT_GRPC, reason="built without gRPC")

KEY = "a-key-of-more-than-16-bytes"
TIMEOUT_S = 30
MIB = 1 << 20


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        yield running
        assert running.is_alive(), running.log()


@pytest.fixture(scope="module")
def small_server():
    """Holds 1 MiB of requests and answers."""
    limits = {"ALIDADE__MAX_PENDING_REQUESTS_MB": "1", "ALIDADE__MAX_REQUEST_SIZE_MB": "1",
              "ALIDADE__MAX_PAYLOAD_SIZE_BYTES": "1000000"}
    with Server(environment=limits) as running:
        rest = qdrant(running)
        rest.call("PUT", "/collections/c", {"vectors": {}})
        for number in range(4):
            point = {"id": number, "vector": {}, "payload": {"text": "x" * 350_000}}
            rest.call("PUT", "/collections/c/points?wait=true", {"points": [point]})
        yield running
        assert running.is_alive(), running.log()


def call(server, method, message, metadata=()):
    """(code, details) of a call with these bytes; the answer's bytes are not looked at."""
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc}", [("grpc.max_receive_message_length", -1),
                                                            ("grpc.max_send_message_length", -1)]) as channel:
        try:
            channel.unary_unary(method)(message, timeout=TIMEOUT_S, metadata=metadata)
        except grpc.RpcError as refused:
            return refused.code(), refused.details()
    return grpc.StatusCode.OK, ""


def scroll_of(points):
    """ScrollPoints of c with that limit and all payloads."""
    return delimited(1, b"c") + bytes([4 << 3, points]) + delimited(6, bytes([1 << 3, 1]))


def token_of(claims):
    def encoded(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    signed = encoded(b'{"alg":"HS256","typ":"JWT"}') + "." + encoded(json.dumps(claims).encode())
    return signed + "." + encoded(hmac.new(KEY.encode(), signed.encode(), hashlib.sha256).digest())


def test_a_client_that_pings_all_the_time_is_kept(server):
    with RawHttp2(server.grpc) as connection:
        for number in range(50):
            connection.send(PING, 0, 0, struct.pack(">Q", number))
            while True:
                frame = connection.receive()
                assert frame is not None and frame[0] != GOAWAY, f"sent away after {number + 1} pings: {frame}"
                if frame[0] == PING and frame[1] & ACK:
                    assert frame[3] == struct.pack(">Q", number)
                    break


def test_a_message_above_32_mib_is_read(server):
    # A field that nobody knows: it is read, and passed over.
    large = delimited(1, b"none") + delimited(1000, bytes(40 * MIB))
    assert call(server, "/qdrant.Points/Count", large) == (grpc.StatusCode.NOT_FOUND, "Not found: Collection `none` doesn't exist!")


def test_a_message_above_the_account_is_refused_and_the_server_lives(small_server):
    code, text = call(small_server, "/qdrant.Points/Upsert", delimited(1000, bytes(2 * MIB)))
    assert code == grpc.StatusCode.RESOURCE_EXHAUSTED and "larger than max" in text
    assert call(small_server, "/qdrant.Qdrant/HealthCheck", b"") == (grpc.StatusCode.OK, "")


def test_long_metadata_is_read(server):
    for length in (1_000, 9_000, 40_000):
        assert call(server, "/qdrant.Collections/List", b"", [("x-note", "n" * length)])[0] == grpc.StatusCode.OK, length


def test_a_token_that_names_many_collections_opens_both_faces():
    grants = [{"collection": f"a-collection-with-a-long-name-{number}", "access": "r"} for number in range(400)]
    token = token_of({"access": grants + [{"collection": "c", "access": "r"}]})
    assert 30_000 < len(token) < 42_000
    settings = {"ALIDADE__API_KEY": KEY, "ALIDADE__JWT_RBAC": "true"}
    with Server(environment=settings) as guarded:
        qdrant(guarded, headers={"api-key": KEY}).call("PUT", "/collections/c", {"vectors": {}})
        assert qdrant(guarded, headers={"api-key": token}).send("GET", "/collections/c")[0] == 200
        get = delimited(1, b"c")
        assert call(guarded, "/qdrant.Collections/Get", get, [("api-key", token)])[0] == grpc.StatusCode.OK
        signature = token.rindex(".") + 1
        wrong = token[:signature] + ("A" if token[signature] != "A" else "B") + token[signature + 1:]
        assert call(guarded, "/qdrant.Collections/Get", get, [("api-key", wrong)])[0] == grpc.StatusCode.PERMISSION_DENIED


def until_served(server, message):
    """The answer to an earlier call may be charged for a moment after its client has read it."""
    deadline = time.monotonic() + TIMEOUT_S
    while call(server, "/qdrant.Points/Scroll", message)[0] != grpc.StatusCode.OK:
        assert time.monotonic() < deadline, "the place of an answer is never free again"


def test_an_answer_larger_than_the_account_is_sent_when_it_is_alone(small_server):
    until_served(small_server, scroll_of(4))
    until_served(small_server, scroll_of(2))


def test_an_answer_that_nobody_reads_is_charged_until_its_client_goes(small_server):
    with RawHttp2(small_server.grpc, window=0) as reader:
        # The answer to an earlier test may be charged for a moment after its client has read it: then this
        # call is refused (its headers end the stream) and made again.
        flags = END_STREAM
        while flags & END_STREAM:
            reader.send_message(reader.begin_call("/qdrant.Points/Scroll"), scroll_of(2))
            while (frame := reader.receive())[0] != HEADERS:
                pass
            flags = frame[1]
        # 700 KB of 1 MiB are held for it now.
        refused = call(small_server, "/qdrant.Points/Scroll", scroll_of(2))
        assert refused == (grpc.StatusCode.UNAVAILABLE, "Service unavailable: the server is busy, try again later")
        assert call(small_server, "/qdrant.Points/Scroll", scroll_of(4))[0] == grpc.StatusCode.UNAVAILABLE
        # What is small is answered.
        assert call(small_server, "/qdrant.Collections/List", b"")[0] == grpc.StatusCode.OK
    until_served(small_server, scroll_of(4))


def test_messages_that_never_end_are_bounded_by_the_account(small_server):
    # Each is smaller than the account and lacks its end, so no call is known yet: gRPC holds them.
    part = b"\0" + struct.pack(">I", 1_000_000) + bytes(980_000)
    connections = [RawHttp2(small_server.grpc, timeout=2) for _ in range(8)]
    sent = {}
    for connection in connections:
        for _ in range(25):
            stream = connection.begin_call("/qdrant.Points/Upsert")
            sent[connection, stream] = connection.send_part(stream, part)
    for connection in connections:
        connection.send(PING, 0, 0, bytes(8))
        while (frame := connection.receive()) is not None and frame[0] != PING:
            pass  # What was refused meanwhile is noted.
    held = sum(size for (connection, stream), size in sent.items()
               if not connection.is_closed and stream not in connection.refused)
    for connection in connections:
        connection.close()
    # The account (1 MiB) and a quarter, and 64 MiB for connections; the rest is on its way.
    assert held < 80 * MIB, f"{held / MIB:.0f} MiB are held"
    assert call(small_server, "/qdrant.Qdrant/HealthCheck", b"")[0] == grpc.StatusCode.OK
