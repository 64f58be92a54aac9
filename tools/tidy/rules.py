"""The rules of tidy.py. A rule that does not fit one file gets a row in an exception table, with its reason."""

import re

# A room includes only rooms with a smaller number (CONVENTIONS, section 2; ARCHITECTURE.md).
ROOM_NUMBERS = {"base": 0, "env": 1, "observe": 2, "kernels": 2, "model": 3, "net": 3, "auth": 4,
                "oplog": 4, "storage": 4, "index": 5, "embed": 5, "segment": 6, "inference": 6, "query": 7, "shard": 8,
                "collection": 9, "ops": 10, "faces": 11, "engine": 12, "app": 13}
# What a face may see below ops: the struct of an operation, the transport and its own measures.
FACE_ROOMS = {"ops", "inference", "model", "net", "observe", "base", "faces", "auth", "env"}
# (file, included) that may cross: the reason.
LAYER_EXCEPTIONS = {}

# (pattern, what is better, places where it is right)
# The client libraries and the programs built on them know no rooms of the server.
_CLIENT = ("client/", "include/alidade/", "examples/", "tests/client_cpp/")
_ENGINE = ("src/env/", "benchmarks/", "fuzz/")
_OUTSIDE = (*_ENGINE, *_CLIENT)
BANNED = [
    (r"\bstd::(?:o|i)?fstream\b|\bfopen\s*\(|(?<![\w.>])::open\s*\(|\bstd::filesystem::",
     "files go through env::Env", _OUTSIDE),
    (r"\bstd::chrono::system_clock\b|\bgettimeofday\s*\(|(?<![\w.>_])time\s*\(\s*(?:nullptr|NULL|0)\s*\)",
     "the time of day comes from env::Env::now_us",
     # The heartbeat's answer is the wall clock itself; gRPC gives a call's deadline as a time of day.
     (*_OUTSIDE, "src/faces/chroma_rest/handlers_service.cc", "src/faces/qdrant_grpc/")),
    (r"\bstd::chrono::steady_clock\b", "use base::Deadline, or env::Env",
     # Timeouts of connections; the time that an answer or a metric says it took.
     (*_OUTSIDE, "src/base/", "src/net/", "src/kernels/", "src/ops/dispatcher", "src/faces/qdrant_rest/qdrant_rest.cc",
      "src/faces/qdrant_grpc/")),
    (r"\bstd::(?:recursive_|shared_|timed_)?mutex\b|\bstd::(?:lock_guard|unique_lock|scoped_lock|shared_lock)\b"
     r"|\bstd::condition_variable\b",
     "use base::Mutex, which is annotated", ("src/base/", "benchmarks/", *_CLIENT)),
    (r"\bstd::random_device\b|\bstd::rand\b|(?<![\w.>_])s?rand\s*\(", "randomness comes from env::Env", _OUTSIDE),
    (r"\bstd::j?thread\b(?!::hardware)|\bstd::async\b", "use env::ThreadPool or shard::Background",
     (*_OUTSIDE, "src/net/", "src/shard/background", "src/oplog/")),
    (r"\busing\s+namespace\b(?! std::chrono| std::(?:string_)?(?:view_)?literals)", "name what is used", ()),
    # Private constructors are out of make_unique's reach, so `unique_ptr<T> x(new T(…))` is fine.
    (r"(?<!_ptr<)(?<![\w.])new\s+[A-Za-z_:]+|(?<![=\w.])(?<!= )\bdelete\s+[A-Za-z_*(]|\bdelete\[\]",
     # gRPC's callback calls own themselves until OnDone.
     "use std::make_unique or a container", (*_ENGINE, "src/faces/qdrant_grpc/")),
    (r"\bco_(?:await|return|yield)\b", "no coroutines: gcc 12 miscompiles them", ()),
    (r"\b(?:sprintf|strcpy|strcat|gets)\s*\(", "use fmt::format or std::string", ()),
]
_OWNED_NEW = re.compile(r"(?:unique|shared)_ptr<[^;]*\(\s*new\s")

