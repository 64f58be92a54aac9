"""Random values, filters and conditions. Small pools, so that operations meet each other.

A field that may get a payload index holds values of its own type only (or null, [], or nothing): with
values of another type the peer answers differently with and without the index, and so do we."""

NUMBERS = list(range(12)) + [1 << 32, (1 << 63) - 1, (1 << 64) - 1]
UUIDS = [f"{n:08x}-0000-4000-8000-{n * 7919:012x}" for n in range(8)]
TEXTS = ["book-1", "book-2", "007", "+7", "-3", "é", "a b", "1e3", "6F9619FF-8B86-D011-B42D-00C04FC964FF", "18446744073709551616"]
WORDS = ["red", "green", "blue", "redder", "Ünï", "", "a\"b\\c", "x" * 30]
SENTENCES = ["the quick brown fox", "a red boat", "boats, boats and Boats", "", "100% sure_thing", "Ünïcode \u2603 text", "line\nbreak\ttab"]
DATES = ["2020-01-01T00:00:00Z", "2021-06-15T12:30:00Z", "2021-06-15T12:30:00.250000Z", "1999-12-31T23:59:59+02:00", "2030-02-28T00:00:00Z"]
NAMES = ["first", "second", "third", "fourth", "fifth"]
ALIASES = ["alias-1", "alias-2", "alias-3"]
INDEXABLE = {"n": ["integer"], "f": ["float"], "tag": ["keyword"], "tags": ["keyword"], "flag": ["bool"], "d": ["datetime"], "o.a": ["integer"], "ns": ["integer"]}
REGEXES = ["bo.t", "^the", "s$", "(?i)BOATS", "\\d+%", "q|f"]


