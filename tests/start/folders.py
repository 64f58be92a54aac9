"""What lies in a data folder."""

import os


def files_below(folder):
    """Every file; one that goes away meanwhile is left out."""
    for place, _, names in os.walk(folder):
        for name in names:
            yield os.path.join(place, name)


def disk_bytes(folder):
    """Blocks that the files take, reserved ones included."""
    return _sum(folder, lambda path: os.stat(path).st_blocks * 512)


def log_bytes(folder):
    return _sum(folder, lambda path: os.stat(path).st_size if path.endswith(".log") else 0)


def log_blocks(folder):
    return _sum(folder, lambda path: os.stat(path).st_blocks * 512 if path.endswith(".log") else 0)


def files_with(folder, text):
    """Names of the files that hold the text somewhere."""
    found = []
    for path in files_below(folder):
        with open(path, "rb") as file:
            if text.encode() in file.read():
                found.append(path)
    return found


def _sum(folder, size):
    total = 0
    for path in files_below(folder):
        try:
            total += size(path)
        except FileNotFoundError:
            pass
    return total