# Tests may start threads, measure and open what they made.
_TEST_FREE = ("std::thread", "std::chrono", "std::filesystem", "fstream", "std::async", "std::jthread")

SOURCE = (".h", ".cc")
TEXT = (".h", ".cc", ".def", ".py", ".sh", ".md", ".txt", ".cmake", ".json", ".yaml", ".yml", ".mjs", ".proto",
        ".scn", "")
LINES_WARN, LINES_ERROR = 500, 900
# Longer by their nature: the reason.
LONG_FILES = {"proto/": "one contract file per service, grouped as the wire is"}
FILE_BYTES_MAX = 1 << 20
LARGE_FILES = {"examples/data/sample/": "the sample collection", "tests/replay/recorded/": "recorded answers"}
# Where the project was worked on is nobody's business, and a registry host ties a build to one place.
# (The words are put together here so that this file passes its own check.)
_FOREIGN = re.compile("|".join([
    r"(?<![\w.])/" + r"(?:work|root|home/\w+)/\w", r"(?<![\w.$}])/" + r"tmp/\w",
    r"(?:pypi|npmjs|rubygems|docker|artifactory|nexus)" + r"\.(?:org|com|io|internal)\b.*/simple",
    r"registry\." + r"\w+\.\w+", r"index-" + r"url"]))
# mkdtemp templates of tests are fine.
_FOREIGN_FREE = ("tools/tidy/rules.py", "LICENSE")

_INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')
_TODO = re.compile(r"\bTO" + r"DO\b(?!\(#\d+\): )")
_FIXME = re.compile(r"\bFIX" + r"ME\b")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


def check_file(root, path, report):
    name = path.relative_to(root).as_posix()
    _check_size(path, name, report)
    if path.suffix not in TEXT or any(name.startswith(folder) for folder in LARGE_FILES):
        return
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError:
        return
    _check_words(path, name, lines, report)
    if path.suffix in SOURCE:
        _check_length(path, name, lines, report)
        _check_includes(path, name, lines, report)
        _check_banned(path, name, lines, report)
    if path.suffix == ".py":
        _check_length(path, name, lines, report)
    if path.suffix == ".md":
        _check_links(root, path, lines, report)


def _check_size(path, name, report):
    if path.stat().st_size > FILE_BYTES_MAX and not any(name.startswith(folder) for folder in LARGE_FILES):
        report.error(path, 1, f"larger than {FILE_BYTES_MAX >> 20} MiB: it stays in every clone for ever")


def _check_length(path, name, lines, report):
    if any(name.startswith(folder) for folder in LONG_FILES):
        return
    if len(lines) > LINES_ERROR:
        report.error(path, len(lines), f"{len(lines)} lines; above {LINES_ERROR} a file is more than one thing")
    elif len(lines) > LINES_WARN:
        report.warning(path, len(lines), f"{len(lines)} lines; is it still one thing?")


def _check_words(path, name, lines, report):
    for number, line in enumerate(lines, 1):
        if _TODO.search(line):
            report.error(path, number, "the form is TO" "DO(#number): what")
        if _FIXME.search(line):
            report.error(path, number, "a mark for your own branch")
        temporary = name.endswith("_test.cc") and ".XXXXXX" in line
        if name not in _FOREIGN_FREE and not temporary and _FOREIGN.search(line):
            report.error(path, number, "names a place of one machine or a registry host")
        if line.endswith((" ", "\t")) and path.suffix in SOURCE:
            report.error(path, number, "white space at the end of the line")


def _room(name):
    parts = name.split("/")
    return parts[1] if len(parts) > 2 and parts[0] == "src" else None


