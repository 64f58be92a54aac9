"""The house rules find what they are for, and leave alone what is fine."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools/tidy"))
import rules  # noqa: E402


class Found:
    def __init__(self):
        self.errors, self.warnings = [], []

    def error(self, path, line, what):
        self.errors.append((line, what))

    def warning(self, path, line, what):
        self.warnings.append((line, what))


def check(root, name, text):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    found = Found()
    rules.check_file(root, path, found)
    return found


@pytest.mark.parametrize("name, text, word", [
    ("src/model/a.cc", '#include "shard/shard.h"\n', "may not include shard"),
    ("src/model/a.cc", '#include "net/http.h"\n', "may not include net"),
    ("src/faces/x/a.cc", '#include "collection/catalogue.h"\n', "it goes through ops"),
    ("src/shard/a.cc", "std::ofstream file(path);\n", "env::Env"),
    ("src/shard/a.cc", "const int fd = ::open(path, 0);\n", "env::Env"),
    ("src/shard/a.cc", "const auto now = std::chrono::system_clock::now();\n", "now_us"),
    ("src/shard/a.h", "std::mutex mutex_;\n", "base::Mutex"),
    ("src/shard/a.cc", "auto* p = new Thing(1);\n", "make_unique"),
    ("src/shard/a.cc", "using namespace std;\n", "name what is used"),
    ("src/shard/a.cc", "// TO" "DO: later\n", "the form is"),
    ("docs/a.md", "see [there](nowhere.md)\n", "dead link"),
    ("docs/a.md", "look in /ro" "ot/files\n", "names a place"),
    ("src/shard/a.cc", "int a;\n" * 901, "more than one thing"),
])
def test_finds(tmp_path, name, text, word):
    found = check(tmp_path, name, text)
    assert len(found.errors) == 1 and word in found.errors[0][1], found.errors


@pytest.mark.parametrize("name, text", [
    ("src/shard/a.cc", '#include "segment/segment.h"\n#include "shard/shard.h"\n#include <mutex>\n'),
    ("src/faces/x/a.cc", '#include "ops/dispatcher.h"\n#include "model/filter.h"\n'),
    ("src/env/posix/a.cc", "const int fd = ::open(path, 0);\n"),
    ("src/base/mutex.h", "std::mutex mutex_;\n"),
    ("src/shard/a.cc", '// new things are opened: std::ofstream\nconst char* text = "new Thing using namespace";\n'),
    ("src/shard/a.cc", "return std::unique_ptr<Thing>(\n    new Thing(1));\n"),
    ("src/shard/a.h", "Thing(const Thing&) = delete;\nvoid operator delete(void*) = delete;\n"),
    ("src/shard/a.cc", "// tidy: allow, because the peer does\nauto* p = new Thing(1);\n"),
    ("src/shard/a_test.cc", "std::thread writer([] {});\n"),
    ("src/shard/a.cc", "// TO" "DO(#12): repair batches\n"),
    ("docs/a.md", "see [this](a.md), `[that](nothing)`, [web](https://example.org)\n"),
])
def test_leaves_alone(tmp_path, name, text):
    assert check(tmp_path, name, text).errors == []


def test_long_files_are_looked_at_again(tmp_path):
    found = check(tmp_path, "src/shard/a.cc", "int a;\n" * 600)
    assert not found.errors and len(found.warnings) == 1
