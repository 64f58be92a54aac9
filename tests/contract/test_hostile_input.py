"""64 KiB of every nasty kind to every listener. Who shows no key learns nothing by it and costs a look at the
credential; who may come in costs time linear in what is sent.

Cost is the server's own processor time for a length and for twice that length: with linear work the second is
twice the first, with a loop in a loop it is four times. What takes no time to speak of is not compared.
"""

import http.client
import json
import time

import grpc
import pytest
from support.http_json import CHROMA_PATH
from support.protobuf import delimited
from support.raw_http2 import HEADERS, RESET, RawHttp2
from support.server import WITHOUT_GRPC, Server

KEY = "a-key-of-more-than-16-bytes"
LENGTH = 30_000  # And twice that: below the 64 KiB that a request's head may have.
TIMES = 4
NOT_WORTH_COMPARING_S = 0.05
TIMEOUT_S = 60
NO_KEY = "Must provide an API key or an Authorization bearer token"
POINTS = "/collections/c/points"
SCROLL = POINTS + "/scroll"


def repeated(text, length):
    return text * (length // len(text))


def numbered(before, after, length):
    """As many different pieces as fit."""
    out = []
    while length > 0:
        out.append(f"{before}{len(out)}{after}")
        length -= len(out[-1])
    return "".join(out)


# Each takes a length. Text that stands in a path or in a query string.
PATHS = {
    "bytes that are no UTF-8": lambda n: repeated("%FF", n),
    "a long name with one such byte": lambda n: "a" * n + "%FF",
    "cut sequences": lambda n: repeated("%E2%82", n),
    "percent signs": lambda n: "%" * n,
    "encoded letters": lambda n: repeated("%61", n),
    "slashes": lambda n: "/" * n,
    "encoded slashes": lambda n: repeated("%2F", n),
    "dots": lambda n: "." * n,
    "steps up": lambda n: repeated("../", n),
    "short segments": lambda n: repeated("a/", n),
    "one long name": lambda n: "a" * n,
    "a long number": lambda n: "9" * n,
}
QUERIES = {
    "a parameter again and again": lambda n: repeated("timeout=1&", n),
    "an unknown one again and again": lambda n: repeated("a=b&", n),
    "many parameters": lambda n: numbered("p", "=1&", n),
    "separators": lambda n: "&" * n,
    "equal signs": lambda n: "=" * n,
    "bytes that are no UTF-8": lambda n: "wait=" + repeated("%FF", n),
    "a long value": lambda n: "timeout=" + "9" * n,
}
# The transport refuses more than 100 headers, before any face: these three are 431 to everyone.
MANY_HEADERS = {
    "ten thousand headers": lambda n: [("a", "b")] * (n // 6),
    "many names": lambda n: [(f"h{i}", "b") for i in range(n // 10)],
    "a key again and again": lambda n: [("api-key", "k")] * (n // 12),
}
HEADER_LISTS = {
    "one long header": lambda n: [("x-request-id", "i" * n)],
    "long headers": lambda n: [("x-note", "k" * (n // 90))] * 80,
    "long names": lambda n: [("h" * (n // 90) + str(i), "b") for i in range(80)],
}
BODIES = {
    "deep lists": lambda n: "[" * n,
    "deep objects": lambda n: repeated('{"filter":', n),
    "deep conditions": lambda n: '{"filter":' + repeated('{"must":[', n),
    "closed deep lists": lambda n: '{"a":' + "[" * (n // 2) + "]" * (n // 2) + "}",
    "a key again and again": lambda n: "{" + repeated('"a":1,', n) + '"a":1}',
    "a field again and again": lambda n: "{" + repeated('"limit":1,', n) + '"limit":1}',
    "many keys": lambda n: "{" + numbered('"k', '":1,', n) + '"k":1}',
    "many keys inside": lambda n: '{"name":"x","metadata":{' + numbered('"k', '":1,', n) + '"k":1}}',
    "bytes that are no UTF-8": lambda n: b'{"name":"' + b"\xff" * n + b'"}',
    "escapes": lambda n: '{"name":"' + repeated("\\u0041", n) + '"}',
    "negative zeros": lambda n: "[" + repeated("-0,", n) + "-0]",
    "a long number": lambda n: "[" + "9" * n + "]",
    "a long fraction": lambda n: "[0." + "0" * n + "1]",
    "spaces": lambda n: " " * n + "{}",
    "spaces before negative zeros": lambda n: "[" + " " * n + "-0]",
    "brackets that do not match": lambda n: repeated("[}", n),
}


def requests(face):
    """(name, length -> (method, target, headers, body)) of every kind."""
    if face == "rest":
        bases, read, write = ("/", "/collections/"), SCROLL, ("PUT", POINTS)
    else:
        bases, read, write = ("/", "/api/v2/tenants/", "/api/v1/"), CHROMA_PATH + "/collections/x/get", ("POST", CHROMA_PATH + "/collections")
    for base in bases:
        for name, text in PATHS.items():
            yield f"path {base}: {name}", lambda n, b=base, t=text: ("GET", b + t(n), [], None)
    for name, text in QUERIES.items():
        yield f"query: {name}", lambda n, t=text: ("POST", read + "?" + t(n), [], "{}")
    for name, headers in HEADER_LISTS.items():
        yield f"headers: {name}", lambda n, h=headers: ("GET", read, h(n), None)
    for name, body in BODIES.items():
        yield f"read: {name}", lambda n, b=body: ("POST", read, [], b(n))
        yield f"write: {name}", lambda n, b=body: (*write, [], b(n))


def listed(pattern, length):
    """As many of them as fit, one for each number."""
    return ",".join(pattern.replace("$", str(i)) for i in range(length // len(pattern)))


# Whole requests that are well-formed: (method, target, length -> body). Those that would change much end in
# a mistake that is found last.
PAYLOAD = '{"points":[{"id":1,"vector":{},"payload":{%s}}]}'
WHOLE = {
    "rest": {
        "a payload of many keys": ("PUT", POINTS, lambda n: PAYLOAD % listed('"key$":1', n)),
        "a payload set over another": ("POST", POINTS + "/payload?wait=true", lambda n: '{"points":[1],"payload":{%s}}' % listed('"key$":2', n)),
        "many members removed": ("POST", POINTS + "/payload?wait=true", lambda n: '{"points":[1],"payload":{%s}}' % listed('"key$":null', n)),
        "many keys deleted": ("POST", POINTS + "/payload/delete", lambda n: '{"points":[2],"keys":[%s]}' % listed('"key$"', n)),
        "many conditions": ("POST", SCROLL, lambda n: '{"filter":{"must":[%s]}}' % listed('{"key":"k","match":{"value":$}}', n)),
        "many values": ("POST", SCROLL, lambda n: '{"filter":{"must":{"key":"k","match":{"any":[%s]}}}}' % listed("$", n)),
        "many texts": ("POST", SCROLL, lambda n: '{"filter":{"must":{"key":"k","match":{"except":[%s]}}}}' % listed('"t$"', n)),
        "many ids": ("POST", SCROLL, lambda n: '{"filter":{"must":{"has_id":[%s]}}}' % listed("$", n)),
        "many ids to fetch": ("POST", POINTS, lambda n: '{"ids":[%s]}' % listed("$", n)),
        "many ids to delete": ("POST", POINTS + "/delete", lambda n: '{"points":[%s]}' % listed("1$", n)),
        "many fields to show": ("POST", SCROLL, lambda n: '{"with_payload":[%s]}' % listed('"field$"', n)),
        "many prefetches": ("POST", POINTS + "/query", lambda n: '{"prefetch":[%s],"query":{"fusion":"none"}}' % listed('{"limit":$}', n)),
        "nested prefetches": ("POST", POINTS + "/query", lambda n: repeated('{"prefetch":', n // 40) + "{}" + "}" * (n // 480)),
        "metadata of many keys": ("PATCH", "/collections/c", lambda n: '{"metadata":{%s}}' % listed('"key$":1', n)),
        "metadata removed": ("PATCH", "/collections/c", lambda n: '{"metadata":{%s}}' % listed('"key$":null', n)),
        "many vector names": ("PUT", "/collections/d", lambda n: '{"vectors":{%s,"z":{"size":0,"distance":"Dot"}}}' % listed('"v$":{"size":1,"distance":"Dot"}', n)),
        "many aliases": ("POST", "/collections/aliases", lambda n: '{"actions":[%s]}' % listed('{"delete_alias":{"alias_name":"a$"}}', n)),
        "many operations": ("POST", POINTS + "/batch", lambda n: '{"operations":[%s,1]}' % listed('{"delete":{"points":[$]}}', n)),
    },
    "chroma": {
        "metadata of many keys": ("POST", CHROMA_PATH + "/collections", lambda n: '{"name":"kept","get_or_create":true,"metadata":{%s}}' % listed('"key$":1', n)),
        "records of many keys": ("POST", "$COLLECTION/upsert", lambda n: '{"ids":["a"],"embeddings":[[1]],"metadatas":[{%s}]}' % listed('"key$":1', n)),
        "many records": ("POST", "$COLLECTION/get", lambda n: '{"ids":[%s]}' % listed('"id$"', n)),
        "many ids to delete": ("POST", "$COLLECTION/delete", lambda n: '{"ids":[%s]}' % listed('"id$"', n)),
        "a repeated id": ("POST", "$COLLECTION/add", lambda n: '{"ids":[%s,"i1"],"embeddings":[%s,[1]]}' % (listed('"i$"', n // 2), listed("[01]", n // 2).replace("01", "1"))),
        "many conditions": ("POST", "$COLLECTION/get", lambda n: '{"where":{"$or":[%s]}}' % listed('{"k":$}', n)),
        "a filter of many keys": ("POST", "$COLLECTION/query", lambda n: '{"query_embeddings":[[1]],"where":{%s}}' % listed('"key$":1', n)),
        "many values": ("POST", "$COLLECTION/get", lambda n: '{"where":{"k":{"$in":[%s]}}}' % listed('"t$"', n)),
        "many documents": ("POST", "$COLLECTION/get", lambda n: '{"where_document":{"$and":[%s]}}' % listed('{"$contains":"t$"}', n)),
        "many parts to show": ("POST", "$COLLECTION/get", lambda n: '{"include":[%s]}' % ",".join(['"metadatas"'] * (n // 12))),
    },
}


def send(port, request, headers=()):
    """(status, content type, text) on a connection of its own."""
    method, target, more, body = request
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    link.putrequest(method, target, skip_accept_encoding=True)
    content = None if body is None else body if isinstance(body, bytes) else body.encode()
    for name, value in [*headers, *more]:
        link.putheader(name, value)
    if content is not None:
        link.putheader("Content-Type", "application/json")
        link.putheader("Content-Length", str(len(content)))
    link.endheaders(content)
    try:
        answer = link.getresponse()
        return answer.status, answer.getheader("content-type"), answer.read().decode(errors="replace")
    finally:
        link.close()


def processor_time(server):
    """Seconds that all threads of the server have run: the clock of its process."""
    return time.clock_gettime(~server.pid << 3 | 2)


def cost(server, act):
    before = processor_time(server)
    for _ in range(TIMES):
        act()
    return processor_time(server) - before


def assert_linear(server, costs):
    """@param costs name -> (length -> nothing), an act whose cost is looked at."""
    too_much = {}
    for name, act in costs.items():
        single = cost(server, lambda: act(LENGTH))
        double = cost(server, lambda: act(2 * LENGTH))
        if double > 3 * single + NOT_WORTH_COMPARING_S:
            too_much[name] = f"{single:.3f} s, then {double:.3f} s"
    assert server.is_alive(), server.log()
    assert not too_much


@pytest.fixture(scope="module")
def guarded():
    with Server(environment={"ALIDADE__API_KEY": KEY, "ALIDADE__JWT_RBAC": "true"}) as server:
        yield server
        assert server.is_alive(), server.log()


@pytest.fixture(scope="module")
def open_server():
    with Server() as server:
        send(server.rest, ("PUT", "/collections/c", [], '{"vectors":{}}'))
        made = send(server.chroma, ("POST", CHROMA_PATH + "/collections", [], '{"name":"records"}'))
        server.records = CHROMA_PATH + "/collections/" + json.loads(made[2])["id"]
        yield server
        assert server.is_alive(), server.log()


@pytest.mark.parametrize("face", ["rest", "chroma"])
def test_nothing_is_told_without_a_key(guarded, face):
    port = getattr(guarded, face)
    form = (401, None, NO_KEY) if face == "rest" else (401, "application/json", f'"message":"{NO_KEY}"')
    for name, request in requests(face):
        status, kind, text = send(port, request(2 * LENGTH))
        if face == "rest" and name.startswith("path /:") and name.endswith("slashes"):
            continue  # Many slashes are one: a long form of the root page, which may be refused or shown.
        assert (status, kind) == form[:2] and form[2] in text, f"{name}: {status} {kind} {text[:200]}"


@pytest.mark.parametrize("face", ["rest", "chroma"])
def test_many_headers_are_refused_before_a_face_is_asked(guarded, face):
    port = getattr(guarded, face)
    for name, headers in MANY_HEADERS.items():
        status, _, text = send(port, ("GET", "/collections", headers(2 * LENGTH), None))
        assert (status, text) == (431, ""), name
    assert_linear(guarded, {name: lambda n, h=headers: send(port, ("GET", "/collections", h(n), None))
                            for name, headers in MANY_HEADERS.items()})


@pytest.mark.parametrize("face", ["rest", "chroma"])
def test_a_body_that_is_too_large_is_not_measured_for_everyone(guarded, face):
    target = POINTS if face == "rest" else CHROMA_PATH + "/collections"
    link = http.client.HTTPConnection("127.0.0.1", getattr(guarded, face), timeout=TIMEOUT_S)
    for key, status in (("", 401), ("wrong", 401), (KEY, 400 if face == "rest" else 413)):
        link.putrequest("PUT" if face == "rest" else "POST", target)
        for name, value in [("Content-Type", "application/json"), ("Content-Length", str(1 << 40))]:
            link.putheader(name, value)
        if key:
            link.putheader("api-key", key)
        link.endheaders()
        answer = link.getresponse()
        assert answer.status == status, key
        answer.read()
        link.close()


@pytest.mark.parametrize("face", ["rest", "chroma"])
@pytest.mark.parametrize("headers", [[], [("api-key", "k" * 2_000)], [("authorization", "Bearer " + "a." * 1_000)]])
def test_who_may_not_come_in_costs_a_look_at_the_credential(guarded, face, headers):
    port = getattr(guarded, face)
    assert_linear(guarded, {name: lambda n, r=request: send(port, r(n), headers) for name, request in requests(face)})


@pytest.mark.parametrize("face", ["rest", "chroma"])
def test_long_credentials_cost_linear_time(guarded, face):
    credentials = {
        "a long key": lambda n: [("api-key", "k" * n)],
        "dots": lambda n: [("api-key", "." * n)],
        "a token with a deep head": lambda n: [("api-key", "W1tb" * (n // 4) + ".e30.AAAA")],
        "a token with a long end": lambda n: [("api-key", "eyJhbGciOiJIUzI1NiJ9.e30." + "A" * n)],
        "keys": lambda n: [("api-key", "k" * (n // 90))] * 80,
    }
    port = getattr(guarded, face)
    target = "/collections" if face == "rest" else CHROMA_PATH + "/collections"
    for name, headers in credentials.items():
        assert send(port, ("GET", target, headers(2 * LENGTH), None))[0] in (401, 403), name
    assert_linear(guarded, {name: lambda n, h=headers: send(port, ("GET", target, h(n), None))
                            for name, headers in credentials.items()})


@pytest.mark.parametrize("face", ["rest", "chroma"])
def test_every_kind_is_answered_in_linear_time(open_server, face):
    port = getattr(open_server, face)
    for name, request in requests(face):
        assert send(port, request(2 * LENGTH))[0] in (200, 201, 400, 404, 405, 409, 410, 413, 422), name
    assert_linear(open_server, {name: lambda n, r=request: send(port, r(n)) for name, request in requests(face)})


@pytest.mark.parametrize("face", ["rest", "chroma"])
def test_well_formed_requests_cost_linear_time(open_server, face):
    port = getattr(open_server, face)
    costs = {}
    for name, (method, target, body) in WHOLE[face].items():
        target = target.replace("$COLLECTION", open_server.records)
        assert send(port, (method, target, [], body(2 * LENGTH)))[0] < 500, name
        costs[name] = lambda n, m=method, t=target, b=body: send(port, (m, t, [], b(n)))
    assert_linear(open_server, costs)


def nested(fields, length):
    """A message within a message, the numbers of the fields in turn, until it is that long."""
    out = b""
    while len(out) < length:
        for number in fields:
            out = delimited(number, out)
    return out


def payload_entries(length):
    """Members of a point's payload, each with another key."""
    out = []
    while length > 0:
        out.append(delimited(3, delimited(1, b"key%d" % len(out)) + delimited(2, b"\x18\x01")))
        length -= len(out[-1])
    return b"".join(out)


GET, READ, WRITE = "/qdrant.Collections/Get", "/qdrant.Points/Scroll", "/qdrant.Points/Upsert"
C = delimited(1, b"c")
# (method, length -> message)
MESSAGES = {
    "deep filters": (READ, lambda n: C + delimited(2, nested((4, 2), n))),
    "filters of a readable depth": (READ, lambda n: C + repeated(delimited(2, nested((4, 2), 150)), n)),
    "bytes that are no UTF-8": (GET, lambda n: delimited(1, b"\xff" * n)),
    "a name that is too long": (GET, lambda n: delimited(1, b"a" * n)),
    "a name again and again": (GET, lambda n: repeated(C, n)),
    "fields that nobody knows": (GET, lambda n: C + repeated(delimited(1000, b""), n)),
    "many such fields": (GET, lambda n: C + b"".join(delimited(1000 + i, b"") for i in range(n // 4))),
    "groups": (GET, lambda n: b"\x0b" * n),
    "a number without an end": (READ, lambda n: C + b"\x20" + b"\xff" * n),
    "empty messages": (READ, lambda n: C + delimited(2, repeated(delimited(2, b""), n))),
    "empty points": (WRITE, lambda n: C + repeated(delimited(3, b""), n)),
    "a payload of many keys": (WRITE, lambda n: C + delimited(3, delimited(1, b"\x08\x01") + delimited(4, b"") + payload_entries(n))),
    "a long message of an open method": ("/qdrant.Qdrant/HealthCheck", lambda n: repeated(delimited(1000, b""), n)),
    "a long method": ("long", lambda n: b""),
}
METADATA = {
    "many headers": lambda n: [(f"h{i}", "b") for i in range(n // 60)],
    "a header again and again": lambda n: [("x-note", "k")] * (n // 60),
    "a long header": lambda n: [("x-request-id", "i" * (n - 1_000))],
}


def call(channel, method, message, metadata=()):
    """(code, details)"""
    try:
        channel.unary_unary(method)(message, metadata=metadata, timeout=TIMEOUT_S)
    except grpc.RpcError as refused:
        return refused.code(), refused.details()
    return grpc.StatusCode.OK, ""


def grpc_calls(channel):
    """name -> (length -> (code, details))"""
    calls = {}
    for name, (method, message) in MESSAGES.items():
        calls[name] = lambda n, m=method, t=message: call(channel, "/" + "m" * n if m == "long" else m, t(n))
    for name, metadata in METADATA.items():
        calls[name] = lambda n, t=metadata: call(channel, GET, C, t(n))
    return calls


@pytest.fixture
def channel(request):
    """To the server that the test names."""
    server = request.getfixturevalue(request.param)
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc}", [("grpc.max_metadata_size", 1 << 20)]) as opened:
        yield server, opened


needs_grpc = pytest.mark.skipif(WITHOUT_GRPC, reason="built without gRPC")


@needs_grpc
@pytest.mark.parametrize("channel", ["guarded"], indirect=True)
def test_nothing_is_told_without_a_key_over_grpc(channel):
    server, opened = channel
    for name, act in grpc_calls(opened).items():
        if "open method" not in name:
            assert act(2 * LENGTH) == (grpc.StatusCode.UNAUTHENTICATED, NO_KEY), name
    # What everyone may ask is answered without a look at the message, to who has not shown a key.
    large = repeated(delimited(1000, b""), 3 * LENGTH)
    assert call(opened, "/qdrant.Qdrant/HealthCheck", large) == (grpc.StatusCode.OK, "")
    for key in ("k" * 60_000, "." * 60_000):
        assert call(opened, GET, C, [("api-key", key)]) == (grpc.StatusCode.UNAUTHENTICATED, "Invalid API key or JWT")


@needs_grpc
@pytest.mark.parametrize("channel", ["guarded", "open_server"], indirect=True)
def test_grpc_costs_linear_time(channel):
    server, opened = channel
    calls = grpc_calls(opened)
    for name, act in calls.items():
        assert act(2 * LENGTH)[0] not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED), name
    assert_linear(server, calls)


@needs_grpc
def test_metadata_that_is_no_text_is_answered(guarded):
    for value in (b"\xff" * 1_000, b"\xff" * 60_000, b"\x00", b"a\nb"):
        with RawHttp2(guarded.grpc) as connection:
            connection.send_message(connection.begin_call(GET, [("api-key", value)]), C)
            while (frame := connection.receive()) is not None and frame[0] not in (HEADERS, RESET):
                pass
            assert frame is not None, "the connection was closed without an answer"
    with grpc.insecure_channel(f"127.0.0.1:{guarded.grpc}") as opened:
        assert call(opened, GET, C, [("api-key", KEY)])[0] == grpc.StatusCode.NOT_FOUND
