"""What clients, proxies and shells rely on below the APIs: hand-made requests, packed answers, a process without file
descriptors."""

import gzip
import http.client
import json
import os
import re
import resource
import socket
import time
import zlib

import pytest
from support.http_json import qdrant
from support.server import Server

TIMEOUT_S = 30
HEARTBEAT = "/api/v2/heartbeat"


def statuses(port, request):
    """The status of every answer to these bytes, until the server closes; they must make it close."""
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3})", answer)]


def faces(server):
    return [(server.rest, "/readyz"), (server.chroma, HEARTBEAT)]


def test_requests_made_by_hand_are_answered(server):
    for port, path in faces(server):
        strict = f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        bare = strict.replace(b"\r\n", b"\n")
        for request, answers in [(strict, 1), (bare, 1), (b"\r\n" + strict, 1), (b"\n\r\n\n" + bare, 1),
                                 (strict + b"\n" + strict, 2), (bare + b"\r\n" + bare + b"\n\n" + strict, 3),
                                 (f"GET {path} HTTP/1.0\n\n".encode(), 1)]:
            assert statuses(port, request) == [200] * answers, request


def test_a_body_may_follow_line_feeds_and_be_asked_for_in_any_case(server):
    body = b'{"limit":1}'
    qdrant(server).call("PUT", "/collections/by_hand", {"vectors": {"size": 2, "distance": "Dot"}})
    head = b"POST /collections/by_hand/points/scroll HTTP/1.1\nHost: x\n"
    sized = head + b"Content-Length: %d\n" % len(body)
    assert statuses(server.rest, sized + b"\n" + body) == [200]
    assert statuses(server.rest, sized + b"Expect: 100-Continue\n\n" + body)[-1] == 200
    chunked = head + b"Transfer-Encoding: chunked\n\n%x\n" % len(body) + body + b"\r\n0\n\r\n"
    assert statuses(server.rest, chunked) == [200]
    qdrant(server).call("DELETE", "/collections/by_hand")


def test_what_hides_a_second_request_is_refused(server):
    for port, path in faces(server):
        hidden = f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        post = f"POST {path} HTTP/1.1\r\nHost: x\r\n".encode()
        for doubtful in [post + b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                         post + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                         post + b"Transfer-Encoding: chunked\r\n\r\n0;a\n\r\n\r\n",
                         post + b"A: b\rContent-Length: 9\r\n\r\n",
                         post + b"A: b\r\n Content-Length: 9\r\n\r\n"]:
            assert statuses(port, doubtful + hidden) == [400], doubtful


