"""House rules that no compiler checks, in seconds. Prints `file:line: what` and ends with 1 on errors.

    python3 tools/tidy/tidy.py [FILE…]      all tracked and new files by default
"""

import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import rules  # noqa: E402
import unnamed  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]


def project_files():
    """Tracked files and new ones that git does not ignore."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, capture_output=True, check=True)
    names = sorted(set(listed.stdout.decode().split("\0")) - {""})
    return [ROOT / name for name in names if (ROOT / name).is_file()]


class Report:
    def __init__(self):
        self.errors = self.warnings = 0

    def error(self, path, line, what):
        self.errors += 1
        print(f"{path.relative_to(ROOT)}:{line}: {what}")

    def warning(self, path, line, what):
        self.warnings += 1
        print(f"{path.relative_to(ROOT)}:{line}: warning: {what}")


def main():
    files = [pathlib.Path(name).resolve() for name in sys.argv[1:]] or project_files()
    report = Report()
    for path in files:
        rules.check_file(ROOT, path, report)
    rules.check_rooms(ROOT, report)
    unnamed.check_unnamed(ROOT, report)
    print(f"tidy: {len(files)} files, {report.errors} errors, {report.warnings} warnings")
    return 1 if report.errors else 0


if __name__ == "__main__":
    sys.exit(main())
