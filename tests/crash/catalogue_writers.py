"""Clients that create, change and drop collections, aliases, tenants and databases, under names of their own.

The state is a plain value. While a request is in flight, `pending` lists what may have come of it."""

import copy
import urllib.parse

from qdrant_client import grpc as q

import dialects
from support.http_json import CHROMA_PATH, HttpJson
from support.server import WITHOUT_GRPC
from writers import WORDS, Client

DEFAULT_M = 16


class CatalogueWriter(Client):
    def __init__(self, name, rng, state, progress):
        super().__init__(name, rng, progress)
        self.state, self.pending = state, []

    def step(self):
        operation = self.rng.choice(self.operations)
        name, after, request = operation() or (None, None, None)
        if name is None:
            return None
        self.pending = after if isinstance(after, list) else [after]
        request()
        self.state, self.pending = self.pending[-1], []
        return name

    def changed(self, change):
        state = copy.deepcopy(self.state)
        change(state)
        return state


class QdrantCatalogue(CatalogueWriter):
    """state: {"collections": {name: {"m", "indexes", "word"}}, "aliases": {alias: name}}"""

    def __init__(self, number, rng, state, progress):
        super().__init__(f"collections {number}", rng, state, progress)
        self.prefix = f"q{number}-"
        self.operations = [self._create, self._create, self._fill, self._fill, self._drop, self._patch, self._index,
                           self._alias, self._alias, self._rename_alias, self._switch_aliases, self._delete_alias,
                           self._rename, self._compact]

    @staticmethod
    def empty():
        return {"collections": {}, "aliases": {}}

    def connect(self, server):
        self._rest = dialects.Rest(server)
        self._grpc = None if WITHOUT_GRPC else dialects.Grpc(server)
        self._chroma = HttpJson(server.chroma_url + CHROMA_PATH, timeout=60)

    def close(self):
        self._rest.close()
        self._chroma.close()
        if self._grpc is not None:
            self._grpc.close()

    def _through(self, what, rest, over_grpc):
        """@return the operation's name and the request, through one of the faces."""
        if self._grpc is None or self.rng.random() < 0.5:
            return f"rest {what}", lambda: self._rest.http.call(*rest)
        call, message = over_grpc
        return f"grpc {what}", lambda: getattr(self._grpc, call[0]).__getattribute__(call[1])(message, timeout=60)

    def _some(self):
        names = sorted(self.state["collections"])
        return self.rng.choice(names) if names else None

    def _create(self):
        # Few names: one that was dropped comes back.
        name = f"{self.prefix}{self.rng.randrange(4)}"
        if name in self.state["collections"]:
            return None
        what, request = self._through(
            "create collection", ("PUT", f"/collections/{name}", {"vectors": {"size": 2, "distance": "Dot"}}),
            (("collections", "Create"), q.CreateCollection(collection_name=name, vectors_config=q.VectorsConfig(
                params=q.VectorParams(size=2, distance=q.Distance.Dot)))))
        new = {"m": DEFAULT_M, "indexes": [], "word": None}
        return what, self.changed(lambda s: s["collections"].update({name: new})), request

    def _fill(self):
        name, word = self._some(), self.rng.choice(WORDS)
        if name is None:
            return None
        point = {"id": 1, "vector": [1, 2], "payload": {"word": word}}
        what, request = self._through(
            "fill", ("PUT", f"/collections/{name}/points?wait=true", {"points": [point]}),
            (("points", "Upsert"), q.UpsertPoints(collection_name=name, wait=True, points=[q.PointStruct(
                id=q.PointId(num=1), vectors=dialects.vectors_message({"": [1, 2]}),
                payload=dialects.values({"word": word}))])))
        return what, self.changed(lambda s: s["collections"][name].update(word=word)), request

    def _drop(self):
        name = self._some()
        if name is None:
            return None

        def gone(state):
            del state["collections"][name]
            state["aliases"] = {a: c for a, c in state["aliases"].items() if c != name}
        what, request = self._through("drop collection", ("DELETE", f"/collections/{name}"),
                                      (("collections", "Delete"), q.DeleteCollection(collection_name=name)))
        return what, self.changed(gone), request

    def _patch(self):
        name, m = self._some(), self.rng.randrange(4, 64)
        if name is None:
            return None
        what, request = self._through(
            "change collection", ("PATCH", f"/collections/{name}", {"hnsw_config": {"m": m}}),
            (("collections", "Update"), q.UpdateCollection(collection_name=name, hnsw_config=q.HnswConfigDiff(m=m))))
        return what, self.changed(lambda s: s["collections"][name].update(m=m)), request

    def _index(self):
        name, field = self._some(), self.rng.choice(["word", "number"])
        if name is None:
            return None
        indexes = self.state["collections"][name]["indexes"]
        if field in indexes:
            what, request = self._through(
                "delete index", ("DELETE", f"/collections/{name}/index/{field}?wait=true"),
                (("points", "DeleteFieldIndex"),
                 q.DeleteFieldIndexCollection(collection_name=name, wait=True, field_name=field)))
            after = [f for f in indexes if f != field]
        else:
            kind = {"word": "keyword", "number": "integer"}[field]
            what, request = self._through(
                "create index",
                ("PUT", f"/collections/{name}/index?wait=true", {"field_name": field, "field_schema": kind}),
                (("points", "CreateFieldIndex"), q.CreateFieldIndexCollection(
                    collection_name=name, wait=True, field_name=field,
                    field_type={"word": q.FieldType.FieldTypeKeyword, "number": q.FieldType.FieldTypeInteger}[field])))
            after = sorted([*indexes, field])
        return what, self.changed(lambda s: s["collections"][name].update(indexes=after)), request

    def _compact(self):
        name = self._some()
        if name is None:
            return None
        return "rest compact", self.changed(lambda s: None), lambda: self._rest.http.call(
            "POST", f"/alidade/collections/{name}/compact")

    def _rename(self):
        """Only the other dialect can rename. The aliases follow."""
        name, new = self._some(), f"{self.prefix}{self.rng.randrange(4)}"
        if name is None or new in self.state["collections"]:
            return None

        def renamed(state):
            state["collections"][new] = state["collections"].pop(name)
            state["aliases"] = {a: new if c == name else c for a, c in state["aliases"].items()}
        uuid = self._chroma.call("GET", f"/collections/{name}")["id"]
        return ("chroma rename", self.changed(renamed),
                lambda: self._chroma.call("PUT", f"/collections/{uuid}", {"new_name": new}))

    # ------------------------------------------------------------ aliases

    def _alias_name(self):
        return f"{self.prefix}alias-{self.rng.randrange(4)}"

    def _some_alias(self):
        aliases = sorted(self.state["aliases"])
        return self.rng.choice(aliases) if aliases else None

    def _change_aliases(self, what, actions, after):
        """@param actions (kind, arguments) as REST names them; gRPC's messages have the same fields."""
        messages = {"create_alias": q.CreateAlias, "rename_alias": q.RenameAlias, "delete_alias": q.DeleteAlias}
        operations = [q.AliasOperations(**{kind: messages[kind](**arguments)}) for kind, arguments in actions]
        what, request = self._through(what, ("POST", "/collections/aliases", {"actions": [dict([a]) for a in actions]}),
                                      (("collections", "UpdateAliases"), q.ChangeAliases(actions=operations)))
        return what, self.changed(lambda s: s.update(aliases=after)), request

    def _alias(self):
        name, alias = self._some(), self._alias_name()
        if name is None:
            return None
        return self._change_aliases("create alias", [("create_alias", {"collection_name": name, "alias_name": alias})],
                                    {**self.state["aliases"], alias: name})

    def _rename_alias(self):
        old, new = self._some_alias(), self._alias_name()
        if old is None or new in self.state["aliases"]:
            return None
        after = {new if a == old else a: c for a, c in self.state["aliases"].items()}
        return self._change_aliases("rename alias", [
            ("rename_alias", {"old_alias_name": old, "new_alias_name": new})], after)

    def _switch_aliases(self):
        """Two aliases in one request: a reader sees both moved, or none."""
        aliases, name = sorted(self.state["aliases"])[:2], self._some()
        if not aliases or name is None:
            return None
        actions = []
        for alias in aliases:
            actions += [("delete_alias", {"alias_name": alias}),
                        ("create_alias", {"collection_name": name, "alias_name": alias})]
        return self._change_aliases("switch aliases", actions, {**self.state["aliases"], **{a: name for a in aliases}})

    def _delete_alias(self):
        alias = self._some_alias()
        if alias is None:
            return None
        after = {a: c for a, c in self.state["aliases"].items() if a != alias}
        return self._change_aliases("delete alias", [("delete_alias", {"alias_name": alias})], after)

    # ------------------------------------------------------------ what is there

    @classmethod
    def read(cls, server, number):
        rest, prefix = HttpJson(server.rest_url), f"q{number}-"
        state = cls.empty()
        for entry in rest.call("GET", "/collections")["result"]["collections"]:
            name = entry["name"]
            if not name.startswith(prefix):
                continue
            info = rest.call("GET", f"/collections/{name}")["result"]
            points = rest.call("POST", f"/collections/{name}/points/scroll", {})["result"]["points"]
            assert len(points) <= 1, (name, points)
            word = points[0]["payload"]["word"] if points else None
            by_word = {"filter": {"must": [{"key": "word", "match": {"any": [word] if word else WORDS}}]}}
            counted = rest.call("POST", f"/collections/{name}/points/count", by_word)["result"]["count"]
            assert counted == len(points), (name, points, counted)
            state["collections"][name] = {"m": info["config"]["hnsw_config"]["m"],
                                          "indexes": sorted(info["payload_schema"]), "word": word}
        for entry in rest.call("GET", "/aliases")["result"]["aliases"]:
            if entry["alias_name"].startswith(prefix):
                state["aliases"][entry["alias_name"]] = entry["collection_name"]
        # An alias leads to the collection's points.
        for alias, name in state["aliases"].items():
            count = rest.call("POST", f"/collections/{alias}/points/count", {})["result"]["count"]
            assert count == (state["collections"][name]["word"] is not None), (alias, name, count)
        rest.close()
        return state


