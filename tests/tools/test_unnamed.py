"""Helpers of one name in two files of a room are found, and overloads are left alone."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools/tidy"))
import unnamed  # noqa: E402


class Found:
    def __init__(self):
        self.errors = []

    def error(self, path, line, what):
        self.errors.append(f"{path.name}:{line}: {what}")


def check(root, **files):
    for name, body in files.items():
        path = root / "src/model" / f"{name}.cc"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("namespace alidade::model {\nnamespace {\n" + body + "}  // namespace\n}  // namespace alidade::model\n")
    found = Found()
    unnamed.check_unnamed(root, found)
    return found.errors


def test_finds_functions_constants_and_types(tmp_path):
    errors = check(tmp_path, a="constexpr int kLimit = 3;\nstruct Row {\n};\nint twice(const Row& row) { return 2; }\n",
                   b="constexpr long kLimit = 4;\nclass Row {\n};\nint twice(const Row& other) {\n  return 3;\n}\n")
    assert [error.split(" stands")[0] for error in errors] == ["b.cc:3: `kLimit`", "b.cc:4: `Row`", "b.cc:6: `twice(const Row&)`"]


def test_leaves_alone_overloads_tests_and_other_namespaces(tmp_path):
    body = "constexpr int kLimit = 3;\nint twice(int n) { return 2 * n; }\n"
    assert check(tmp_path, a=body, b="int twice(double n) { return 2; }\n", a_test=body) == []
    other = tmp_path / "src/model/c.cc"
    other.write_text("namespace alidade::model::json {\nnamespace {\n" + body + "}  // namespace\n}  // namespace\n")
    found = Found()
    unnamed.check_unnamed(tmp_path, found)
    assert found.errors == []


def test_finds_every_constant_of_one_statement(tmp_path):
    errors = check(tmp_path, a="constexpr Table<int, 2> kOne = table(1, 2),\n                        kTwo{1, 2}, kThree = {3};\n",
                   b="constexpr int kZero = 0, kTwo = 2;\nconstexpr int kThree = 3;\n")
    assert [error.split(" stands")[0] for error in errors] == ["b.cc:3: `kTwo`", "b.cc:4: `kThree`"]


def test_finds_what_a_header_declares(tmp_path):
    header = tmp_path / "src/model/tables.h"
    header.parent.mkdir(parents=True)
    header.write_text("namespace alidade::model {\n\nextern const Table<int> kOne,\n    kTwo;\n\n}  // namespace alidade::model\n")
    errors = check(tmp_path, a="constexpr int kTwo = 2;\nconstexpr int kThree = 3;\n")
    assert [error.split(" too")[0] for error in errors] == ["a.cc:3: `kTwo` stands in src/model/tables.h"]
