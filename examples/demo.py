"""Shows Alidade at work: loads real texts with embeddings through the Qdrant dialect, then asks the
same question through both dialects. Needs nothing but Python.

    python3 examples/demo.py --server build/release/alidade [--once] [server options]
"""

import argparse
import gzip
import http.client
import json
import pathlib
import re
import signal
import struct
import subprocess
import sys
import time

SAMPLE = pathlib.Path(__file__).resolve().parent / "data/sample"
DIMENSION = 384
COLLECTION = "debian-packages"
ROWS_PER_REQUEST = 200
INDEXES = {"section": "keyword", "tags": "keyword", "installed_size_kb": "integer", "has_gui": "bool"}
# The question that is asked, and the filter in the words of each dialect.
QUESTION = "aviation pilot piloting simulation aeronautics"
QDRANT_FILTER = {"must": [{"key": "section", "match": {"value": "games"}},
                          {"key": "installed_size_kb", "range": {"lt": 50000}}]}
CHROMA_WHERE = {"$and": [{"section": {"$eq": "games"}}, {"installed_size_kb": {"$lt": 50000}}]}


def bold(text):
    return f"\033[1m{text}\033[0m" if sys.stdout.isatty() else text


def read_vectors(name):
    content = (SAMPLE / name).read_bytes()
    row = struct.Struct(f"<{DIMENSION}e")
    return [list(values) for values in row.iter_unpack(content)]


def read_rows():
    with gzip.open(SAMPLE / "packages.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


class Connection:
    """JSON over one connection."""

    def __init__(self, port):
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def call(self, method, path, body=None):
        content = None if body is None else json.dumps(body)
        self._http.request(method, path, content, {"Content-Type": "application/json"})
        response = self._http.getresponse()
        text = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {text.decode(errors='replace')}")
        return json.loads(text)


def start_server(program, options):
    """(process, port of each listener)"""
    process = subprocess.Popen([program, "serve", *options], stdout=subprocess.PIPE, text=True)
    ports = {}
    for line in process.stdout:
        print("  " + line.rstrip())
        found = re.match(r"(Qdrant REST|Qdrant gRPC|Chroma)\s.*:(\d+)\s*$", line)
        if found:
            ports[found.group(1)] = int(found.group(2))
        if "Qdrant REST" in ports and "Chroma" in ports:
            return process, ports
    raise SystemExit(process.wait() or 1)


def point_of(row, vector):
    payload = {key: value for key, value in row.items() if key not in ("id", "uuid", "description")}
    # The member in which Chroma clients find the document.
    payload["chroma:document"] = row["description"]
    return {"id": row["uuid"], "vector": vector, "payload": payload}


def load(qdrant):
    path = f"/collections/{COLLECTION}"
    qdrant.call("DELETE", path)
    qdrant.call("PUT", path, {"vectors": {"size": DIMENSION, "distance": "Cosine"}})
    for field, kind in INDEXES.items():
        qdrant.call("PUT", f"{path}/index?wait=true", {"field_name": field, "field_schema": kind})
    rows, vectors = read_rows(), read_vectors("packages.f16")
    started = time.monotonic()
    for first in range(0, len(rows), ROWS_PER_REQUEST):
        part = slice(first, first + ROWS_PER_REQUEST)
        points = [point_of(row, vector) for row, vector in zip(rows[part], vectors[part])]
        qdrant.call("PUT", f"{path}/points?wait=true", {"points": points})
        print(f"\r  {min(first + ROWS_PER_REQUEST, len(rows)):5} of {len(rows)} packages", end="", flush=True)
    print(f" in {time.monotonic() - started:.1f} s, with {len(INDEXES)} payload indexes")


def question_vector():
    lines = (SAMPLE / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    return read_vectors("queries.f16")[texts.index(QUESTION)]


def show(rank, score, name, summary, size_kb):
    print(f"  {rank}. {score}  {name:22} {summary[:52]:52} {size_kb:>7} kB")


def ask_qdrant(qdrant, vector):
    body = {"query": vector, "limit": 5, "filter": QDRANT_FILTER, "with_payload": True}
    print(f"  POST /collections/{COLLECTION}/points/query")
    print(f"  filter {json.dumps(QDRANT_FILTER)}")
    points = qdrant.call("POST", f"/collections/{COLLECTION}/points/query", body)["result"]["points"]
    for rank, point in enumerate(points, 1):
        payload = point["payload"]
        show(rank, f"score {point['score']:.4f}", payload["name"], payload["summary"], payload["installed_size_kb"])
    return [point["id"] for point in points]


def ask_chroma(chroma, vector):
    base = "/api/v2/tenants/default_tenant/databases/default_database/collections"
    collection = chroma.call("GET", f"{base}/{COLLECTION}")["id"]
    body = {"query_embeddings": [vector], "n_results": 5, "where": CHROMA_WHERE,
            "include": ["metadatas", "documents", "distances"]}
    print(f"  POST …/collections/{collection}/query")
    print(f"  where {json.dumps(CHROMA_WHERE)}")
    found = chroma.call("POST", f"{base}/{collection}/query", body)
    for rank, (distance, data) in enumerate(zip(found["distances"][0], found["metadatas"][0]), 1):
        show(rank, f"distance {distance:.4f}", data["name"], data["summary"], data["installed_size_kb"])
    return found["ids"][0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True, help="the built program")
    parser.add_argument("--once", action="store_true", help="stop the server at the end")
    arguments, server_options = parser.parse_known_args()

    print(bold("Starting the server"))
    process, ports = start_server(arguments.server, server_options)
    try:
        qdrant, chroma = Connection(ports["Qdrant REST"]), Connection(ports["Chroma"])
        print(bold("\nLoading real package descriptions through Qdrant REST"))
        load(qdrant)
        vector = question_vector()
        print(bold(f"\n“{QUESTION}” among small games, through Qdrant"))
        by_qdrant = ask_qdrant(qdrant, vector)
        print(bold("\nThe same through Chroma"))
        by_chroma = ask_chroma(chroma, vector)
        if by_qdrant != by_chroma:
            raise RuntimeError("the two dialects gave different answers")
        print(bold("\nBoth dialects, one store, the same answer."))
        if not arguments.once:
            print("The server goes on running; Ctrl-C stops it.")
            process.wait()
    except KeyboardInterrupt:
        pass
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait()
        except KeyboardInterrupt:
            process.wait()
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