class ChromaCatalogue(CatalogueWriter):
    """state: {"databases": {"tenant/name": {collection: {"v", "records"}}}, "tenants": [...]}"""

    def __init__(self, number, rng, state, progress):
        super().__init__(f"chroma {number}", rng, state, progress)
        self.prefix = f"c{number}-"
        self.operations = [self._create, self._create, self._get_or_create, self._add, self._add, self._rename,
                           self._change, self._drop, self._create_tenant, self._create_database,
                           self._create_database, self._delete_database]

    @staticmethod
    def empty():
        return {"databases": {"default_tenant/default_database": {}}, "tenants": []}

    def connect(self, server):
        self._http = HttpJson(server.chroma_url + "/api/v2", timeout=60)

    def close(self):
        self._http.close()

    def _call(self, method, path, body=None):
        return lambda: self._http.call(method, path, body)

    def _some_database(self):
        return self.rng.choice(sorted(self.state["databases"]))

    def _some(self):
        found = [(d, name) for d, names in sorted(self.state["databases"].items()) for name in sorted(names)]
        return self.rng.choice(found) if found else (None, None)

    def _own_name(self):
        return f"{self.prefix}{self.rng.randrange(4)}"

    def _create(self):
        database, name, v = self._some_database(), self._own_name(), self.rng.randrange(1000)
        if name in self.state["databases"][database]:
            return None
        return ("chroma create collection",
                self.changed(lambda s: s["databases"][database].update({name: {"v": v, "records": []}})),
                self._call("POST", collections_of(database), {"name": name, "metadata": {"v": v}}))

    def _get_or_create(self):
        database, name = self._some_database(), self._own_name()
        new = {"v": 0, "records": []}
        return ("chroma get_or_create",
                self.changed(lambda s: s["databases"][database].setdefault(name, new)),
                self._call("POST", collections_of(database), {"name": name, "metadata": {"v": 0}, "get_or_create": True}))

    def _on_collection(self, what, method, database, name, verb, body, change):
        uuid = self._http.call("GET", f"{collections_of(database)}/{name}")["id"]
        return what, self.changed(change), self._call(method, f"{collections_of(database)}/{uuid}{verb}", body)

    def _add(self):
        database, name = self._some()
        if name is None:
            return None
        record = f"record {self.rng.randrange(50)}"
        return self._on_collection(
            "chroma fill", "POST", database, name, "/upsert",
            {"ids": [record], "embeddings": [[1, 2, 3]], "documents": [record]},
            lambda s: s["databases"][database][name].update(
                records=sorted({*s["databases"][database][name]["records"], record})))

    def _rename(self):
        database, name = self._some()
        new = self._own_name()
        if name is None or new in self.state["databases"][database]:
            return None
        return self._on_collection("chroma rename", "PUT", database, name, "", {"new_name": new}, lambda s:
                                   s["databases"][database].update({new: s["databases"][database].pop(name)}))

    def _change(self):
        database, name = self._some()
        v = self.rng.randrange(1000)
        if name is None:
            return None
        return self._on_collection("chroma modify", "PUT", database, name, "", {"new_metadata": {"v": v}},
                                   lambda s: s["databases"][database][name].update(v=v))

    def _drop(self):
        database, name = self._some()
        if name is None:
            return None
        return ("chroma delete collection", self.changed(lambda s: s["databases"][database].pop(name)),
                self._call("DELETE", f"{collections_of(database)}/{name}"))

    def _create_tenant(self):
        name = f"{self.prefix}tenant-{len(self.state['tenants'])}"
        if len(self.state["tenants"]) >= 4:
            return None
        return ("chroma create tenant", self.changed(lambda s: s["tenants"].append(name)),
                self._call("POST", "/tenants", {"name": name}))

    def _create_database(self):
        tenant = self.rng.choice(["default_tenant", *self.state["tenants"]])
        name = f"{self.prefix}db-{self.rng.randrange(3)}"
        if f"{tenant}/{name}" in self.state["databases"]:
            return None
        return ("chroma create database", self.changed(lambda s: s["databases"].update({f"{tenant}/{name}": {}})),
                self._call("POST", f"/tenants/{tenant}/databases", {"name": name}))

    def _delete_database(self):
        """Its collections go first, one by one; a crash in between leaves a database with fewer of them."""
        own = [d for d in sorted(self.state["databases"]) if not d.endswith("/default_database")]
        if not own:
            return None
        database = self.rng.choice(own)
        tenant, name = database.split("/")
        states = []
        for collection in sorted(self.state["databases"][database]):
            states.append(copy.deepcopy(states[-1] if states else self.state))
            del states[-1]["databases"][database][collection]
        states.append(self.changed(lambda s: s["databases"].pop(database)))
        return "chroma delete database", states, self._call("DELETE", f"/tenants/{tenant}/databases/{name}")

    # ------------------------------------------------------------ what is there

    @classmethod
    def read(cls, server, number):
        http, prefix, state = HttpJson(server.chroma_url + "/api/v2"), f"c{number}-", cls.empty()
        for i in range(4):
            if http.send("GET", f"/tenants/{prefix}tenant-{i}")[0] == 200:
                state["tenants"].append(f"{prefix}tenant-{i}")
        for tenant in ["default_tenant", *state["tenants"]]:
            for entry in http.call("GET", f"/tenants/{tenant}/databases?limit=1000"):
                database = f"{tenant}/{entry['name']}"
                if not entry["name"].startswith(prefix) and database != "default_tenant/default_database":
                    continue
                there = state["databases"].setdefault(database, {})
                for collection in http.call("GET", f"{collections_of(database)}?limit=1000"):
                    if not collection["name"].startswith(prefix):
                        continue
                    path = f"{collections_of(database)}/{collection['id']}"
                    records = http.call("POST", path + "/get", {"include": ["documents"]})
                    assert records["ids"] == records["documents"], records
                    assert http.call("GET", path + "/count") == len(records["ids"])
                    there[collection["name"]] = {"v": collection["metadata"]["v"], "records": sorted(records["ids"])}
        http.close()
        return state


def collections_of(database):
    tenant, name = map(urllib.parse.quote, database.split("/"))
    return f"/tenants/{tenant}/databases/{name}/collections"
