#!/usr/bin/env python3
"""Makes inputs for the fuzz targets from the recorded requests of tests/replay and from the lists below.

    build/venv/bin/python fuzz/make_seeds.py FOLDER          # FOLDER/<target>/<hash>

make_seeds.cc makes those of the binary formats. The corpora are what merging keeps of both
(`fuzz/run.py merge FOLDER`).
"""

import hashlib
import io
import json
import pathlib
import re
import sys
import tarfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "replay"))
RECORDED = ROOT / "tests" / "replay" / "recorded"

# In the order of kDecoders in qdrant_json_fuzz.cc: method and end of the path.
QDRANT = [
    ("PUT", r"/collections/[^/]+"), ("POST", r"/collections/aliases"), ("PUT", r".*/index"), ("DELETE", r".*/index/.*"),
    ("PUT", r".*/points"), ("POST", r".*/points/delete"), ("PUT", r".*/points/vectors"),
    ("POST", r".*/points/vectors/delete"), ("POST", r".*/points/payload"), ("PUT", r".*/points/payload"),
    ("POST", r".*/points/payload/delete"), ("POST", r".*/points/payload/clear"), ("POST", r".*/points/batch"),
    ("GET", r".*/points/[^/]+"), ("POST", r".*/points"), ("POST", r".*/points/scroll"), ("POST", r".*/points/count"),
    ("POST", r".*/facet"), ("POST", r".*/points/query"), ("POST", r".*/points/query/batch"),
    ("POST", r".*/points/query/groups"), ("POST", r".*/points/search"), ("POST", r".*/points/search/batch"),
    ("POST", r".*/points/search/groups"), ("POST", r".*/points/recommend"), ("POST", r".*/points/recommend/batch"),
    ("POST", r".*/points/recommend/groups"),
]
# In the order of the switch in chroma_json_fuzz.cc.
CHROMA = [r".*/add", r".*/update", r".*/upsert", r".*/query", r".*/get", r".*/delete", r".*/collections",
          r".*/collections/[^/]+", r".*/(search|attach|detach)"]

TEXTS = [
    b"\x00" + text.encode() for text in (
        r"fo+x|\bquick\b", r"^\p{Greek}+$", r"(?i)stra(ss|ß)e", r"[\w--\d]{2,5}", r"(?P<n>a)(?:b)*?", r"a{3,}", r"\x{263a}\u{41}",
        r"[[:alpha:]&&[^x]]", r"(?x) a b # c", r"(?=a)", r"\1", r"a**", r"[z-a]", r"\pL\PN", r"(a|b", r"\d+\.\d+", r".*fox$")
] + [
    b"\x01" + text.encode() for text in (
        "2024-01-02T03:04:05Z", "2024-01-02 03:04:05.123456+02", "2024-02-30", "2024-01-02T03:04", "1969-12-31T23:59:60-0130")
] + [
    b"\x02" + text.encode() for text in ("a.b", "a[].b", "a[3]", '"c d".e', 'a."x.y"[0][]', "ключ", "a..b", "[]", '"', "a[18446744073709551616]")
] + [
    b"\x03" + text.encode() for text in ("7", "007", "550e8400-e29b-41d4-a716-446655440000", "{550E8400-E29B-41D4-A716-446655440000}",
                                         "urn:uuid:550e8400e29b41d4a716446655440000", "any text", "18446744073709551616")
] + [b"\x04" + text.encode() for text in ("The quick brown foxes, jumping", "Straße ÄÖÜ naïve café", "日本語のテキスト ไทย", "x" * 40)]

HTTP = [b"\x00%41%zz%e4%b8%ad+%", b"\x01a=1&b&c=%20+&a=2&&=", b"\x02/collections/c/points/7", b"\x02//collections//%2F/",
        b"\x02/api/v2/tenants/t/databases/d/collections/x/get", b"\x02/api/v1/any/thing", b"\x03gzip;q=0, *;q=0.5",
        b"\x04GET /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\nabc",
        b"\x04\n\r\nPOST / HTTP/1.0\nTransfer-Encoding: chunked\nA:\tb\n c\n\n", b"\x05" b"3\nabc\r\n4 ;x=y\r\nde\n\r\r\n0\r\nT: t\r\n\r\nG",
        b"\x03" + bytes.fromhex("1f8b08000000000000034bcccc4b04009e8a1ee604000000"), b"\x03" + bytes.fromhex("789c4b4c4a06000 24d0127".replace(" ", ""))]

TOKENS = [b"\x01" + json.dumps(claims).encode() for claims in (
    {}, {"access": "r"}, {"access": "m", "exp": 1700000100}, {"exp": 1}, {"exp": "x"}, {"access": [{"collection": "c", "access": "rw"}]},
    {"access": [{"collection": "c", "access": "r", "payload": {"a": 1}}]}, {"subject": "s", "unknown": [1]},
    {"value_exists": {"collection": "c", "matches": [{"key": "k", "value": 1}]}}, {"access": None}, {"access": "x"})]
TOKENS += [b"\x00signing-key", b"\x00reader", b"\x00a.b.c", b"\x00Bearer x", b"\x00eyJhbGciOiJIUzI1NiJ9.e30.", b"\x00eyJhbGciOiJub25lIn0.e30."]

