"""A build knows the commit that it was made from and tells it where a released peer tells its own."""

import re

import grpc
from support.http_json import qdrant
from support.server import ROOT, Server


def test_both_faces_name_the_commit_of_the_build():
    with Server() as server:
        page = qdrant(server).call("GET", "/")
        # An archive of the sources has no commit; then the member is left out, as by the peer.
        is_known = (ROOT / ".git").exists()
        assert ("commit" in page) == is_known
        if is_known:
            assert re.fullmatch("[0-9a-f]{40}", page["commit"])
        if server.grpc is None:
            return
        with grpc.insecure_channel(f"127.0.0.1:{server.grpc}") as channel:
            reply = channel.unary_unary("/qdrant.Qdrant/HealthCheck")(b"", timeout=30)
        # Field 3 of HealthCheckReply, 40 bytes.
        assert (b"\x1a\x28" + page.get("commit", "").encode() in reply) == is_known
