"""Names in unnamed namespaces differ within a room: cmake/room.cmake compiles its files in batches.

A helper that stands in two files of a room is one helper in a header, or two with names of their own. A constant of an
unnamed namespace also differs from those that a header of the room declares: in a batch it would be taken instead.
"""

import re

_NAMESPACE = re.compile(r"^namespace\s+([A-Za-z_][\w:]*)\s*\{")
_TYPE = re.compile(r"^(?:template <.*>\s*)?(?:class|struct|union|enum(?: class)?)\s+(\w+)\b(?!\s*;)")
_ALIAS = re.compile(r"^(namespace|using)\s+(\w+)\s*=\s*(.*?);")
_FUNCTION = re.compile(r"^(?:[\w:&*<>,\s\[\]]|\(\()*?\b([A-Za-z_]\w*)\(([^;{]*)")
_CONSTANT = re.compile(r"^(?:inline |static |thread_local )*(?:constexpr|const|thread_local)\b[^=({;]*?\b([A-Za-z_]\w*)"
                       r"(?:\[[^\]]*\])*\s*(?:=|\{|;)")


def unnamed_names(text):
    """(line, namespace, what) of the names that a file declares in its unnamed namespaces."""
    lines = text.split("\n")
    namespace, inside = "", False
    for number, line in enumerate(lines, 1):
        found = _NAMESPACE.match(line)
        if found:
            namespace = found.group(1)
        elif line.startswith("namespace {"):
            inside = True
        elif line.startswith("}  // namespace") and line.rstrip() == "}  // namespace":
            inside = False
        elif inside and re.match(r"[A-Za-z]", line) and not line.startswith(("TEST", "INSTANTIATE", "ALD_", "static_assert")):
            what = _declared(line, lines, number)
            if what:
                yield number, namespace, what
            for name in _further_constants(line, lines, number):
                yield number, namespace, name


def declared_constants(text):
    """(namespace, name) of what a header declares with `extern const`."""
    namespace = ""
    for number, line in enumerate(text.split("\n"), 1):
        found = _NAMESPACE.match(line)
        if found:
            namespace = found.group(1)
        elif line.startswith("extern const"):
            for name in _declarators(_statement(text.split("\n"), number)):
                yield namespace, name


def _statement(lines, number):
    return " ".join(lines[number - 1: number + 39]).split(";")[0]


def _declarators(statement):
    """The names in `type a = 1, b{2}, c`."""
    for part in _split(statement):
        words = re.findall(r"[A-Za-z_]\w*", re.split(r"[={(\[]", part)[0])
        if words:
            yield words[-1]


def _further_constants(line, lines, number):
    """The names behind the first one of a statement that declares several constants."""
    if not _CONSTANT.match(line):
        return []
    return list(_declarators(_statement(lines, number)))[1:]


def _declared(line, lines, number):
    found = _ALIAS.match(line)
    if found:
        # The same alias of the same thing may stand twice.
        return None
    found = _TYPE.match(line)
    if found:
        return found.group(1)
    found = _CONSTANT.match(line)
    if found:
        return found.group(1)
    if line.startswith("template"):
        return None  # the function follows on a line of its own
    whole = " ".join(lines[number - 1: number + 5])
    found = _FUNCTION.match(whole)
    if not found:
        return None
    # Functions of one name are overloads where their parameters differ.
    depth, end = 1, 0
    parameters = whole[found.start(2):]
    for end, letter in enumerate(parameters):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth == 0:
            break
    return f"{found.group(1)}({_types(parameters[:end])})"


def _types(parameters):
    parameters = re.sub(r"/\*.*?\*/|\s*=[^,]*", "", parameters)
    parameters = re.sub(r"\b(?:base|json|model|std)::", "", parameters)
    # Without the names of the parameters.
    return ",".join(re.sub(r"(?<=[\s&*])\w+$", "", " ".join(part.split())).strip() or part.strip()
                    for part in _split(parameters))


def _split(text):
    """What stands between the commas that no bracket holds."""
    depth, parts, part = 0, [], ""
    for letter in text:
        depth += {"<": 1, "(": 1, "{": 1, "[": 1, ">": -1, ")": -1, "}": -1, "]": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += letter
    return [*parts, part]


def check_unnamed(root, report):
    for room in sorted((root / "src").iterdir()):
        seen = {}
        for path in sorted(room.rglob("*.h")):
            for namespace, name in declared_constants(path.read_text(encoding="utf-8")):
                for kind in ("test", "source"):
                    seen[(kind, namespace, name)] = path
        for path in sorted(room.rglob("*.cc")):
            if path.name.endswith(("_avx2.cc", "_neon.cc", "_avx512.cc", "_avx512vnni.cc", "codes_portable.cc")):
                continue  # compiled alone, with flags of their own
            kind = "test" if path.name.endswith("_test.cc") else "source"
            for line, namespace, what in unnamed_names(path.read_text(encoding="utf-8")):
                first = seen.setdefault((kind, namespace, what), path)
                if first != path:
                    report.error(path, line, f"`{what}` stands in {first.relative_to(root)} too: "
                                             "share it, or name it apart (files are compiled in batches)")