def _check_includes(path, name, lines, report):
    room = _room(name)
    if room is None or room not in ROOM_NUMBERS:
        return
    for number, line in enumerate(lines, 1):
        found = _INCLUDE.match(line)
        if not found:
            continue
        included = found.group(1).split("/")[0]
        if included not in ROOM_NUMBERS or included == room or (name, found.group(1)) in LAYER_EXCEPTIONS:
            continue
        if ROOM_NUMBERS[included] >= ROOM_NUMBERS[room]:
            report.error(path, number, f"room {room} ({ROOM_NUMBERS[room]}) may not include {included} "
                                       f"({ROOM_NUMBERS[included]}): calls go down")
        elif room == "faces" and included not in FACE_ROOMS:
            report.error(path, number, f"a face may not include {included}: it goes through ops")


def _code_of(line, in_comment):
    """The line without texts and comments, and whether a block comment goes on."""
    if in_comment:
        end = line.find("*/")
        if end < 0:
            return "", True
        line = line[end + 2:]
    line = re.sub(r'"(?:[^"\\]|\\.)*"', '""', line)
    line = re.sub(r"//.*", "", line)
    line = re.sub(r"/\*.*?\*/", "", line)
    start = line.find("/*")
    return (line[:start], True) if start >= 0 else (line, False)


def _check_banned(path, name, lines, report):
    is_test = name.endswith("_test.cc") or name.startswith("tests/") or "_conformance" in name
    in_comment = in_raw = False
    before = ""
    for number, line in enumerate(lines, 1):
        # Raw texts hold JSON and the like, never calls.
        if in_raw:
            if ')"' in line or ')json"' in line:
                in_raw = False
            continue
        raw = re.search(r'R"(\w*)\(', line)
        if raw:
            in_raw = f'){raw.group(1)}"' not in line[raw.end():]
            line = line[: raw.start()]
        code, in_comment = _code_of(line, in_comment)
        joined, before = before + code, code.rstrip()
        for pattern, better, places in BANNED:
            found = re.search(pattern, code)
            if not found or any(name.startswith(place) for place in places):
                continue
            if found.group(0).startswith("new") and _OWNED_NEW.search(joined):
                continue
            if is_test and any(word in found.group(0) for word in _TEST_FREE):
                continue
            if "tidy: allow" in lines[number - 1] or (number > 1 and "tidy: allow" in lines[number - 2]):
                continue
            report.error(path, number, f"`{found.group(0).strip()}`: {better} "
                                       "(or `// tidy: allow, because …` above it)")


def _check_links(root, path, lines, report):
    for number, line in enumerate(lines, 1):
        for target in _LINK.findall(re.sub(r"`[^`]*`", "", line)):
            if re.match(r"[a-z]+:|#", target):
                continue
            place = target.split("#")[0]
            if not ((root / place[1:]) if place.startswith("/") else (path.parent / place)).exists():
                report.error(path, number, f"dead link: {target}")


def check_rooms(root, report):
    """What holds for the tree, not for a file."""
    for room in sorted((root / "src").iterdir()):
        sources = [p for p in room.rglob("*") if p.suffix in SOURCE]
        if not sources:
            continue
        if room.name not in ROOM_NUMBERS:
            report.error(room, 1, "not a room of the table in ARCHITECTURE.md")
        if not (room / "README.md").is_file():
            report.error(room, 1, "a room has a README.md")
        elif len((room / "README.md").read_text().splitlines()) > 40:
            report.warning(room / "README.md", 1, "longer than 40 lines")
        if not (room / "CMakeLists.txt").is_file():
            report.error(room, 1, "no CMakeLists.txt: its tests would not be built")
    for test in root.rglob("*_test.cc"):
        parts = test.relative_to(root).parts
        if parts[0] in ("build", ".git"):
            continue
        if not (parts[0] == "src" and len(parts) > 2) and parts[0] not in ("tests", "client", "tools"):
            report.error(test, 1, "a test stands in a room, where the build finds it")
