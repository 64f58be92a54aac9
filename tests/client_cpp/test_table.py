"""The guide's table of the Rust crate's methods: complete, and every name of ours is in the public headers."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Every public method of crate chroma 0.14: the client's options, the client, a collection.
CRATE = {
    "ChromaHttpClientOptions": "default from_env from_cloud_env cloud cloud_admin",
    "ChromaAuthMethod": "cloud_api_key",
    "ChromaHttpClient": "new default clone from_env cloud set_database_name get_database_name get_tenant_id create_database "
                        "list_databases delete_database get_auth_identity heartbeat get_or_create_collection "
                        "create_collection get_collection get_collection_by_id delete_collection count_collections "
                        "list_collections",
    "ChromaCollection": "database tenant name id version metadata schema count count_with_options get_indexing_status "
                        "modify get query search search_with_options add update upsert delete fork fork_count",
}
HEADERS = {"Client": "client.h", "Collection": "collection.h", "ClientOptions": "options.h", "Auth": "options.h"}


def members(name):
    """The names that stand before a parenthesis in the body of the class."""
    text = (ROOT / "include/alidade/chroma" / HEADERS[name]).read_text()
    body = re.search(rf"(?:class|struct) ALIDADE_API {name} \{{\n(.*?)\n\}};", text, re.DOTALL).group(1)
    public = body.split("\n private:")[0]
    return set(re.findall(r"([\w]+)\(", re.sub(r"///?.*", "", public)))


def test_the_table_is_complete_and_true():
    guide = (ROOT / "docs/guides/cpp-client.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+::\w+)` \| `([\w:]+)` \|$", guide, re.MULTILINE))
    assert set(rows) == {f"{kind}::{method}" for kind, methods in CRATE.items() for method in methods.split()}
    for ours in rows.values():
        kind, _, method = ours.partition("::")
        assert kind in HEADERS
        assert not method or method in members(kind), ours


def test_what_the_guide_names_besides_exists():
    guide = (ROOT / "docs/guides/cpp-client.md").read_text()
    named = re.findall(r"`(Client|Collection)::(\w+)`", guide)
    assert len(named) > 40
    for kind, method in named:
        assert method in members(kind), f"{kind}::{method}"


def test_no_public_header_includes_another_package():
    allowed = re.compile(r'#include (?:<(?:[a-z_]+|std(?:def|int)\.h)>|"alidade/[\w/]+\.h")')
    for header in (ROOT / "include").rglob("*.h"):
        for line in header.read_text().splitlines():
            if line.startswith("#include"):
                assert allowed.match(line), f"{header.name}: {line}"
