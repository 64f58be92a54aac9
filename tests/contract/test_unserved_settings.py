"""Settings of a collection that are kept and not done: shown as they were given, and named once in the log."""

import json

import grpc
import pytest
from google.protobuf import json_format
from qdrant_client.grpc import collections_pb2, collections_service_pb2_grpc
from support.http_json import chroma, qdrant
from support.server import WITHOUT_GRPC

WARNING = "keeps settings of a collection and does not do them"
BODY = {"vectors": {"size": 2, "distance": "Dot"}, "strict_mode_config": {"enabled": True, "max_query_limit": 3}}


def warnings(server, collection):
    return [line for line in server.log().splitlines() if WARNING in line and collection in line]


def test_a_creation_and_an_update(server):
    http = qdrant(server)
    http.call("PUT", "/collections/plain", {"vectors": {"size": 2, "distance": "Dot"}})
    assert warnings(server, "plain") == []
    http.call("PUT", "/collections/strict", BODY)
    assert len(warnings(server, "strict")) == 1 and "strict_mode_config" in warnings(server, "strict")[0]
    shown = http.call("GET", "/collections/strict")["result"]["config"]["strict_mode_config"]
    assert shown == {"enabled": True, "max_query_limit": 3}, json.dumps(shown)
    # Only what an update adds is told.
    http.call("PATCH", "/collections/strict", {"strict_mode_config": {"enabled": True}})
    assert len(warnings(server, "strict")) == 1
    http.call("PATCH", "/collections/strict", {"optimizers_config": {"prevent_unoptimized": True}})
    told = warnings(server, "strict")
    assert len(told) == 2 and "prevent_unoptimized" in told[1] and "strict_mode_config" not in told[1]
    # A refused creation is not told.
    http.send("PUT", "/collections/strict", BODY)
    assert len(warnings(server, "strict")) == 2


@pytest.mark.skipif(WITHOUT_GRPC, reason="built without gRPC")
def test_over_grpc(server):
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc}") as channel:
        stub = collections_service_pb2_grpc.CollectionsStub(channel)
        stub.Create(json_format.ParseDict({
            "collection_name": "careful",
            "vectors_config": {"params": {"size": 2, "distance": "Dot", "datatype": "Float16"}}},
            collections_pb2.CreateCollection()))
        assert len(warnings(server, "careful")) == 1 and "vectors.datatype" in warnings(server, "careful")[0]
        stub.Update(json_format.ParseDict({"collection_name": "careful", "strict_mode_config": {"enabled": True}},
                                          collections_pb2.UpdateCollection()))
        assert len(warnings(server, "careful")) == 2 and "strict_mode_config" in warnings(server, "careful")[1]


def test_second_names_of_settings_and_vectors(server):
    """As the peer's: quantization, quantization_config; vector, vectors."""
    http = qdrant(server)
    scalar = {"scalar": {"type": "int8"}}
    http.call("PUT", "/collections/q", {"vectors": {"a": {"size": 2, "distance": "Dot", "quantization": scalar}},
                                        "quantization": scalar})
    config = http.call("GET", "/collections/q")["result"]["config"]
    assert (config["quantization_config"], config["params"]["vectors"]["a"]["quantization_config"]) == (scalar, scalar)
    http.call("PATCH", "/collections/q", {"quantization": "Disabled", "vectors": {"a": {"quantization": "Disabled"}}})
    config = http.call("GET", "/collections/q")["result"]["config"]
    assert config["quantization_config"] is None and "quantization_config" not in config["params"]["vectors"]["a"]
    for path, body, name in [
            ("PUT /collections/z", {"quantization": scalar, "quantization_config": scalar}, "quantization_config"),
            ("PUT /collections/q/points", {"points": [{"id": 1, "vector": {}, "vectors": {}}]}, "vector"),
            ("PUT /collections/q/points/vectors",
             {"points": [{"id": 1, "vector": {"a": [1, 2]}, "vectors": {"a": [1, 2]}}]}, "vector"),
            ("POST /collections/q/points/vectors/delete", {"points": [1], "vector": ["a"], "vectors": ["a"]}, "vector")]:
        status, answer = http.send(*path.split(), body)
        assert status == 400 and f"duplicate field `{name}`" in answer["status"]["error"], answer
    http.call("PUT", "/collections/q/points?wait=true", {"points": [{"id": 1, "vectors": {"a": [1, 2]}}]})
    http.call("PUT", "/collections/q/points/vectors?wait=true", {"points": [{"id": 1, "vectors": {"a": [3, 4]}}]})
    point = http.call("GET", "/collections/q/points/1")["result"]
    assert point["vector"] == {"a": [3.0, 4.0]}


def test_index_parameters_that_change_answers_are_refused(server):
    """An index without them would answer otherwise, so they are not passed over."""
    http = qdrant(server)
    http.call("PUT", "/collections/offers", {"vectors": {"size": 2, "distance": "Dot"}})
    for schema in ({"type": "float", "nested": "offers"}, {"type": "text", "scoring": True}):
        status, answer = http.send("PUT", "/collections/offers/index?wait=true",
                                   json.dumps({"field_name": "offers[].price", "field_schema": schema}).encode())
        assert status == 501 and "payload indexes" in answer["status"]["error"], answer
    assert http.call("GET", "/collections/offers")["result"]["payload_schema"] == {}


def test_what_one_dialect_sets_is_kept_for_collections_of_another(server):
    chroma(server).call("POST", "/collections", {"name": "shelf", "configuration": {"hnsw": {"max_neighbors": 24}}})
    http = qdrant(server)
    assert http.call("GET", "/collections/shelf")["result"]["config"]["hnsw_config"]["m"] == 24
    http.call("PATCH", "/collections/shelf", {"metadata": {"owner": "me"}, "hnsw_config": {"ef_construct": 70}})
    config = http.call("GET", "/collections/shelf")["result"]["config"]
    assert (config["metadata"], config["hnsw_config"]["m"], config["hnsw_config"]["ef_construct"]) == ({"owner": "me"}, 24, 70)
    assert chroma(server).call("GET", "/collections/shelf")["configuration_json"]["hnsw"]["max_neighbors"] == 24