def get(port, path, coding=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    connection.putrequest("GET", path, skip_accept_encoding=True)
    if coding is not None:
        connection.putheader("Accept-Encoding", coding)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def test_qdrant_answers_are_packed_for_whoever_asks(server):
    for path in ("/", "/collections", "/telemetry", "/collections/none"):
        answer, body = get(server.rest, path, "gzip, deflate, br, zstd")
        assert answer.getheader("Content-Encoding") == "gzip", path
        assert "accept-encoding" in answer.getheader("Vary"), path
        packed = json.loads(gzip.decompress(body))
        for coding in (None, "", "identity", "br", "gzip;q=0", "*", "gzip;q=0.5, identity"):
            plain, body = get(server.rest, path, coding)
            assert plain.getheader("Content-Encoding") is None, (path, coding)
            assert plain.status == answer.status
            assert json.loads(body).keys() == packed.keys()
    answer, body = get(server.rest, "/nowhere", "gzip")
    assert (answer.status, body, answer.getheader("Content-Encoding")) == (404, b"", None)
    assert get(server.rest, "/", "identity;q=0")[0].status == 406


def test_chroma_answers_are_not_packed_as_at_the_peer(server):
    for coding in ("gzip", "identity;q=0", "*;q=0"):
        answer, body = get(server.chroma, HEARTBEAT, coding)
        assert (answer.status, answer.getheader("Content-Encoding")) == (200, None)
        assert b"heartbeat" in body


def test_a_bomb_is_refused(server):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = packer.compress(bytes(200 << 20)) + packer.flush()
    head = f"POST /collections/none/points/scroll HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
    assert statuses(server.rest, head.encode() + bomb) == [400]
    assert statuses(server.rest, b"GET /readyz HTTP/1.0\r\n\r\n") == [200]


@pytest.fixture(scope="module")
def small_account():
    """A server whose account of requests and answers is one MiB."""
    limits = {"ALIDADE__MAX_PENDING_REQUESTS_MB": "1", "ALIDADE__MAX_REQUEST_SIZE_MB": "1",
              "ALIDADE__MAX_PAYLOAD_SIZE_BYTES": "1000000"}
    with Server(environment=limits) as running:
        yield running
        assert running.is_alive(), running.log()


def test_a_body_at_its_limit_fits_beside_a_long_header(small_account):
    body = b'{"limit":1}'.ljust(1 << 20)
    head = (b"POST /collections/none/points/scroll HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 40_000 +
            b"\r\nContent-Length: %d\r\n\r\n" % len(body))
    assert statuses(small_account.rest, head + body) == [404]


def resident_bytes(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as pages:
        return int(pages.read().split()[1]) * resource.getpagesize()


def test_a_refused_body_is_let_go_at_once(server):
    size = 30 << 20
    request = (b"POST /collections/none/points/scroll HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % size
               + bytes(size) + b"no end")
    before = resident_bytes(server.process.pid)
    refused = []
    for _ in range(24):
        refused.append(socket.create_connection(("127.0.0.1", server.rest), TIMEOUT_S))
        refused[-1].sendall(request)
        assert refused[-1].recv(100).startswith(b"HTTP/1.1 400")
    # What they may still send is read and dropped for a while; their bodies are not kept for that.
    assert resident_bytes(server.process.pid) - before < 12 * size
    for connection in refused:
        connection.close()


def test_an_answer_that_was_read_is_let_go(server):
    http_ = qdrant(server)
    http_.call("PUT", "/collections/let_go", {"vectors": {"size": 1, "distance": "Dot"}})
    for first in range(8):
        http_.call("PUT", "/collections/let_go/points?wait=true",
                   {"points": [{"id": first, "vector": [1], "payload": {"t": "x" * 2_500_000}}]})
    before = resident_bytes(server.process.pid)
    idle = []
    for _ in range(30):
        idle.append(http.client.HTTPConnection("127.0.0.1", server.rest, timeout=TIMEOUT_S))
        idle[-1].request("POST", "/collections/let_go/points/scroll", b'{"limit":8,"with_payload":true}')
        assert len(idle[-1].getresponse().read()) > 20_000_000
    # All stay open for the next request.
    assert resident_bytes(server.process.pid) - before < 15 * 20_000_000
    for connection in idle:
        connection.close()
    http_.call("DELETE", "/collections/let_go")


def begin_to_read(port, request):
    """A client that takes the beginning of its answer and then no more."""
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    connection.settimeout(TIMEOUT_S)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", port))
    connection.sendall(request)
    assert connection.recv(1) == b"H"
    return connection


def test_answers_that_nobody_reads_are_counted(small_account):
    http_ = qdrant(small_account)
    http_.call("PUT", "/collections/large", {"vectors": {"size": 1, "distance": "Dot"}})
    text = "x" * 700_000
    for first in range(16):
        http_.call("PUT", "/collections/large/points?wait=false",
                   {"points": [{"id": first, "vector": [1], "payload": {"t": text}}]})
    body = b'{"limit":16,"with_payload":true}'
    request = (b"POST /collections/large/points/scroll HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)) + body
    # 11 MB are more than the account: fine as long as nobody else is there.
    with begin_to_read(small_account.rest, request):
        assert statuses(small_account.rest, request) == [503]
        answer, _ = get(small_account.rest, "/collections/large")
        assert answer.status == 200  # What is small goes on.
    deadline = time.monotonic() + TIMEOUT_S
    while (answered := statuses(small_account.rest, request)) == [503]:  # The first has gone; it is seen in a moment.
        assert time.monotonic() < deadline, "the answer of a gone client is still counted"
    assert answered == [200]


def limit_of(pid, soft):
    _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))


def test_without_file_descriptors_connections_are_turned_away_and_others_go_on():
    with Server() as server:
        kept = http.client.HTTPConnection("127.0.0.1", server.rest, timeout=TIMEOUT_S)
        kept.request("GET", "/readyz")
        assert kept.getresponse().read() is not None
        pid = server.process.pid
        soft, _ = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        limit_of(pid, 1 + max(int(name) for name in os.listdir(f"/proc/{pid}/fd")))
        fillers = []  # In the gaps between its descriptors.

        def is_turned_away(port):
            """Whether a new connection is; one that is not fills a gap, which whatever was open for a moment left."""
            connection = socket.create_connection(("127.0.0.1", port), TIMEOUT_S)
            connection.sendall(b"GET /readyz HTTP/1.1\r\n\r\n")
            if not connection.recv(100).startswith(b"HTTP/1.1 503"):
                fillers.append(connection)
                return False
            connection.close()
            return True

        while not is_turned_away(server.rest):
            assert len(fillers) < 1000, "nobody was turned away"
        filled = len(fillers)
        for port, _ in faces(server) * 20:
            while not is_turned_away(port):
                assert len(fillers) < filled + 20, "the door is open again"
            kept.request("GET", "/readyz")
            assert kept.getresponse().read() is not None
        limit_of(pid, soft)
        for filler in fillers:
            filler.close()
        for port, path in faces(server):
            assert statuses(port, f"GET {path} HTTP/1.0\r\n\r\n".encode()) == [200]
        kept.close()
        lines = [line for line in server.log().splitlines() if "connections cannot be accepted" in line]
        assert 1 <= len(lines) < 10
        assert "file descriptor" in lines[0]
