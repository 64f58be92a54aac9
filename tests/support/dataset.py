"""The real texts with embeddings: the sample in the repository, or the full set where it is there."""

import gzip
import json
import os
import pathlib

# More threads would only wait for the server under test.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import numpy as np  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIMENSION = 384
INDEXES = {"section": "keyword", "priority": "keyword", "architecture": "keyword", "name": "keyword",
           "source": "keyword", "maintainer": "keyword", "tags": "keyword", "installed_size_kb": "integer",
           "size_bytes": "integer", "has_gui": "bool", "version_date": "datetime"}
SAMPLE_FILTERS = [
    {"name": "section_net", "qdrant": {"must": [{"key": "section", "match": {"value": "net"}}]},
     "chroma_where": {"section": {"$eq": "net"}}},
    {"name": "size_50_to_500_kb", "qdrant": {"must": [{"key": "installed_size_kb", "range": {"gte": 50, "lt": 500}}]},
     "chroma_where": {"$and": [{"installed_size_kb": {"$gte": 50}}, {"installed_size_kb": {"$lt": 500}}]}},
    {"name": "tag_program", "qdrant": {"must": [{"key": "tags", "match": {"value": "role::program"}}]},
     "chroma_where": {"tags": {"$contains": "role::program"}}},
    {"name": "has_gui", "qdrant": {"must": [{"key": "has_gui", "match": {"value": True}}]},
     "chroma_where": {"has_gui": {"$eq": True}}},
    {"name": "science_and_amd64", "qdrant": {"must": [{"key": "section", "match": {"value": "science"}},
                                                      {"key": "architecture", "match": {"value": "amd64"}}]},
     "chroma_where": {"$and": [{"section": {"$eq": "science"}}, {"architecture": {"$eq": "amd64"}}]}},
]


def folder():
    """ALIDADE_DATA=sample keeps to the sample."""
    named = os.environ.get("ALIDADE_DATA")
    beside = ROOT.parent / "shared/data"
    if named != "sample":
        for place in (named, beside):
            if place and (pathlib.Path(place) / "packages.f16").exists():
                return pathlib.Path(place)
    return ROOT / "examples/data/sample"


class Dataset:
    """`vectors` [n × 384] f32, `rows`, `queries` [q × 384], `truth` [q × ≥10] rows, best first."""

    def __init__(self, place=None):
        place = pathlib.Path(place or folder())
        self.place = place
        self.vectors = np.fromfile(place / "packages.f16", "<f2").reshape(-1, DIMENSION).astype("f4")
        with gzip.open(place / "packages.jsonl.gz", "rt", encoding="utf-8") as lines:
            self.rows = [json.loads(line) for line in lines]
        self.queries = np.fromfile(place / "queries.f16", "<f2").reshape(-1, DIMENSION).astype("f4")
        self.truth = np.fromfile(place / "groundtruth.ids.u32", "<u4").reshape(len(self.queries), -1)
        self.truth_scores = np.fromfile(place / "groundtruth.scores.f32", "<f4").reshape(len(self.queries), -1)
        filters = place / "filters.json"
        self.filters = json.loads(filters.read_text()) if filters.exists() else SAMPLE_FILTERS
        self.is_full = filters.exists()
        self._unit = None
        self._scores = {}  # query -> cosines; asked for again by every face and filter

    def __len__(self):
        return len(self.rows)

    def point(self, i, vector=None):
        """As Qdrant takes it. The whole row is the payload, so that every kind of value occurs."""
        payload = dict(self.rows[i])
        payload["chroma:document"] = payload.pop("description")
        return {"id": i, "vector": (self.vectors[i] if vector is None else vector).tolist(), "payload": payload}

    def metadata(self, i):
        """What Chroma can hold: no nested objects, no empty lists, no null."""
        return {key: value for key, value in self.rows[i].items()
                if key not in ("description", "depends") and value is not None and value != []}

    def exact_scores(self, query):
        """Cosines with every row."""
        if self._unit is None:
            self._unit = self.vectors / np.linalg.norm(self.vectors, axis=1, keepdims=True)
        if query not in self._scores:
            q = self.queries[query]
            self._scores[query] = self._unit @ (q / np.linalg.norm(q))
        return self._scores[query]

    def recall(self, query, found, allowed=None, k=10):
        """Share of the k best that was found: right is what scores at least the k-th minus 1e-6.
        @param allowed  boolean [n] of the rows that count, None = all"""
        scores = self.exact_scores(query)
        if allowed is not None:
            scores = np.where(allowed, scores, -np.inf)
            k = min(k, int(allowed.sum()))
        if k == 0:
            return 1.0
        bar = np.partition(scores, -k)[-k] - 1e-6
        return min(k, sum(1 for i in found[:k] if scores[i] >= bar)) / k

    def matching(self, name):
        """Boolean [n] of the rows that pass a filter, by a plain reading of the rows."""
        rule = {
            "section_net": lambda r: r["section"] == "net",
            "size_50_to_500_kb": lambda r: 50 <= r.get("installed_size_kb", -1) < 500,
            "tag_program": lambda r: "role::program" in r["tags"],
            "has_gui": lambda r: r["has_gui"],
            "science_and_amd64": lambda r: r["section"] == "science" and r["architecture"] == "amd64",
            "tag_spreadsheet": lambda r: "works-with::spreadsheet" in r["tags"],
        }[name]
        return np.array([rule(row) for row in self.rows])