class Generator:
    def __init__(self, rng):
        self.rng = rng

    def chance(self, probability):
        return self.rng.random() < probability

    def number(self):
        """Exact in f32, and so are its products: scores differ only where they have to."""
        return self.rng.randrange(-16, 17) / 4

    def vector(self, size):
        if self.chance(0.02):
            return [0.0] * size
        return [self.number() for _ in range(size)]

    def point_id(self):
        pool = self.rng.random()
        return self.rng.choice(NUMBERS if pool < 0.6 else UUIDS)

    def chroma_id(self):
        pool = self.rng.random()
        if pool < 0.35:
            return str(self.rng.choice(NUMBERS))
        return self.rng.choice(UUIDS if pool < 0.6 else TEXTS)

    # Payloads ---------------------------------------------------------------------------------

    def integer(self):
        return self.rng.choice([self.rng.randrange(-5, 20), self.rng.randrange(-5, 20), 1 << 53, -(1 << 62)])

    def floating(self):
        return self.rng.choice([self.rng.randrange(-8, 40) / 4, 1.5, 1e300, -0.1])

    def word(self):
        return self.rng.choice(WORDS)

    def anything(self, depth=0):
        kind = self.rng.randrange(9 if depth < 2 else 6)
        if kind == 0:
            return self.integer()
        if kind == 1:
            return self.floating()
        if kind == 2:
            return self.word()
        if kind == 3:
            return self.chance(0.5)
        if kind == 4:
            return self.rng.choice([[], {}, None])
        if kind == 5:
            return [self.word() for _ in range(self.rng.randrange(3))]
        if kind == 6:
            return [self.anything(depth + 1) for _ in range(self.rng.randrange(4))]
        return {self.rng.choice(["a", "b", "c"]): self.anything(depth + 1) for _ in range(self.rng.randrange(3))}

    def _list(self, make):
        return [make() for _ in range(self.rng.randrange(4))]

    def _value(self, key):
        rng = self.rng
        makers = {
            "n": self.integer, "f": self.floating, "tag": self.word, "flag": lambda: self.chance(0.5),
            "d": lambda: rng.choice(DATES), "tags": lambda: self._list(self.word), "ns": lambda: self._list(self.integer),
            "text": lambda: rng.choice(SENTENCES), "mix": self.anything,
            "o": lambda: {"a": self.integer(), "b": self.word(), "deep": {"x": self.anything(1)}},
            "list": lambda: [{"a": self.integer(), "b": self.word()} for _ in range(rng.randrange(3))],
            "odd key.é": self.word, "chroma:document": lambda: rng.choice(SENTENCES), "chroma:uri": self.word}
        return makers[key]()

    KEYS = ["n", "f", "tag", "flag", "d", "tags", "ns", "text", "mix", "o", "list", "odd key.é"]

    def payload(self, nulls=0.06):
        """As a Qdrant client writes it."""
        out = {}
        for key in self.rng.sample(self.KEYS, self.rng.randrange(7)):
            out[key] = None if self.chance(nulls) else self._value(key)
        for key in ("chroma:document", "chroma:uri"):
            if self.chance(0.2):
                out[key] = self._value(key)
        return out

    def metadata(self, nulls):
        """As a Chroma client may write it: no objects, no mixed lists, nulls only in updates."""
        out = {}
        for key in self.rng.sample(["n", "f", "tag", "flag", "tags", "ns", "text", "d", "odd key.é", "o", "mix"], self.rng.randrange(5)):
            if key in ("o", "mix"):
                out[key] = self.rng.choice([self.word(), self.integer(), [True, False], [0.5, 1.5]]) if key == "mix" else self.word()
            else:
                out[key] = self._value(key)
            if nulls and self.chance(0.15):
                out[key] = None
        return out

    # Filters ----------------------------------------------------------------------------------

    def _bounds(self, make):
        names = self.rng.sample(["lt", "gt", "lte", "gte"], self.rng.choice([1, 1, 2]))
        return {name: make() for name in names}

    def _field_condition(self, nested=False):
        rng = self.rng
        key = rng.choice(["a", "b"] if nested else ["n", "f", "tag", "flag", "d", "tags", "ns", "text", "o.a", "o.b", "list[].a", "list[].b", "mix", "\"chroma:document\"", "none"])
        base = key.rpartition(".")[2] if key != "none" else "n"
        if base in ("n", "ns", "a"):
            match = rng.choice([{"value": self.integer()}, {"any": self._list(self.integer)}, {"except": self._list(self.integer)}])
            return rng.choice([{"key": key, "match": match}, {"key": key, "range": self._bounds(self.integer)}])
        if base == "f":
            return {"key": key, "range": self._bounds(self.floating)}
        if base == "flag":
            return {"key": key, "match": {"value": self.chance(0.5)}}
        if base == "d":
            return {"key": key, "range": self._bounds(lambda: rng.choice(DATES))}
        if base in ("text", "\"chroma:document\""):
            return {"key": key, "match": {"text": rng.choice(["boat", "red", "fox", "Ü", "zzz"])}}
        if base == "mix":
            return rng.choice([{"key": key, "match": {"value": rng.choice([self.word(), self.integer(), True])}},
                               {"key": key, "range": self._bounds(self.floating)},
                               {"key": key, "values_count": {"gte": rng.randrange(3)}}])
        match = rng.choice([{"value": self.word()}, {"any": self._list(self.word)}, {"except": self._list(self.word)}, {"prefix": self.word()[:2]}])
        return {"key": key, "match": match}

    def condition(self, depth, vector_names):
        rng, kind = self.rng, self.rng.random()
        if kind < 0.6:
            return self._field_condition()
        if kind < 0.68:
            return {rng.choice(["is_empty", "is_null"]): {"key": rng.choice(["n", "tag", "tags", "o.a", "mix", "none"])}}
        if kind < 0.76:
            return {"has_id": [self.point_id() for _ in range(rng.randrange(1, 8))]}
        if kind < 0.8:
            return {"has_vector": rng.choice(vector_names)}
        if kind < 0.86:
            return {"nested": {"key": rng.choice(["list", "list[]", "mix"]), "filter": {rng.choice(["must", "must_not"]): [self._field_condition(True)]}}}
        if kind < 0.9:
            return {"key": rng.choice(["n", "tags", "ns", "none"]), "values_count": self._bounds(lambda: rng.randrange(4))}
        return self.filter(vector_names, depth + 1) if depth < 2 else self._field_condition()

    def filter(self, vector_names, depth=0):
        rng, out = self.rng, {}
        for clause in rng.sample(["must", "should", "must_not", "min_should"], rng.choice([1, 1, 1, 2])):
            conditions = [self.condition(depth, vector_names) for _ in range(rng.randrange(1, 4))]
            out[clause] = {"conditions": conditions, "min_count": rng.randrange(1, 3)} if clause == "min_should" else conditions
        return out

    # Chroma's conditions ----------------------------------------------------------------------

    def where(self, depth=0):
        rng, kind = self.rng, self.rng.random()
        if kind < 0.15 and depth < 2:
            return {rng.choice(["$and", "$or"]): [self.where(depth + 1) for _ in range(rng.randrange(1, 4))]}
        if kind < 0.2:
            return {"#document": {rng.choice(["$contains", "$not_contains"]): rng.choice(["boat", "red", "", "%"])}}
        key = rng.choice(["n", "f", "tag", "flag", "text", "mix", "none", "odd key.é", "o"])
        if kind < 0.32:
            name = rng.choice(["$contains", "$not_contains"])
            return rng.choice([{"tags": {name: self.word()}}, {"ns": {name: self.integer()}}, {key: {name: self.word()}}])
        scalar = rng.choice([self.word, self.integer, self.floating, lambda: self.chance(0.5)])
        if kind < 0.5:
            return {key: scalar()}
        if kind < 0.65:
            return {key: {rng.choice(["$eq", "$ne"]): scalar()}}
        if kind < 0.85:
            return {rng.choice(["n", "f", "mix"]): {rng.choice(["$gt", "$gte", "$lt", "$lte"]): rng.choice([self.integer, self.floating])()}}
        return {key: {rng.choice(["$in", "$nin"]): [scalar() for _ in range(rng.randrange(1, 4))]}}

    def where_document(self, depth=0):
        rng, kind = self.rng, self.rng.random()
        if kind < 0.15 and depth < 2:
            return {rng.choice(["$and", "$or"]): [self.where_document(depth + 1) for _ in range(rng.randrange(1, 3))]}
        if kind < 0.75:
            return {rng.choice(["$contains", "$not_contains"]): rng.choice(["boat", "red", "", "%", "_", "Ü", "\n"])}
        return {rng.choice(["$regex", "$not_regex"]): rng.choice(REGEXES)}
