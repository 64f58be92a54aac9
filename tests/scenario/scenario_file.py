"""Reads a `.scn` file (README.md) into operations."""

import json
import pathlib

FACES = ("qdrant_rest", "qdrant_grpc", "chroma")
WRITES = ("create", "put", "set", "delete", "index", "drop")
READS = ("get", "search", "count", "exists", "listed")
REQUESTS = ("qdrant", "chroma")


class Operation:
    """`expected` is by reader's dialect: "", "qdrant" or "chroma"."""

    def __init__(self, name, argument, line):
        self.name, self.argument, self.line = name, argument, line
        self.expected = {}


class Scenario:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.about, self.writers, self.readers = "", FACES, FACES
        self.operations = []
        for line, text in _statements(self.path.read_text()):
            word, _, rest = text.partition(" ")
            try:
                self._add(word, rest.strip(), line)
            except (ValueError, IndexError) as error:
                raise ValueError(f"{self.path}:{line}: {error}") from error
        if not self.about or not any(operation.expected for operation in self.operations):
            raise ValueError(f"{self.path}: a scenario needs a line 'about' and something expected")

    def _add(self, word, rest, line):
        if word == "about":
            self.about = rest
        elif word in ("writers", "readers"):
            faces = tuple(rest.split())
            if not faces or not set(faces) <= set(FACES):
                raise ValueError(f"faces are {FACES}")
            setattr(self, word, faces)
        elif word == "expect" or word.startswith("expect."):
            dialect = word.partition(".")[2]
            if dialect not in ("", "qdrant", "chroma"):
                raise ValueError(f"no such dialect: {dialect}")
            self.operations[-1].expected[dialect] = json.loads(rest)
        elif word in WRITES + READS + REQUESTS:
            self.operations.append(Operation(word, json.loads(rest) if rest else {}, line))
        else:
            raise ValueError(f"no such operation: {word}")


def _statements(text):
    """(line number, text) of each; lines that are indented and do not begin with `expect` go on."""
    statement, start = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        if line[0].isspace() and not bare.startswith("expect"):
            statement += " " + bare
            continue
        if statement:
            yield start, statement
        statement, start = bare, number
    if statement:
        yield start, statement
