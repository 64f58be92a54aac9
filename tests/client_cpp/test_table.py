"""The guide's table of the Rust crate's methods: complete, and every name of ours is in the public headers."""

import pathlib
import re

import pytest

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


FACADES = [("chroma/client.h", "chroma/throwing.h", "Client"), ("chroma/collection.h", "chroma/throwing.h", "Collection"),
           ("qdrant/client.h", "qdrant/throwing.h", "Client"), ("qdrant/collection.h", "qdrant/throwing.h", "Collection"),
           ("qdrant/snapshots.h", "qdrant/throwing.h", "Snapshots"), ("embed.h", "embed.h", "Embedder")]
# Made by the façade's constructor; the others are reached through inner().
OF_THE_INNER = {"make", "run_async", "workers", "client"}


def methods(header, kind, is_facade):
    text = (ROOT / "include/alidade" / header).read_text()
    declared = f"class {kind}" if is_facade else f"class ALIDADE_API {kind}"
    body = re.search(rf"{declared} \{{\n(.*?)\n\}};", text, re.DOTALL).group(1).split("\n private:")[0]
    # At the beginning of a declaration of the class itself: two spaces, a type, the name.
    found = re.findall(r"^  (?!explicit|friend|//| )[\w:<>,&* ]+?[ &](\w+)\(", body, re.MULTILINE)
    return set(found) - {kind, "operator"}


@pytest.mark.parametrize("plain, facade, kind", FACADES, ids=lambda value: value)
def test_the_facade_that_throws_has_every_method(plain, facade, kind):
    inner = methods(plain, kind, False)
    outer = methods(facade, kind, True)
    assert len(inner) >= 6
    assert inner - OF_THE_INNER == outer - {"inner"}


def test_no_public_header_includes_another_package():
    allowed = re.compile(r'#include (?:<(?:[a-z_]+|std(?:def|int)\.h)>|"alidade/[\w/]+\.h")')
    for header in (ROOT / "include").rglob("*.h"):
        for line in header.read_text().splitlines():
            if line.startswith("#include"):
                assert allowed.match(line), f"{header.name}: {line}"
