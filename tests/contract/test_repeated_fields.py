"""A field that stands twice in a struct of a Qdrant body is refused; in a payload, a list of names or what
is read as plain JSON the last one holds."""

import pytest

from support.http_json import qdrant

FORM = "Format error in JSON body: "
NO_QUERY = "Expected some form of vector, id, or a type of query"
SELECTOR = "data did not match any variant of untagged enum PointsSelector"
OPERATION = "data did not match any variant of untagged enum UpdateOperation"
ACTION = "data did not match any variant of untagged enum AliasOperations"


def twice(name):
    return f"duplicate field `{name}`"


POST = "POST", "/collections/twice/points"
REFUSED = [
    (*POST, "/query", '{"limit":1,"limit":2}', twice("limit")),
    (*POST, "/query", '{"query":[1,0],"limit":1,"limit":2}', twice("limit")),
    (*POST, "/query", '{"query":[1,0],"query":[0,1]}', twice("query")),
    (*POST, "/query", '{"query":[1,0],"with_vector":true,"with_vectors":true}', twice("with_vector")),
    (*POST, "/query", '{"query":[1,0],"params":{"exact":true,"exact":false}}', twice("exact")),
    (*POST, "/query", '{"query":[1,0],"params":{"quantization":{"ignore":true,"ignore":true}}}', twice("ignore")),
    (*POST, "/query", '{"query":[1,0],"filter":{"must":[],"must":[]}}', twice("must")),
    (*POST, "/query", '{"query":{"fusion":"rrf"},"prefetch":[{"query":[1,0]},{"limit":1,"limit":1}]}', twice("limit")),
    (*POST, "/query", '{"query":{"fusion":"rrf"},"prefetch":{"prefetch":{"using":"","using":""}}}', twice("using")),
    (*POST, "/query", '{"query":{"nearest":[1,0],"nearest":[1,0]}}', NO_QUERY),
    (*POST, "/query", '{"query":{"recommend":{"positive":[1],"positive":[1]}}}', NO_QUERY),
    (*POST, "/query", '{"query":1,"lookup_from":{"collection":"twice","collection":"twice"}}', twice("collection")),
    (*POST, "/query/batch", '{"searches":[],"searches":[]}', twice("searches")),
    (*POST, "/query/batch", '{"searches":[{"query":1},{"query":1,"query":1}]}', twice("query")),
    (*POST, "/query/groups", '{"query":1,"group_by":"a","group_by":"a"}', twice("group_by")),
    (*POST, "/search", '{"vector":[1,0],"limit":1,"limit":1}', twice("limit")),
    (*POST, "/search", '{"vector":[1,0],"limit":1,"top":1}', twice("limit")),
    (*POST, "/recommend", '{"positive":[1],"positive":[2],"limit":1}', twice("positive")),
    (*POST, "/scroll", '{"limit":1,"limit":2}', twice("limit")),
    (*POST, "/count", '{"exact":true,"exact":true}', twice("exact")),
    (*POST, "/delete", '{"points":[9],"points":[9]}', SELECTOR),
    (*POST, "/payload", '{"payload":{},"payload":{},"points":[1]}', twice("payload")),
    (*POST, "/payload/delete", '{"keys":[],"keys":[],"points":[1]}', twice("keys")),
    (*POST, "/batch", '{"operations":[],"operations":[]}', twice("operations")),
    (*POST, "/batch", '{"operations":[{"delete":{"points":[9]},"delete":{"points":[9]}}]}', OPERATION),
    (*POST, "/batch", '{"operations":[{"set_payload":{"payload":{},"payload":{},"points":[1]}}]}', OPERATION),
    (*POST, "", '{"ids":[1],"ids":[2]}', twice("ids")),
    ("PUT", "/collections/twice/points", "/vectors", '{"points":[{"id":1,"vector":[1,0],"vector":[1,0]}]}',
     twice("vector")),
    ("PUT", "/collections/twice", "/index", '{"field_name":"a","field_name":"b","field_schema":"integer"}',
     twice("field_name")),
    ("POST", "/collections/aliases", "", '{"actions":[],"actions":[]}', twice("actions")),
    ("POST", "/collections/aliases", "",
     '{"actions":[{"create_alias":{"alias_name":"a","alias_name":"b","collection_name":"twice"}}]}', ACTION),
    ("PUT", "/collections/new", "", '{"vectors":{},"vectors":{}}', twice("vectors")),
    ("PUT", "/collections/new", "", '{"vectors":{},"hnsw_config":{"m":8,"m":9}}', twice("m")),
    ("PUT", "/collections/new", "", '{"sparse_vectors":{"a":{"index":{"on_disk":true,"on_disk":true}}}}', twice("on_disk")),
    ("PATCH", "/collections/twice", "", '{"optimizers_config":{"indexing_threshold":1,"indexing_threshold":2}}',
     twice("indexing_threshold")),
    ("PATCH", "/collections/twice", "", '{"params":{},"params":{}}', twice("params")),
    ("POST", "/collections/twice", "/facet", '{"key":"a","key":"b"}', twice("key")),
]
TAKEN = [
    (*POST, "/query", '{"query":[1,0],"else":1,"else":2}'),
    (*POST, "/scroll", '{"limit":1,"group_by":1,"group_by":1}'),
    ("PUT", "/collections/twice/points", "", '{"points":[{"id":1,"id":2,"vector":[1,0],"payload":{"a":1,"a":2}}]}'),
    (*POST, "/payload", '{"payload":{"b":1,"b":{"c":1,"c":2}},"points":[2]}'),
]


@pytest.fixture(scope="module")
def http(server):
    http = qdrant(server)
    http.call("PUT", "/collections/twice", {"vectors": {"size": 2, "distance": "Dot"}})
    http.call("PUT", "/collections/twice/points?wait=true", {"points": [{"id": 1, "vector": [1, 0]}]})
    return http


def test_a_repeated_field_is_refused(http):
    for method, path, route, body, text in REFUSED:
        status, answer = http.send(method, path + route, body.encode())
        assert status == 400, (body, answer)
        assert answer["status"]["error"] == FORM + text, body


def test_the_last_value_holds_where_it_is_no_field(http):
    for method, path, route, body in TAKEN:
        wait = "?wait=true" if route != "/query" and route != "/scroll" else ""
        status, answer = http.send(method, path + route + wait, body.encode())
        assert status == 200, (body, answer)
    point = http.call("GET", "/collections/twice/points/2")["result"]
    assert point["payload"] == {"a": 2, "b": {"c": 2}}