CATALOGUES = [(
    3, {"tenants": ["default_tenant", "t"], "databases": [{"tenant": "default_tenant", "name": "default_database",
        "uuid": "550e8400-e29b-41d4-a716-446655440001"}], "aliases": {"a": "c"}},
    {"tenant": "default_tenant", "database": "default_database", "name": "c", "uuid": "550e8400-e29b-41d4-a716-446655440000",
     "config": {"vectors": {"": {"size": 2, "distance": "Dot"}}}})]


class Seeds:
    def __init__(self, folder):
        self.folder = folder

    def add(self, target, content):
        if len(content) > 4096:
            return
        path = self.folder / target
        path.mkdir(parents=True, exist_ok=True)
        (path / hashlib.sha1(content).hexdigest()[:16]).write_bytes(content)


def recordings(name):
    with tarfile.open(RECORDED / f"{name}.tar.xz") as archive:
        for member in archive.getmembers():
            if member.isfile() and member.name.endswith(".json"):
                yield json.load(io.TextIOWrapper(archive.extractfile(member), encoding="utf-8"))


def body_of(request):
    if "body" in request:
        return json.dumps(request["body"], separators=(",", ":"), ensure_ascii=False).replace("${c}", "c")
    return request.get("raw", "")


def members(value, names):
    if isinstance(value, dict):
        for key, item in value.items():
            if key in names and isinstance(item, (dict, list)):
                yield key, item
            yield from members(item, names)
    elif isinstance(value, list):
        for item in value:
            yield from members(item, names)


def add_rest(seeds, face, scenario, table, target):
    story = []
    for step in scenario["steps"]:
        request = step["request"]
        body, where = body_of(request), re.sub(r"\$\{c\}", "c", request["path"])
        path = where.split("?")[0]
        for index, row in enumerate(table):
            method, pattern = row if isinstance(row, tuple) else (None, row)
            if method in (None, request["method"]) and re.fullmatch(pattern, path):
                text = path.rsplit("/", 1)[1] if request["method"] in ("GET", "DELETE") else body
                seeds.add(target, bytes([index]) + text.encode(errors="surrogatepass"))
                break
        where = re.sub(r"\$\{id\}", "$", where)
        if "${" not in where:
            story.append(f"{face}{request['method']} {where}\n{body}".encode(errors="surrogatepass"))
    for start in range(0, len(story), 6):
        seeds.add("store", b"\0".join(story[start:start + 6]))


def main():
    seeds = Seeds(pathlib.Path(sys.argv[1]))
    for scenario in recordings("qdrant"):
        add_rest(seeds, "q", scenario, QDRANT, "qdrant_json")
        for step in scenario["steps"]:
            for _, item in members(step["request"].get("body"), ("filter",)):
                seeds.add("qdrant_filter", json.dumps(item, ensure_ascii=False).encode(errors="surrogatepass"))
            if step.get("setup"):
                continue
            seeds.add("json", body_of(step["request"]).encode(errors="surrogatepass"))
    for scenario in recordings("chroma"):
        if scenario["face"] != "chroma_v2":
            continue
        add_rest(seeds, "c", scenario, CHROMA, "chroma_json")
        for step in scenario["steps"]:
            seeds.add("chroma_json", b"\x09" + body_of(step["request"]).encode(errors="surrogatepass"))
            for key, item in members(step["request"].get("body"), ("where", "where_document")):
                seeds.add("chroma_where", json.dumps({key: item}, ensure_ascii=False).encode(errors="surrogatepass"))
            for _, item in members(step["request"].get("body"), ("embeddings",)):
                for text in item if isinstance(item, list) else []:
                    if isinstance(text, str):
                        seeds.add("chroma_json", b"\x0a" + text.encode())
    add_grpc(seeds)
    for target, inputs in (("text", TEXTS), ("http", HTTP), ("token", TOKENS)):
        for content in inputs:
            seeds.add(target, content)
    for choice, names, description in CATALOGUES:
        first, second = json.dumps(names).encode(), json.dumps(description).encode()
        seeds.add("catalogue", bytes([choice]) + len(first).to_bytes(2, "big") + first + second)


def add_grpc(seeds):
    import grpc_runner
    source = (ROOT / "src" / "faces" / "qdrant_grpc" / "methods.cc").read_text()
    order = re.findall(r'\{"/([A-Za-z0-9_./]+)"', source)
    messages = grpc_runner.Messages()
    for scenario in recordings("qdrant_grpc"):
        for step in scenario["steps"]:
            request = step["request"]
            if request["method"] not in order:
                continue
            choice = bytes([order.index(request["method"])])
            if "raw" in request:
                seeds.add("grpc", choice + bytes.fromhex(request["raw"]))
                continue
            text = json.dumps(request["message"]).replace("${c}", "c")
            try:
                encoded = messages.encode(messages.method(request["method"]).input_type, json.loads(text))
            except Exception:  # noqa: BLE001: names that are captured only while it runs
                continue
            seeds.add("grpc", choice + encoded)


if __name__ == "__main__":
    main()
