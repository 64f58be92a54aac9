"""What one store has to hold: collections, aliases and points, as plainly as it can be said.

Every rule here is written from the dialects' reference, not from the server. A point is known by its
id as Qdrant shows it (an int or a UUID text); docs/guides/two-dialects.md is the mapping."""

import copy
import math
import uuid

TEXT_ID_NAMESPACE = uuid.UUID(int=(0x9f2d6c1e4b7a5e3d << 64) | 0x8c51a0f46e2b7d19)
DOCUMENT, URI = "chroma:document", "chroma:uri"
CHROMA_SPACES = {"Cosine": "cosine", "Euclid": "l2", "Dot": "ip"}


def id_of_text(text):
    """The id behind a Chroma id, and the text that has to be kept beside it ("" = none)."""
    if text.isascii() and text.isdigit() and (text == "0" or text[0] != "0") and int(text) < 1 << 64:
        return int(text), ""
    try:
        if str(uuid.UUID(text)) == text:
            return text, ""
    except ValueError:
        pass
    return str(uuid.uuid5(TEXT_ID_NAMESPACE, text)), text


def id_order(point_id):
    """Numbers come before UUIDs."""
    return (1, point_id) if isinstance(point_id, str) else (0, point_id)


def unit(vector):
    square = sum(x * x for x in vector)
    if square < 1.1920929e-07 or abs(square - 1) < 1e-6:
        return vector
    length = math.sqrt(square)
    return [x / length for x in vector]


def score(distance, query, vector):
    """As a Qdrant client sees it."""
    if distance == "Cosine":
        return sum(a * b for a, b in zip(unit(query), unit(vector)))
    if distance == "Dot":
        return sum(a * b for a, b in zip(query, vector))
    if distance == "Euclid":
        return math.sqrt(sum((a - b) * (a - b) for a, b in zip(query, vector)))
    return sum(abs(a - b) for a, b in zip(query, vector))


def chroma_distance(distance, query, vector):
    if distance == "Euclid":
        return sum((a - b) * (a - b) for a, b in zip(query, vector))
    return 1 - score(distance, query, vector)


def smaller_is_better(distance):
    return distance in ("Euclid", "Manhattan")


class Point:
    """`vectors` as they were given: name -> floats."""

    __slots__ = ("text", "seen", "vectors", "payload")

    def __init__(self, text, seen, vectors, payload):
        self.text, self.seen, self.vectors, self.payload = text, seen, vectors, payload


class Collection:
    def __init__(self, name, vectors, from_chroma):
        self.name = name
        self.vectors = vectors            # name -> [size or None, distance]
        self.from_chroma = from_chroma
        self.uuid = None
        self.points = {}
        self.indexes = {}                 # field -> type
        self.next_seen = 0

    @property
    def shown_to_chroma(self):
        return list(self.vectors) == [""] and self.vectors[""][1] in CHROMA_SPACES

    def chroma_id(self, point_id):
        return self.points[point_id].text or str(point_id)

    # Writes. `given` are rows (id, text, vectors, payload).

    def decide_size(self, vectors):
        for name, vector in vectors.items():
            if self.vectors[name][0] is None:
                self.vectors[name][0] = len(vector)

    def put(self, point_id, text, vectors, payload):
        """Replaces the whole point."""
        old = self.points.get(point_id)
        seen = old.seen if old else self.next_seen
        self.next_seen += not old
        self.decide_size(vectors)
        self.points[point_id] = Point(text or (old.text if old else ""), seen, dict(vectors), copy.deepcopy(payload))

    def merge(self, point_id, text, vectors, payload):
        """Chroma's update and upsert of one record."""
        old = self.points.get(point_id)
        if old is None:
            self.put(point_id, text, vectors, merged({}, payload))
            return
        self.decide_size(vectors)
        # A record keeps the text that it was first named by.
        if vectors:
            old.vectors.update(vectors)
        old.payload = merged(old.payload, payload)

    def delete(self, point_ids):
        for point_id in point_ids:
            self.points.pop(point_id, None)


class Store:
    def __init__(self):
        self.collections = {}
        self.aliases = {}                 # alias -> Collection

    def find(self, name):
        found = self.collections.get(name)
        return found if found is not None else self.aliases.get(name)

    def drop(self, name):
        gone = self.collections.pop(name, None)
        if gone is not None:
            self.aliases = {alias: target for alias, target in self.aliases.items() if target is not gone}
        return gone is not None

    def rename(self, collection, name):
        del self.collections[collection.name]
        collection.name = name
        self.collections[name] = collection


# Payload edits -----------------------------------------------------------------------------------

def merged(payload, patch):
    out = copy.deepcopy(payload) if isinstance(payload, dict) else {}
    for key, value in patch.items():
        if value is None:
            out.pop(key, None)
        else:
            out[key] = copy.deepcopy(value)
    return out


def merged_at(payload, path, patch):
    """Qdrant's set payload with a `key`: a list of member names."""
    if not path:
        return merged(payload, patch)
    out = dict(payload) if isinstance(payload, dict) else {}
    out[path[0]] = merged_at(out.get(path[0]), path[1:], patch)
    return out


def without_path(payload, path):
    """Removes what a path of member names reaches; `name[]` goes into every element."""
    name = path[0]
    if name.endswith("[]"):
        items = payload.get(name[:-2]) if isinstance(payload, dict) else None
        if not isinstance(items, list):
            return payload
        changed = [] if len(path) == 1 else [without_path(item, path[1:]) for item in items]
        return {**payload, name[:-2]: changed}
    if not isinstance(payload, dict) or name not in payload:
        return payload
    if len(path) == 1:
        return {key: value for key, value in payload.items() if key != name}
    return {**payload, name: without_path(payload[name], path[1:])}


# What Chroma sees ---------------------------------------------------------------------------------

_SCALARS = (str, bool, int, float)


def shown_value(value):
    """(whether a Chroma client sees it, what it sees)."""
    if isinstance(value, list):
        kinds = {type(item) for item in value}
        if kinds == {int, float}:
            return True, [float(item) for item in value]
        return len(kinds) == 1 and kinds <= set(_SCALARS), value
    return isinstance(value, _SCALARS), value


def shown_to_chroma(payload):
    """(document, uri, metadata), each None where there is nothing to show."""
    metadata, reserved = {}, False
    for key, value in payload.items():
        if key.startswith("chroma:"):
            reserved = reserved or key != DOCUMENT
            continue
        visible, shown = shown_value(value)
        if visible:
            metadata[key] = shown

    def text(key):
        return payload[key] if isinstance(payload.get(key), str) else None
    return text(DOCUMENT), text(URI), metadata if metadata or reserved else None
