#!/usr/bin/env python3
"""Writes the structs of an OpenAPI document as one table: names, types, bounds, defaults.

    python3 tools/contract/openapi_structs.py openapi.json > openapi/qdrant_structs.tsv

A test compares the tables of src/faces/qdrant with it. Columns, separated by tabs: schema, field, type, required or
optional, nullable or -, default (JSON) or -, minimum or -, maximum or -. A union is one row with an empty field whose
type lists the alternatives.
"""
import json
import sys


def alternatives(schema):
    """Types of a schema without null; whether null is one."""
    found, nullable = [], bool(schema.get("nullable"))
    for part in schema.get("anyOf") or schema.get("oneOf") or []:
        if set(part) == {"nullable"}:
            nullable = True
        else:
            found.append(type_of(part)[0])
    return "|".join(found), nullable


def type_of(schema):
    if "$ref" in schema:
        return schema["$ref"].rsplit("/", 1)[1], False
    if "anyOf" in schema or "oneOf" in schema:
        return alternatives(schema)
    if "allOf" in schema:
        return type_of(schema["allOf"][0])[0], bool(schema.get("nullable"))
    kind = schema.get("type", "any")
    if kind == "array":
        kind = "array of " + type_of(schema.get("items", {}))[0]
    elif kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        kind = "map of " + type_of(schema["additionalProperties"])[0]
    elif "enum" in schema:
        kind = "enum " + ",".join(str(word) for word in schema["enum"])
    elif "format" in schema:
        kind += "/" + schema["format"]
    return kind, bool(schema.get("nullable"))


def rows(name, schema):
    def bound(part, key):
        value = part.get(key)
        return "-" if value is None else format(value, "g")

    if "properties" not in schema:
        yield [name, "", type_of(schema)[0], "-", "-", "-", bound(schema, "minimum"), bound(schema, "maximum")]
    for field, part in schema.get("properties", {}).items():
        kind, nullable = type_of(part)
        yield [name, field, kind, "required" if field in schema.get("required", []) else "optional",
               "nullable" if nullable else "-",
               json.dumps(part["default"], separators=(",", ":")) if "default" in part else "-",
               bound(part, "minimum"), bound(part, "maximum")]


def main():
    document = json.load(open(sys.argv[1], encoding="utf-8"))
    print(f"# {document['info']['title']} {document['info']['version']}: the structs of its openapi.json, "
          "written by tools/contract/openapi_structs.py.")
    for name, schema in sorted(document["components"]["schemas"].items()):
        for row in rows(name, schema):
            print("\t".join(row))


if __name__ == "__main__":
    main()
