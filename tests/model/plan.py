"""Chooses the next operation: data only (name, arguments), so that a run can be done again in part."""

from model import generate
from model.ddl_operations import REFUSED
from model.store import score, smaller_is_better

DISTANCES = ["Cosine", "Euclid", "Dot", "Manhattan"]
MOST_COLLECTIONS = 4
INCLUDES = ["documents", "metadatas", "uris", "embeddings"]


class Planner:
    def __init__(self, rng, store, restart_probability, operations):
        self.rng, self.store, self.generator = rng, store, generate.Generator(rng)
        self._restart_probability = restart_probability
        weights = {
            "upsert": 12, "delete": 4, "set_payload": 5, "overwrite_payload": 3, "delete_payload": 3, "clear_payload": 1,
            "update_vectors": 4, "delete_vectors": 1, "batch": 3, "create_index": 2, "drop_index": 1,
            "get_point": 3, "retrieve": 4, "scroll": 8, "scroll_ordered": 3, "count": 5, "facet": 3, "query": 10,
            "collection_info": 1, "list_all": 1,
            "chroma_write": 12, "chroma_delete": 3, "chroma_get": 9, "chroma_query": 8, "chroma_count": 2,
            "chroma_list_all": 1, "chroma_look": 1, "refused": 4, "collections": 2, "compact": 0.3,
            "grpc_upsert": 2, "grpc_delete": 1, "grpc_retrieve": 2, "grpc_scroll": 2, "grpc_count": 1, "grpc_query": 2}
        weights = {name: weight for name, weight in weights.items() if name in operations or name == "collections"}
        self._names, self._weights = list(weights), list(weights.values())

    def next(self):
        if self.rng.random() < self._restart_probability:
            return "restart", {"how": self.rng.choice(["kill", "stop"])}
        if not self.store.collections:
            return self._collections()
        kind = self.rng.choices(self._names, self._weights)[0]
        return getattr(self, "_" + kind)() if kind == "collections" else (kind, getattr(self, "_" + kind)())

    # Choices ----------------------------------------------------------------------------------

    def _chance(self, probability):
        return self.rng.random() < probability

    def _name(self, to_chroma=False):
        """Mostly a collection that is there (for Chroma one that it sees), by its name or an alias."""
        if self._chance(0.01):
            return self.rng.choice(generate.NAMES + generate.ALIASES)
        there = [n for n, c in self.store.collections.items() if not to_chroma or c.shown_to_chroma or self._chance(0.02)]
        there += [a for a, c in self.store.aliases.items() if not to_chroma or c.shown_to_chroma]
        return self.rng.choice(there or generate.NAMES)

    def _found(self, name):
        return self.store.find(name)

    def _vector_names(self, name):
        found = self._found(name)
        return list(found.vectors) if found else [""]

    def _vector(self, name, vector_name):
        found = self._found(name)
        size = found.vectors[vector_name][0] if found else 2
        return self.generator.vector(size or self.rng.choice([2, 3, 4]))

    def _vectors(self, name, all_of_them=False):
        """One unnamed vector as a list, or some of the named ones."""
        names = self._vector_names(name)
        if names == [""]:
            # A point of a collection without a size must not decide two of them at once.
            return {} if self._chance(0.03) and not all_of_them else self._vector(name, "")
        chosen = names if all_of_them else self.rng.sample(names, self.rng.randrange(len(names) + 1))
        return {n: self._vector(name, n) for n in chosen}

    def _known_id(self, name, unknown=0.1):
        found = self._found(name)
        if not found or not found.points or self._chance(unknown):
            return self.generator.point_id()
        return self.rng.choice(list(found.points))

    def _selector(self, name, unknown=0.03):
        if self._chance(0.3):
            return {"filter": self._filter(name)}
        return {"points": [self._known_id(name, unknown) for _ in range(self.rng.randrange(1, 4))]}

    def _filter(self, name):
        return self.generator.filter(self._vector_names(name))

    def _maybe(self, probability, make, *arguments):
        return make(*arguments) if self._chance(probability) else None

    def _wait(self):
        return self._chance(0.5)

    # Qdrant writes ----------------------------------------------------------------------------

    def _point_ids(self, most):
        return [self.generator.point_id() for _ in range(self.rng.randrange(1, most))]

    def _upsert(self):
        name = self._name()
        batch = self._chance(0.2)
        size_known = all(size for size, _ in self._found(name).vectors.values()) if self._found(name) else True
        ids = self._point_ids(6 if size_known else 2)
        points = [[i, self._vectors(name, batch), self._maybe(0.85, self.generator.payload)] for i in ids]
        return {"name": name, "points": points, "batch": batch, "wait": self._wait(),
                "mode": self.rng.choice(["upsert"] * 6 + ["insert_only", "update_only"]),
                "update_filter": self._maybe(0.1, self._filter, name)}

    def _delete(self):
        name = self._name()
        return {"name": name, "selector": self._selector(name, 0.3), "wait": self._wait()}

    def _set_payload(self):
        name = self._name()
        key = self._maybe(0.25, self.rng.choice, ["o", "o.deep", "mix", "fresh.path"])
        payload = self.generator.payload() if key is None else {"x": self.generator.anything(1)}
        return {"name": name, "selector": self._selector(name), "payload": payload, "key": key, "wait": self._wait()}

    def _overwrite_payload(self):
        name = self._name()
        return {"name": name, "selector": self._selector(name), "payload": self.generator.payload(), "wait": self._wait()}

    def _delete_payload(self):
        name = self._name()
        keys = self.rng.sample(["n", "tag", "tags", "o.a", "o.deep.x", "list[].a", "mix", "none", "text"], self.rng.randrange(1, 4))
        return {"name": name, "selector": self._selector(name), "keys": keys, "wait": self._wait()}

    def _clear_payload(self):
        name = self._name()
        return {"name": name, "selector": self._selector(name), "wait": self._wait()}

    def _update_vectors(self):
        name = self._name()
        ids = [self._known_id(name, 0.05) for _ in range(self.rng.randrange(1, 4))]
        return {"name": name, "points": [[i, self._vectors(name, True)] for i in ids[:3 if self._sized(name) else 1]], "wait": self._wait()}

    def _sized(self, name):
        found = self._found(name)
        return found is None or all(size for size, _ in found.vectors.values())

    def _delete_vectors(self):
        name = self._name()
        names = self._vector_names(name)
        return {"name": name, "selector": self._selector(name), "names": self.rng.sample(names, self.rng.randrange(1, len(names) + 1)), "wait": self._wait()}

    def _batch(self):
        name = self._name()
        operations = []
        for _ in range(self.rng.randrange(1, 5)):
            kind = self.rng.choice(["upsert", "delete", "set_payload", "overwrite_payload", "delete_payload", "clear_payload"])
            if kind == "upsert":
                ids = self._point_ids(4) if self._sized(name) else []
                arguments = {"points": [[i, self._vectors(name), self.generator.payload()] for i in ids]}
                if not ids:
                    continue
            else:
                arguments = {"selector": self._selector(name, 0.02)}
                if kind in ("set_payload", "overwrite_payload"):
                    arguments["payload"] = self.generator.payload()
                if kind == "delete_payload":
                    arguments["keys"] = ["n", "o.a"]
            operations.append([kind, arguments])
        return {"name": name, "operations": operations}

    def _create_index(self):
        field = self.rng.choice(list(generate.INDEXABLE))
        return {"name": self._name(), "field": field, "kind": self.rng.choice(generate.INDEXABLE[field])}

    def _drop_index(self):
        return {"name": self._name(), "field": self.rng.choice(list(generate.INDEXABLE))}

    # Qdrant reads -----------------------------------------------------------------------------

    def _get_point(self):
        name = self._name()
        return {"name": name, "point_id": self._known_id(name)}

    def _retrieve(self):
        name = self._name()
        ids = [self._known_id(name) for _ in range(self.rng.randrange(1, 8))]
        return {"name": name, "ids": ids, "with_payload": self._payload_part(), "with_vector": self._chance(0.5)}

    def _payload_part(self):
        return self.rng.choice([True, True, False, ["n", "tag", "o", "chroma_none"]])

    def _scroll(self):
        name = self._name()
        return {"name": name, "condition": self._maybe(0.7, self._filter, name), "limit": self.rng.choice([1, 3, 10, 100]),
                "offset": self._maybe(0.3, self.generator.point_id), "with_payload": self._payload_part(), "with_vector": self._chance(0.4)}

    def _scroll_ordered(self):
        name, found = self._name(), None
        found = self._found(name)
        ranged = [f for f in ("n", "f", "d") if found and f in found.indexes]
        return {"name": name, "condition": self._maybe(0.4, self._filter, name), "limit": self.rng.choice([1, 3, 10, 100]),
                "key": self.rng.choice(ranged or ["n", "f", "d"]), "direction": self.rng.choice(["asc", "desc"])}

    def _count(self):
        name = self._name()
        return {"name": name, "condition": self._maybe(0.85, self._filter, name)}

    def _facet(self):
        name = self._name()
        found = self._found(name)
        counted = [f for f in ("n", "tag", "tags", "flag", "ns", "o.a") if found and f in found.indexes]
        return {"name": name, "key": self.rng.choice(counted or ["tag", "f"]), "condition": self._maybe(0.5, self._filter, name), "limit": self.rng.choice([1, 3, 50])}

    def _query(self):
        name = self._name()
        found = self._found(name)
        using = self.rng.choice(self._vector_names(name))
        by_id = self._chance(0.2)
        query = self._known_id(name, 0.05) if by_id else self._vector(name, using)
        if not by_id and self._chance(0.02):
            query = query + [1.0]
        old_route = self._chance(0.2) and not by_id
        return {"name": name, "using": using, "query": query, "condition": self._maybe(0.6, self._filter, name),
                "limit": self.rng.choice([1, 3, 10, 100]), "offset": self.rng.choice([0, 0, 0, 2]),
                "threshold": None if by_id else self._maybe(0.15, self._threshold, found, using, query),
                "with_payload": self._payload_part(), "old_route": old_route}

    def _threshold(self, found, using, query):
        if found is None:
            return 0.5
        distance = found.vectors[using][1]
        scores = [score(distance, query, p.vectors[using]) for p in found.points.values() if using in p.vectors]
        return round(self.rng.choice(scores or [0.0]) + (0.125 if smaller_is_better(distance) else -0.125), 3)

    def _collection_info(self):
        return {"name": self._name()}

    def _list_all(self):
        return {}

    # gRPC -------------------------------------------------------------------------------------

    def _grpc_upsert(self):
        name = self._name()
        points = [[i, self._vectors(name), self.generator.payload()] for i in self._point_ids(4)]
        return {"name": name, "points": points, "wait": self._wait()}

    def _grpc_delete(self):
        name = self._name()
        return {"name": name, "ids": [self._known_id(name, 0.3) for _ in range(self.rng.randrange(1, 3))], "wait": self._wait()}

    def _grpc_retrieve(self):
        name = self._name()
        return {"name": name, "ids": [self._known_id(name) for _ in range(self.rng.randrange(1, 8))]}

    def _grpc_scroll(self):
        return {**self._grpc_count(), "limit": self.rng.choice([1, 10, 100])}

    def _grpc_count(self):
        name = self._name()
        return {"name": name, "condition": self._maybe(0.7, self._filter, name)}

    def _grpc_query(self):
        name = self._name()
        using = self.rng.choice(self._vector_names(name))
        return {"name": name, "using": using, "vector": self._vector(name, using),
                "condition": self._maybe(0.5, self._filter, name), "limit": self.rng.choice([1, 10, 100])}

    # Chroma -----------------------------------------------------------------------------------

    def _chroma_write(self):
        name, rng = self._name(True), self.rng
        verb = rng.choice(["add", "upsert", "upsert", "update"])
        found = self._found(name)
        ids = []
        for _ in range(rng.randrange(1, 6)):
            known = verb == "update" and found and found.points and self._chance(0.8)
            ids.append(found.chroma_id(rng.choice(list(found.points))) if known else self.generator.chroma_id())
        size = (found.vectors.get("", [None])[0] if found else None) or rng.choice([2, 3, 4])
        size += self._chance(0.02)
        embeddings = [None if verb == "update" and self._chance(0.4) else self.generator.vector(size) for _ in ids]
        if verb == "update" and self._chance(0.3):
            embeddings = None
        nulls = verb != "add"
        return {"name": name, "verb": verb, "ids": ids, "embeddings": embeddings,
                "metadatas": self._maybe(0.8, lambda: [self._maybe(0.9, self._metadata, nulls) for _ in ids]),
                "documents": self._maybe(0.6, lambda: [self._maybe(0.8, rng.choice, generate.SENTENCES) for _ in ids]),
                "uris": self._maybe(0.2, lambda: [self._maybe(0.8, rng.choice, generate.WORDS) for _ in ids])}

    def _metadata(self, nulls):
        out = self.generator.metadata(nulls)
        if nulls and self._chance(0.03):
            out["chroma:document"] = None
        return out

    def _text_ids(self, name, unknown=0.1):
        found = self._found(name)
        known = list(found.points) if found else []
        return [self.generator.chroma_id() if not known or self._chance(unknown) else found.chroma_id(self.rng.choice(known))
                for _ in range(self.rng.randrange(0, 6))]

    def _conditions(self, ids, where, document):
        return {"where": self._maybe(where, self.generator.where), "where_document": self._maybe(document, self.generator.where_document)}

    def _chroma_delete(self):
        name = self._name(True)
        clauses = self._conditions(None, 0.5, 0.2)
        ids = self._maybe(0.5, self._text_ids, name)
        filtered = any(c is not None for c in clauses.values())
        if ids == [] and not filtered:
            ids = ["7"]
        return {"name": name, "ids": ids, **clauses, "limit": self.rng.choice([None, 1, 2]) if filtered else None}

    def _chroma_get(self):
        name = self._name(True)
        return {"name": name, "ids": self._maybe(0.4, self._text_ids, name), **self._conditions(None, 0.5, 0.3),
                "limit": self.rng.choice([None, None, 0, 1, 5]), "offset": self.rng.choice([None, 0, 2]),
                "include": self.rng.sample(INCLUDES, self.rng.randrange(5))}

    def _chroma_query(self):
        name = self._name(True)
        found = self._found(name)
        size = (found.vectors.get("", [None])[0] if found else None) or 2
        size += self._chance(0.02)
        vectors = [self.generator.vector(size) for _ in range(self.rng.choice([1, 1, 2]))]
        return {"name": name, "vectors": vectors, "n_results": self.rng.choice([0, 1, 3, 10, 100]),
                "ids": self._maybe(0.2, self._text_ids, name, 0.01), **self._conditions(None, 0.5, 0.3),
                "include": ["distances"] * self._chance(0.9) + self.rng.sample(INCLUDES, self.rng.randrange(4))}

    def _chroma_count(self):
        return {"name": self._name(True)}

    def _chroma_list_all(self):
        return {}

    def _chroma_look(self):
        return {"name": self.rng.choice(generate.NAMES + generate.ALIASES)}

    # Collections ------------------------------------------------------------------------------

    def _refused(self):
        which = self.rng.randrange(len(REFUSED))
        return {"name": self._name(REFUSED[which][0] == "chroma"), "which": which}

    def _compact(self):
        return {"name": self._name()}

    def _collections(self):
        rng, free = self.rng, len(self.store.collections) < MOST_COLLECTIONS
        kind = rng.choice(["create", "create_chroma"] * (3 if free else 1) + ["drop", "drop_chroma", "rename", "change_aliases", "change_aliases"])
        if not self.store.collections:
            kind = rng.choice(["create", "create_chroma"])
        name = rng.choice(generate.NAMES)
        if self._chance(0.1):
            name = rng.choice(generate.ALIASES)
        if kind == "create":
            return kind, {"name": name, "vectors": self._new_vectors()}
        if kind == "create_chroma":
            return kind, {"name": name, "space": rng.choice(["cosine", "l2", "ip"]), "get_or_create": self._chance(0.3)}
        if kind == "rename":
            return kind, {"name": self._name(True), "new_name": name}
        if kind == "change_aliases":
            return kind, {"actions": [self._alias_action() for _ in range(rng.randrange(1, 3))]}
        return kind, {"name": name}

    def _new_vectors(self):
        if self._chance(0.6):
            return {"": [self.rng.choice([2, 3, 8]), self.rng.choice(DISTANCES)]}
        names = self.rng.choice([["a"], ["a", "b"], ["a", "b", "c"]])
        return {n: [self.rng.choice([2, 3]), self.rng.choice(DISTANCES)] for n in names}

    def _alias_action(self):
        kind = self.rng.choice(["create", "create", "delete", "rename"])
        other = self.rng.choice(list(self.store.collections)) if kind == "create" and self.store.collections else self.rng.choice(generate.ALIASES)
        return [kind, self.rng.choice(generate.ALIASES), other]
