"""Vectors that a stub provider answers with: signed hashes of the words, so that texts that share words are close.

They mean nothing beyond that. The same text, size and kind give the same vector on every machine.
"""

import hashlib
import re

_WORD = re.compile(r"[^\W_]+")
_COMMON = frozenset("a an and are as at be by for from has how in is it its of on or that the this to was what with".split())


def words(text):
    return [word for word in _WORD.findall(text.lower()) if word not in _COMMON]


def _features(word):
    """The word and its prefix of five letters, so that `batch` and `batches` are near each other."""
    yield word, 1.0
    if len(word) > 5:
        yield word[:5] + "*", 0.7


def vector(text, size, scale=1.0):
    """A vector of that size; its length is `scale` (a text without words gets a unit of its own)."""
    values = [0.0] * size
    for word in words(text) or ["(nothing)"]:
        for feature, weight in _features(word):
            digest = hashlib.blake2b(feature.encode(), digest_size=8).digest()
            number = int.from_bytes(digest, "little")
            values[number % size] += weight if number >> 63 else -weight
    length = sum(value * value for value in values) ** 0.5
    if length == 0:
        values[0], length = 1.0, 1.0
    return [value / length * scale for value in values]
